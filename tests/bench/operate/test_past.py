"""The past that a bench writes is one that the ledger itself finds whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cdr.audit import init_keys, verify
from cdr.chain import seal_keys
from cdr.chain.heads import HeadSigner
from cdr.retention.model import RetentionKind, RetentionRule
from cdr.retention.service import Retention
from cdr.settings import CdrSettings
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from tests.bench.operate.past import PastCalls, fill


async def test_a_written_past_is_verified_and_its_month_is_due(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    settings = CdrSettings(key_file=tmp_path / "ledger.key", heads_file=tmp_path / "heads")
    init_keys(settings)
    seals = seal_keys.load(settings.sealing_key)
    url = StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'past.db'}")
    await database.upgrade(url)
    assert seals.newest is not None
    month = PastCalls(3, now - timedelta(days=366), now - timedelta(days=336), whole=True)
    rest = PastCalls(2, now - timedelta(days=334), now - timedelta(days=1), whole=True)
    assert fill(tmp_path / "past.db", seals.newest, [month, rest], now=now) > 0
    storage = Storage(create_engine(url), seal_keys=seals)
    try:
        assert await HeadSigner(storage, settings.key_file, settings.heads_file).sign_once() is not None
        report = await verify(storage, settings.key_file, settings.heads_file, seals=seals)
        assert (report.findings, report.records) == ([], 5 * 8)
        rules = [RetentionRule(kind=RetentionKind.PERSONAL, days=335)]
        done = await Retention(storage, None, rules).run_once()
        assert (done.looked_at, done.done) == (3, {"personal": 3})
    finally:
        await storage.close()
