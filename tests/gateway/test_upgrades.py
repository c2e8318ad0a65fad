"""Upgrades: every database that a demo left behind, on both kinds, comes to today's schema with its rows."""

from __future__ import annotations

import gzip
import sqlite3
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import func, select

from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.tables import metadata

DUMPS = sorted((Path(__file__).parent.parent / "upgrades").glob("demo-*.sql.gz"))
FULL = ("cases", "cdr_calls", "cdr_recordings", "cdr_segments", "identity_user")


def _named(kind: str) -> list[Path]:
    return [dump for dump in DUMPS if f".{kind}." in dump.name]


async def _upgraded_and_full(url: str) -> None:
    settings = StorageSettings(url=url)
    await database.upgrade(settings)
    storage = Storage(create_engine(settings))
    await database.check(storage)
    async with storage.read() as connection:
        for name in FULL:
            count = await connection.scalar(select(func.count()).select_from(metadata.tables[name]))
            assert count, name
    await storage.close()


def test_there_is_a_dump_of_each_kind() -> None:
    assert _named("sqlite")
    assert _named("postgresql")


@pytest.mark.parametrize("dump", _named("sqlite"), ids=lambda dump: dump.name)
async def test_sqlite(dump: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(gzip.decompress(dump.read_bytes()).decode())
    await _upgraded_and_full(f"sqlite+aiosqlite:///{file}")


@pytest.mark.real
@pytest.mark.parametrize("dump", _named("postgresql"), ids=lambda dump: dump.name)
async def test_postgresql(dump: Path, postgres_database: str) -> None:
    connection = await asyncpg.connect(postgres_database.replace("+asyncpg", ""))
    text = gzip.decompress(dump.read_bytes()).decode()
    await connection.execute("\n".join(line for line in text.splitlines() if not line.startswith("\\")))
    await connection.close()
    await _upgraded_and_full(postgres_database)
