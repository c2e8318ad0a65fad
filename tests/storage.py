"""Storages for tests: an empty SQLite ledger is a copy of one made once; none waits for the disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine as create_blocking_engine
from sqlalchemy import event
from sqlalchemy.engine import Dialect

from core.storage import Storage, StorageSettings, create_engine, metadata

_DIALECTS: dict[str, Dialect] = {}
_COMPILED: dict[Any, Any] = {}


def empty_sqlite(file: Path) -> Storage:
    """A ledger in `file` with the tables of every room that is imported by now."""
    file.write_bytes(_ledger(len(metadata.tables)))
    return open_sqlite(file)


def open_sqlite(file: Path) -> Storage:
    """The ledger that stands in `file`; the file must be there."""
    storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
    # A statement is compiled for a dialect and kept: with one dialect for all engines, once in each process.
    storage.engine.sync_engine.dialect = _DIALECTS.setdefault("sqlite", storage.engine.sync_engine.dialect)
    storage.engine.sync_engine.update_execution_options(compiled_cache=_COMPILED)

    @event.listens_for(storage.engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # No test cuts the power, so none needs to wait until the disk has it.
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.close()

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
