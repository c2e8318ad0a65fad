"""Storages for tests: an empty SQLite ledger is a copy of one made once, the one on PostgreSQL is emptied
for each test; none waits for the disk.
"""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
from sqlalchemy import create_engine as create_blocking_engine
from sqlalchemy import event
from sqlalchemy.engine import Dialect

from core.storage import Storage, StorageSettings, create_engine, metadata

PATIENCE_S = 120.0
"""How long a test waits for a lock or a connection: who waits behind twenty others on a busy machine is late,
not refused.
"""
_DIALECTS: dict[str, Dialect] = {}
_COMPILED: dict[Any, Any] = {}
# Whatever has rows or pages; without the checks of foreign keys, so that the order does not matter.
_EMPTY = """
DO $$
DECLARE one regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'DELETE FROM ' || one;
    END LOOP;
    PERFORM setval(seqrelid, 1, false) FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
END $$
"""


def empty_sqlite(file: Path) -> Storage:
    """A ledger in `file` with the tables of every room that is imported by now."""
    file.write_bytes(_ledger(len(metadata.tables)))
    return open_sqlite(file)


def open_sqlite(file: Path) -> Storage:
    """The ledger that stands in `file`; the file must be there."""
    storage = _opened(f"sqlite+aiosqlite:///{file}")

    @event.listens_for(storage.engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # No test cuts the power, so none needs to wait until the disk has it.
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()

    return storage


class PostgresLedger:
    """A database of this process with the tables of every room, which one test after the other uses."""

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self._url = ""
        self._tables = 0

    async def emptied(self) -> Storage:
        """The ledger without any row, its sequences at their beginning, over an engine of its own."""
        self._url = self._url or await new_database(self._cluster)
        storage = _opened(self._url)
        async with storage.engine.begin() as connection:
            if self._tables != len(metadata.tables):
                await connection.run_sync(metadata.create_all)
                self._tables = len(metadata.tables)
            await connection.exec_driver_sql(_EMPTY)
        return storage


async def new_database(cluster: str) -> str:
    """The URL of an empty database in the cluster whose URL is given."""
    name = f"t{secrets.token_hex(6)}"
    connection = await asyncpg.connect(cluster.replace("+asyncpg", ""))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{cluster.rsplit('/', 1)[0]}/{name}"


def _opened(url: str) -> Storage:
    storage = Storage(create_engine(StorageSettings(url=url, lock_timeout_s=PATIENCE_S)))
    engine = storage.engine.sync_engine
    # A statement is compiled for a dialect and kept: with one dialect for all engines, once in each process.
    engine.dialect = _DIALECTS.setdefault(engine.dialect.name, engine.dialect)
    engine.update_execution_options(compiled_cache=_COMPILED)
    return storage


@cache
def _ledger(_tables: int) -> bytes:
    # Keyed by the number of tables: a room that is imported later brings more.
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        engine = create_blocking_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            metadata.create_all(connection)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        engine.dispose()
        return file.read_bytes()
