"""`songhua conference` on a database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from core.storage import Storage, StorageSettings, create_engine
from hotline.conferences import store
from tests.gateway.test_places_commands import Shell

ID, CASE = UUID(int=1), UUID(int=2)


def test_list_and_show(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("conference", "list") == []
    asyncio.run(_one(shell))
    (found,) = shell("conference", "list")
    assert (found["case_id"], found["recording"], found["ended_at"]) == (str(CASE), False, None)
    shown = shell("conference", "show", str(ID))
    assert [(one["name"], one["state"]) for one in shown["members"]] == [("…0009", "called")]
    assert "13904510009" not in str(shown)


async def _one(shell: Shell) -> None:
    url = f"sqlite+aiosqlite:///{shell.folder / 'ledger.db'}"
    storage = Storage(create_engine(StorageSettings(url=url)))
    try:
        async with storage.write() as transaction:
            at = datetime(2026, 12, 1, tzinfo=UTC)
            await store.open_one(transaction.connection, ID, CASE, "chief", at)
            member = store.NewMember(
                UUID(int=3), ID, "telephone", "…0009", "…0009", "13904510009", "outside:x", "chief", at
            )
            await store.add_member(transaction.connection, member)
    finally:
        await storage.close()
