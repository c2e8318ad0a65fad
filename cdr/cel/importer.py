"""Imports CEL files exactly once: rows and the new position commit together, and each line is known by the
hash of its file's content name, its offset and its bytes, so that a copied or re-read file adds nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cdr.cel import files, store
from cdr.cel.codec import CelLine, CelParser, RejectedLine
from cdr.cel.files import CelFile, Rewritten
from cdr.cel.store import FilePosition
from cdr.erasing import keep_erased
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway

_log = logger("cdr")
_imported = counter("cdr_cel_rows", "CEL lines imported")
_known = counter("cdr_cel_known_lines", "CEL lines met again and not doubled")
_taps = counter("cdr_cel_tap_lines", "CEL lines of live-audio taps, dropped")
_rejected = counter("cdr_cel_rejects", "Stretches of a CEL file that were no record", ["reason"])
_unkept = counter("cdr_cel_rejects_not_kept", "Rejected stretches that found the quarantine full")
_behind = gauge("cdr_cel_behind_bytes", "Bytes of CEL files that are not imported yet")
_rewritten = counter(
    "cdr_cel_rewritten", "CEL files whose imported part had changed; read again from the start"
)

SETTLED_S = 60.0
"""A rotated file that has not changed for so long gets no more lines: its last one is decided."""

BATCHES = 64
"""Batches of one file in one pass; then the other files have their turn."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """What one pass did. `behind` is in bytes."""

    rows: int = 0
    known: int = 0
    rejects: int = 0
    behind: int = 0

    def __add__(self, other: ImportProgress) -> ImportProgress:
        return ImportProgress(
            self.rows + other.rows,
            self.known + other.known,
            self.rejects + other.rejects,
            self.behind + other.behind,
        )


class Importer:
    """Imports the live file and its rotated siblings of one Asterisk.

    `lines_seen` counts the lines of calls (not of taps) in the files since this importer began. A call that
    runs is derived anew at most every `running_pause_s`.
    """

    def __init__(
        self,
        storage: Storage,
        live: Path,
        system_name: str,
        *,
        settled_s: float = SETTLED_S,
        running_pause_s: float = 0.0,
    ) -> None:
        self._storage = storage
        self._live = live
        self._system_name = system_name
        self._settled_s = settled_s
        self._running_pause = timedelta(seconds=running_pause_s)
        self._done: dict[Path, tuple[int, int, int]] = {}
        self.lines_seen = 0
        self.last = ImportProgress()
        self.away = False

    async def run(self, poll_s: float) -> None:
        """Import until cancelled. A database that is away is waited for; the position stands in it."""
        while True:
            try:
                progress = await self.import_once()
            except StorageAway:
                if not self.away:
                    _log.warning("the database is away: CEL lines wait on Asterisk's disk")
                self.away = True
                await asyncio.sleep(min(5.0, 5 * poll_s))
                continue
            if self.away:
                _log.info("the database is back: CEL import goes on")
            self.away = False
            if not progress.rows:
                await asyncio.sleep(poll_s)

    async def import_once(self) -> ImportProgress:
        """One pass over all files. Raises `StorageAway`; nothing is lost by that."""
        total = ImportProgress()
        for path in await asyncio.to_thread(files.candidates, self._live):
            total += await self._import_path(path)
        _behind.set(total.behind)
        self.last = total
        return total

    async def _import_path(self, path: Path) -> ImportProgress:
        seen = await asyncio.to_thread(_stat, path)
        if seen is None or self._done.get(path) == seen:
            return ImportProgress()
        file = await asyncio.to_thread(files.look, path, self._system_name)
        if file is None:
            return ImportProgress()
        progress = await self._import_file(file)
        if progress.behind == 0:
            if len(self._done) > 4 * files.MOST_FILES:
                self._done.clear()
            self._done[path] = seen
        return progress

    async def _import_file(self, file: CelFile) -> ImportProgress:
        async with self._storage.read() as connection:
            place = await store.position_of(
                connection, self._system_name, file.stream, file.device, file.inode, str(file.path)
            )
        total = ImportProgress()
        for _ in range(BATCHES):
            try:
                piece = await asyncio.to_thread(
                    files.read, file, self._system_name, place.position, place.tail
                )
            except Rewritten:
                _rewritten.inc()
                _log.warning("a CEL file was changed below what is imported", path=str(file.path))
                place = store.moved(place, position=0, tail="", rows=0, rejects=0)
                continue
            except OSError:
                break
            if piece is None:
                break
            parser = CelParser(place.position)
            items = parser.feed(piece.data)
            if parser.position == place.position and self._is_settled(file):
                items += parser.finish()
            moved_by = parser.position - place.position
            left = len(piece.data) - moved_by
            if moved_by == 0:
                return total + ImportProgress(behind=left)
            tail = files.tail_of(piece.before + piece.data[:moved_by])
            place, progress = await self._commit(place, items, parser.position, tail)
            total += progress
        return total + ImportProgress(behind=max(0, file.size - place.position))

    async def _commit(
        self, place: FilePosition, items: Sequence[CelLine | RejectedLine], position: int, tail: str
    ) -> tuple[FilePosition, ImportProgress]:
        lines = [(_line_id(place.stream, item), item) for item in items if isinstance(item, CelLine)]
        rejects = [(_line_id(place.stream, item), item) for item in items if isinstance(item, RejectedLine)]
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            new = await store.add_lines(
                connection, self._system_name, lines, now, running_pause=self._running_pause
            )
            if new:
                await keep_erased(
                    transaction, self._system_name, {line.row.about().linkedid for _, line in lines}
                )
            kept = await store.add_rejects(connection, place.path, rejects, now)
            after = store.moved(place, position=position, tail=tail, rows=new, rejects=len(rejects))
            await store.keep_position(connection, self._system_name, after, now)
        taps = sum(line.row.about().is_tap for _, line in lines)
        known = len(lines) - taps - new
        self.lines_seen += new
        _imported.inc(new)
        _taps.inc(taps)
        _known.inc(known)
        _unkept.inc(len(rejects) - kept)
        for _, reject in rejects:
            _rejected.labels(reject.reason).inc()
        return after, ImportProgress(new, known, len(rejects))

    def _is_settled(self, file: CelFile) -> bool:
        return file.path != self._live and time.time() - file.mtime > self._settled_s


def _line_id(stream: str, item: CelLine | RejectedLine) -> str:
    return hashlib.sha256(f"{stream}\n{item.offset}\n".encode() + item.raw).hexdigest()


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
