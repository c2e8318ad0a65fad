"""A ledger of many calls is backed up and restored on an empty machine, which ends with a verified ledger.

Beside it what the bare engine takes: SQLite's file copied to the disk and checked. Calls have their words,
what was filed and the switch's lines, but no sound: that is copied as fast as the disk writes.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cdr.chain import seal_keys
from cdr.chain.heads import HeadSigner
from cdr.settings import CdrSettings
from core.storage import SealKeys, Storage, StorageSettings, create_engine
from tests.bench.operate.commands import TimedCommand
from tests.bench.operate.past import PastCalls, fill
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.songhua import SonghuaPeer

GOAL_S = 300.0
CALLS = 100_000
PATIENCE_S = 1_800.0


def run(folder: Path, short: bool) -> Found:
    calls = 2_000 if short else CALLS
    switch = AsteriskPeer(private_settings(folder / "asterisk"))
    switch.recordings.mkdir(parents=True)
    service = SonghuaPeer(folder / "service", asterisk=switch, broker=None)
    try:
        service.prepare(())
        database = service.folder / "songhua.db"
        keys, now = ledger_keys(service), datetime.now(UTC)
        newest = keys.newest
        assert newest is not None
        year = PastCalls(calls, now - timedelta(days=365), now - timedelta(days=1), whole=True)
        filled_s = _timed(lambda: fill(database, newest, [year], now=now))
        asyncio.run(_sign(service, keys))
        found = {"calls": calls, "database_mb": database.stat().st_size >> 20, "filled_s": filled_s}
        return found | _there_and_back(folder, service)
    finally:
        switch.close()


def _there_and_back(folder: Path, service: SonghuaPeer) -> Found:
    safe, backups, config = folder / "safe", folder / "backups", service.config
    safe.mkdir()
    key, keys = safe / "backup.key", safe / "songhua.keys"
    TimedCommand(folder / "key.log", "backup", "init-key", key, "--config", config).wait(60)
    made = TimedCommand(
        folder / "backup.log", "backup", backups, "--with-keys", keys, "--key-file", key, "--config", config
    )
    backup_s = made.wait(PATIENCE_S)
    (archive,) = backups.glob("*.songhua-backup")
    database = service.folder / "songhua.db"
    bare_s = _timed(lambda: _bare_copy(database, folder / "bare.db"))
    # The machine is empty: nothing of it stands where the settings say.
    service.folder.rename(folder / "gone")
    restored = TimedCommand(
        folder / "restore.log", "restore", archive, "--into", config, "--keys", keys, "--key-file", key
    )
    restore_s = restored.wait(PATIENCE_S)
    checked = TimedCommand(folder / "verify.log", "audit", "verify", "--json", "--config", config)
    verify_s = checked.wait(PATIENCE_S)
    said = checked.program.log.read_text(encoding="utf-8")
    report = json.loads(said[said.index("{") : said.rindex("}") + 1])
    return {
        "backup_s": backup_s, "archive_mb": archive.stat().st_size >> 20, "bare_copy_s": bare_s,
        "restore_s": restore_s, "verify_again_s": verify_s, "records": report["records"],
        "findings": len(report["findings"]),
    }  # fmt: skip


def ledger_keys(service: SonghuaPeer) -> SealKeys:
    """The keys that seal the ledger of a service that was prepared."""
    return seal_keys.load(CdrSettings(key_file=service.folder / "ledger.key").sealing_key)


async def _sign(service: SonghuaPeer, keys: SealKeys) -> None:
    url = f"sqlite+aiosqlite:///{service.folder / 'songhua.db'}"
    storage = Storage(create_engine(StorageSettings(url=url)), seal_keys=keys)
    try:
        head = await HeadSigner(storage, service.folder / "ledger.key", service.heads).sign_once()
        assert head is not None, "the past is not what the ledger signs"
    finally:
        await storage.close()


def _bare_copy(database: Path, copy: Path) -> None:
    shutil.copyfile(database, copy)
    handle = os.open(copy, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    with closing(sqlite3.connect(copy)) as link:
        assert link.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 2)


def tell(found: Found) -> list[str]:
    ratio = found["restore_s"] / max(0.01, found["bare_copy_s"])
    return headed(
        "restore",
        row("calls; MB of database, archive", found["calls"], found["database_mb"], found["archive_mb"]),
        row("backup, s", found["backup_s"]),
        row("restore with its verification, s", found["restore_s"]),
        row("bare: the file copied and checked, s; restore to it", found["bare_copy_s"], f"{ratio:.1f}"),
        row("verified again, s", found["verify_again_s"]),
        row("records, findings", found["records"], found["findings"]),
    )


def goals(found: Found) -> list[Goal]:
    return [
        (
            found["restore_s"] < GOAL_S and not found["findings"],
            (
                f"{found['calls']:,} calls restored and verified < {GOAL_S:g} s: {found['restore_s']:g} s, "
                f"{found['findings']} findings"
            ),
        )
    ]
