"""Durable events on disk until the centre has acknowledged them; bounded: when full, the oldest give way.

Written before the first attempt to deliver, so that a broker that is away, or the end of this process,
costs no text. Delivered at least once; the receiver drops repeats by `segment_id` and by event id.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from core.metrics import counter

_dropped = counter("speech_spool_dropped", "Undelivered events that gave way because the spool was full")


EMPTY_EVERY_S: Final = 60.0
"""How often the log of a spool in which nothing waits is emptied, at most: it costs a write to the disk."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stored:
    """One event in the spool: its row and its wire envelope."""

    row: int
    envelope: dict[str, Any]


class Spool:
    """All methods run in one thread of the spool's own, so that a slow disk never stops the loop."""

    def __init__(self, path: Path, *, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="speech-spool")
        self._database: sqlite3.Connection | None = None
        self._closed = False
        self._rows = 0
        self._emptied_at = -EMPTY_EVERY_S

    async def open(self) -> int:
        """Open or make the file; how many events wait in it. Raises `sqlite3.Error` or `OSError`."""
        return await self._run(self._open)

    async def put(self, envelope: dict[str, Any]) -> None:
        """Keep one event. Raises `sqlite3.Error` when the disk does not take it."""
        await self._run(self._put, json.dumps(envelope, ensure_ascii=False))

    async def oldest(self, limit: int) -> list[Stored]:
        """The oldest events that were not delivered, in their order."""
        return await self._run(self._oldest, limit)

    async def delivered(self, row: int) -> None:
        """The broker has taken the event: delete its row."""
        await self._run(self._delivered, row)

    async def close(self) -> None:
        """Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        await self._run(self._close)
        self._thread.shutdown(wait=True)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        # Words that were delivered are in no free page.
        database.execute("PRAGMA secure_delete=ON")
        database.execute(
            "CREATE TABLE IF NOT EXISTS spool (row INTEGER PRIMARY KEY AUTOINCREMENT, envelope TEXT)"
        )
        self._database = database
        # Counted once: counting reads all that waits.
        self._rows = int(database.execute("SELECT count(*) FROM spool").fetchone()[0])
        return self._rows

    def _put(self, envelope: str) -> None:
        database = self._opened()
        database.execute("INSERT INTO spool (envelope) VALUES (?)", (envelope,))
        self._rows += 1
        over = self._rows - self._limit
        if over > 0:
            gone = database.execute(
                "DELETE FROM spool WHERE row IN (SELECT row FROM spool ORDER BY row LIMIT ?)", (over,)
            )
            self._rows -= gone.rowcount
            _dropped.inc(over)

    def _oldest(self, limit: int) -> list[Stored]:
        rows = self._opened().execute("SELECT row, envelope FROM spool ORDER BY row LIMIT ?", (limit,))
        return [Stored(row, json.loads(envelope)) for row, envelope in rows]

    def _delivered(self, row: int) -> None:
        self._rows -= self._opened().execute("DELETE FROM spool WHERE row = ?", (row,)).rowcount
        if self._rows == 0 and time.monotonic() >= self._emptied_at + EMPTY_EVERY_S:
            self._empty_log()

    def _empty_log(self) -> None:
        """SQLite's log still has what is in the table no more."""
        self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._emptied_at = time.monotonic()

    def _close(self) -> None:
        if self._database is not None:
            if self._rows == 0:
                self._empty_log()
            self._database.close()
            self._database = None

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.ProgrammingError("the spool is not open")
        return self._database
