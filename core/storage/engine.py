"""The database engine: SQLite in WAL mode by default, PostgreSQL by its URL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.storage import sqlite
from core.storage.settings import SILENT_CLIENT, StorageSettings


def create_engine(settings: StorageSettings) -> AsyncEngine:
    """The engine for `settings.url`. Nothing is connected yet."""
    url = settings.address()
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, connect_args={"timeout": settings.lock_timeout_s})
        _prepare_sqlite(engine, settings.lock_timeout_s)
        return engine
    return create_async_engine(
        url,
        pool_size=settings.pool_size,
        pool_timeout=settings.lock_timeout_s,
        pool_pre_ping=True,
        connect_args={
            "timeout": settings.lock_timeout_s,
            "server_settings": {"lock_timeout": str(int(settings.lock_timeout_s * 1000)), **SILENT_CLIENT},
        },
    )


def _prepare_sqlite(engine: AsyncEngine, lock_timeout_s: float) -> None:
    @event.listens_for(engine.sync_engine, "do_connect")
    def do_connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        return sqlite.connect(dialect, arguments, options)

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: ours say BEGIN IMMEDIATE below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # FULL: a committed call survives a power cut, not just a crash of the process.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten: an erased number is in no free page.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={int(lock_timeout_s * 1000)}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        # A write takes the lock with its first statement, so it waits for it there and never fails half-way.
        immediate = connection.get_execution_options().get("songhua_write", False)
        connection.connection.dbapi_connection.begin_with_next = "BEGIN IMMEDIATE" if immediate else "BEGIN"
