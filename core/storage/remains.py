"""Removes what a database file keeps of changed and deleted rows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.files import file_holds
from core.log import logger
from core.storage.unit_of_work import Storage

_log = logger("core")

LARGEST: Final = 256 << 20
"""Bytes of a SQLite file that is rewritten beside a running service; nobody writes meanwhile."""
WAIT_S: Final = 3.0


async def clear(storage: Storage, words: Sequence[bytes], tables: Iterable[str]) -> str:
    """Take away what is left of these words. Empty when nothing is, else why.

    SQLite: the write-ahead log is emptied, and the file rewritten if one of the words still stands in it.
    PostgreSQL: these tables are vacuumed. What rows say stays.
    """
    if storage.dialect == "sqlite":
        return await asyncio.to_thread(_clear_sqlite, Path(storage.engine.url.database or ""), words)
    return await _vacuum(storage, tables)


async def _vacuum(storage: Storage, tables: Iterable[str]) -> str:
    try:
        async with storage.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            for table in tables:
                await connection.execute(text(f'VACUUM "{table}"'))
    except (DBAPIError, OSError) as error:
        return f"VACUUM failed ({type(error).__name__}): it is tried again"
    return ""


def _clear_sqlite(file: Path, words: Sequence[bytes]) -> str:
    if not file.is_file():
        return ""
    busy = "another program reads the database: its log is emptied later"
    try:
        with closing(sqlite3.connect(file, timeout=WAIT_S, isolation_level=None)) as link:
            link.execute("PRAGMA secure_delete=ON")
            if not _emptied(link):
                return busy
            if file_holds(file, words):
                if file.stat().st_size > LARGEST:
                    return f"pages of {file.name} hold remains: stop the service, run sqlite3 {file} VACUUM"
                link.execute("VACUUM")
                if not _emptied(link):
                    return busy
    except sqlite3.OperationalError:
        return "another program writes to the database: it is tried again"
    if file_holds(file, words):
        # No remains, but a row that is kept, as of a crew that has this telephone: no rewriting ends that.
        _log.warning("rows that are kept still hold what was erased", file=file.name)
    return ""


def _emptied(link: sqlite3.Connection) -> bool:
    busy, _, _ = link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
