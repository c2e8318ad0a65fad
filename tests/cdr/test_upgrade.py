"""A ledger sealed before a column existed still verifies after the upgrade, and still tells a change."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from cdr.audit import verify
from cdr.chain.keys import init_key
from core.storage import Storage, StorageSettings, create_engine
from gateway import database

DUMPS = sorted((Path(__file__).parent.parent / "upgrades").glob("demo-*.sqlite.sql.gz"))
SIGNING = {"heads-file-missing", "head-removed"}
"""The dump holds no key and no heads file."""


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.name)
async def test_old_seals_hold_after_an_upgrade(dump: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(gzip.decompress(dump.read_bytes()).decode())
    settings = StorageSettings(url=f"sqlite+aiosqlite:///{file}")
    await database.upgrade(settings)
    key = tmp_path / "chain.key"
    init_key(key)
    storage = Storage(create_engine(settings))
    report = await verify(storage, key, tmp_path / "no.heads")
    assert report.records > 10
    assert {one.what for one in report.findings} <= SIGNING
    for table, change in (
        ("cdr_legs", """stays = '[{"bridge": "x"}]'"""),
        ("cdr_calls", """pauses = '[{"by": "nobody"}]'"""),
        ("cdr_recordings", "key_id = '00000000'"),
        ("cdr_filings", "label = 'prank'"),
    ):
        async with storage.write() as transaction:
            await transaction.connection.execute(text(f"UPDATE {table} SET {change}"))
    changed = [
        one.where.partition(" ")[0] for one in (await verify(storage, key, tmp_path / "no.heads")).findings
    ]
    assert set(changed) >= {"leg", "call", "recording", "filing"}
    await storage.close()


def test_there_is_a_dump() -> None:
    assert DUMPS
