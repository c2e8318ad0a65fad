"""Backup, restore and copying with a real PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import SonghuaError
from core.storage import Storage, StorageSettings, create_engine
from gateway.backup import postgres
from gateway.backup.copying import copy
from gateway.backup.errors import CopyRefused, ToolMissing
from identity.audit.service import AuditTrail
from tests.cdr.world import SUPERVISOR, World
from tests.gateway.backup_world import COMMANDS, BackedUp, rows, told, told_json
from tests.peers.checkout import CHECKOUT
from tests.storage import PostgresLedger, new_database

pytestmark = [pytest.mark.real, pytest.mark.database]


def url_of(storage: Storage) -> str:
    return storage.engine.url.render_as_string(hide_password=False)


def opened(url: str) -> Storage:
    return Storage(create_engine(StorageSettings(url=url)))


@pytest.fixture
async def installed(postgres_ledger: PostgresLedger, tmp_path: Path) -> AsyncIterator[BackedUp]:
    storage = await postgres_ledger.emptied()
    folder = tmp_path / "world"
    folder.mkdir()
    made = BackedUp(World(storage, folder), tmp_path, url_of(storage))
    await (await made.stamped()).call()
    yield made
    async with storage.write() as transaction:
        await transaction.connection.execute(text("DROP TABLE alembic_version"))
    await storage.close()


def moved_to(installed: BackedUp, url: str) -> None:
    """Empty folders; the settings and their secret are made by hand, and name an empty database."""
    settings = installed.config.read_text().replace(url_of(installed.world.storage), url)
    gone = installed.folder / "gone"
    gone.mkdir()
    for one in (installed.world.folder, installed.uploads, installed.photos):
        one.rename(gone / one.name)
    installed.config.write_text(settings)


async def test_a_snapshot_taken_during_writes_is_restored_into_an_empty_database(
    installed: BackedUp, postgres_url: str, tmp_path: Path
) -> None:
    """Also after a kill -9 while pg_restore works; a database with tables is refused."""
    ended = asyncio.Event()

    async def calls() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            await installed.call(number)

    writing = asyncio.create_task(calls())
    try:
        kept = installed.folder / "keys.archive"
        made = await told_json("backup", installed.backups, "-c", installed.config, "--with-keys", kept)
    finally:
        ended.set()
        await writing
    assert made["database"] == "postgresql"
    restore = ("restore", made["file"], "--into", installed.config, "-k", installed.key, "--keys", kept)
    full = await rows(installed.world.storage, "cdr_chain")
    moved_to(installed, url_of(installed.world.storage))
    said = await told(*restore, code=1)
    assert "nothing is overwritten" in said.replace("\n", " ")
    assert await rows(installed.world.storage, "cdr_chain") == full

    url = await new_database(postgres_url)
    config = installed.config.read_text().replace(url_of(installed.world.storage), url)
    installed.config.write_text(config)
    words = [str(one) for one in restore]
    killing = (
        "import os, subprocess, sys, threading\n"
        "import gateway.backup.databases as module\n"
        "class Slow(subprocess.Popen):\n"
        "    def __init__(self, *given, **named):\n"
        "        super().__init__(*given, **named)\n"
        "        if '--single-transaction' in given[0]: os.kill(os.getpid(), 9)\n"
        "module.subprocess.Popen = Slow\n"
        f"sys.argv = ['songhua', *{words!r}]\n"
        "from gateway.cli import main\nmain()\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", killing], cwd=CHECKOUT, timeout=120, capture_output=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert "was interrupted; there are:" in (await told(*words, code=1)).replace("\n", " ")
    again = await told_json(*words, "--go-on")
    assert (again["ledger_ok"], again["findings"]) == (True, [])
    storage = opened(url)
    restored = await rows(storage, "cdr_chain")
    assert restored == full[: len(restored)]
    assert (restored[-1][0], restored[-1][6]) == (made["head"]["seq"], made["head"]["hash"])
    await storage.close()


async def test_sqlite_is_copied_to_an_empty_postgresql(
    storage: Storage, tmp_path: Path, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    here = url_of(storage)
    installed = await BackedUp(World(storage, folder), tmp_path, here).stamped()
    await installed.call()
    audit = AuditTrail(storage)
    for number in range(3):
        await audit.record(SUPERVISOR, "listen", f"call:{number}", {"nothing": None, "one": 1.0})
    before = {table: sorted(await rows(storage, table), key=str) for table in ("cdr_chain", "cdr_legs")}
    await storage.close()
    (line,) = (one for one in COMMANDS if one.startswith("songhua db copy"))
    own = {"sqlite+aiosqlite:////var/lib/songhua/songhua.db": here}
    own["postgresql+asyncpg://songhua@127.0.0.1/songhua"] = postgres_database
    words = [own.get(word, word) for word in line.split()[1:]] + ["-c", str(installed.config)]

    done = await told_json(*words)

    assert (done["ledger_ok"], done["findings"]) == (True, [])
    assert done["rows"]["identity_audit"] == 3
    assert done["rows"]["cdr_chain"] == len(before["cdr_chain"])
    there = opened(postgres_database)
    assert [one[0] for one in await rows(there, "cdr_chain")] == [one[0] for one in before["cdr_chain"]]
    await AuditTrail(there).record(SUPERVISOR, "listen", "call:3")
    assert [one[0] for one in sorted(await rows(there, "identity_audit"))] == [1, 2, 3, 4]
    await there.close()

    assert "nothing is overwritten" in (await told(*words, code=1)).replace("\n", " ")
    for wrong in ((postgres_database, here), (here, here), (postgres_database, postgres_database)):
        with pytest.raises(CopyRefused, match="is not possible"):
            await copy(StorageSettings(url=wrong[0]), StorageSettings(url=wrong[1]))


async def test_a_row_that_postgresql_cannot_hold_leaves_no_row(
    storage: Storage, tmp_path: Path, postgres_database: str
) -> None:
    """SQLite takes the sign NUL in a text. The same copy succeeds once the row is gone."""
    folder = tmp_path / "world"
    folder.mkdir()
    installed = await BackedUp(World(storage, folder), tmp_path, url_of(storage)).stamped()
    await installed.call()
    async with storage.write() as transaction:
        await transaction.connection.execute(
            text("INSERT INTO inbox VALUES ('mqtt', 'a' || char(0), '2026-01-01 00:00:00')")
        )
    here, target = (StorageSettings(url=one) for one in (url_of(storage), postgres_database))
    with pytest.raises(CopyRefused):
        await copy(here, target)
    there = opened(postgres_database)
    assert await rows(there, "cdr_chain") == []
    async with storage.write() as transaction:
        await transaction.connection.execute(text("DELETE FROM inbox"))
    await copy(here, target)
    assert await rows(there, "cdr_chain")
    await there.close()


def test_a_tool_that_is_missing_or_too_old_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="not here") as missing:
        postgres.find("pg_dump", 17, tmp_path)
    assert missing.value.remedy == "apt install postgresql-client-17"
    for version in (15, 17, 18):
        tool = tmp_path / str(version) / "bin" / "pg_dump"
        tool.parent.mkdir(parents=True)
        tool.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.2 (Debian)'\n")
        tool.chmod(0o755)
    assert postgres.find("pg_dump", 16, tmp_path) == tmp_path / "17" / "bin" / "pg_dump"
    with pytest.raises(SonghuaError, match="only of version 15, 17, 18"):
        postgres.find("pg_dump", 19, tmp_path)
