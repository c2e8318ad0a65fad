"""The import of the CEL file as a part of the room: reads it, watches its disk, deletes old lines."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, Protocol

from cdr.cel.codec import MAX_RECORD
from cdr.cel.importer import Importer
from cdr.cel.retention import CelRetention
from cdr.cel.watch import MissingLines, free_bytes
from cdr.ports import CelCounter
from cdr.settings import CdrSettings
from core.metrics import gauge
from core.room import Health
from core.storage import Storage
from core.tasks import Tasks

_behind_s = gauge("cdr_cel_behind_seconds", "Since the import of CEL lines was last caught up")

PART: Final = "cdr.import"
WATCH_EVERY_S: Final = 5.0
LATE_S: Final = 60.0
"""So long lines may wait while calls are many; the ledger shows a call that much later."""
_MB: Final = 1_000_000


class CelImport(Protocol):
    def start(self, tasks: Tasks) -> None: ...

    def caught_up(self) -> bool:
        """Whether all complete lines of the files are imported."""
        ...

    def health(self) -> Health: ...


class NoCelFile:
    """The settings name no file: nothing is imported, and health says so."""

    def start(self, tasks: Tasks) -> None:
        """Do nothing: there is no file to read."""

    def caught_up(self) -> bool:
        return False

    def health(self) -> Health:
        return Health(PART, "degraded", "no CEL file is set: set cdr.cel_file to Asterisk's calls.csv")


class CelFileImport:
    """`counter` tells how many events the AMI link brought: lines that a full disk lost show by that."""

    def __init__(self, settings: CdrSettings, file: Path, storage: Storage, counter: CelCounter) -> None:
        self._settings = settings
        self._file = file
        self._counter = counter
        self._importer = Importer(
            storage, file, settings.system_name, running_pause_s=settings.running_pause_s
        )
        self._retention = CelRetention(
            storage, file, settings.system_name, kept_h=settings.cel_kept_h, clock=storage.clock
        )
        self._lost = MissingLines()
        self._lost_lines = 0
        self._free: int | None = None
        self._clock = storage.clock
        self._caught_up_at = self._clock.monotonic()
        self._late_s = 0.0

    def start(self, tasks: Tasks) -> None:
        tasks.forever("import", lambda: self._importer.run(self._settings.poll_s))
        tasks.forever("watch", self._watch)
        tasks.forever("keep-lines", self._retention.run)

    def caught_up(self) -> bool:
        return not self._importer.away and self._importer.last.behind <= MAX_RECORD

    def health(self) -> Health:
        why = self._trouble()
        return Health(PART, "degraded", why) if why else Health(PART, "up")

    def _trouble(self) -> str:
        if self._importer.away:
            return (
                "the database takes no line: see that it runs, has disk space and is not held by another "
                "program; CEL lines wait on Asterisk's disk"
            )
        if self._free is not None and self._free < self._settings.disk_warn_mb * _MB:
            return f"{self._free // _MB} MB left where Asterisk writes CEL: free space now"
        if self._late_s > LATE_S:
            return (
                f"CEL lines have waited for {self._late_s:.0f} s ({self._importer.last.behind} bytes): see "
                "the load of the machine and of the database"
            )
        if self._lost_lines:
            return f"{self._lost_lines} CEL lines never reached the file: see whether its disk was full"
        return self._retention.trouble

    def see_lag(self) -> None:
        """One look at how long lines wait."""
        now = self._clock.monotonic()
        if self.caught_up():
            self._caught_up_at = now
        self._late_s = now - self._caught_up_at
        _behind_s.set(self._late_s)

    async def _watch(self) -> None:
        while True:
            self._free = await asyncio.to_thread(free_bytes, self._file.parent)
            self.see_lag()
            if self.caught_up():
                self._lost_lines = self._lost.observe(self._counter.seen(), self._importer.lines_seen)
            await asyncio.sleep(WATCH_EVERY_S)


def cel_import(settings: CdrSettings, storage: Storage, counter: CelCounter) -> CelImport:
    if settings.cel_file is None:
        return NoCelFile()
    return CelFileImport(settings, settings.cel_file, storage, counter)
