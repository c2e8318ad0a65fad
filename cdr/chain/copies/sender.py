"""Sends each signed head to every destination, independently of signing and of other destinations.

A destination that does not answer is retried and named in health; the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from cdr.chain.copies import source
from cdr.chain.copies.destination import Destination
from cdr.chain.copies.source import CopyPositions, HeadsPosition, PendingHeads
from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge

_log = logger("cdr")
_copied = counter("cdr_chain_heads_copied", "Signed heads that a destination took", ["to"])
_failures = counter("cdr_chain_copy_failures", "Attempts at which a destination took no heads", ["to"])
_behind = gauge("cdr_chain_copy_behind", "Entries under a signed head that a destination has not", ["to"])

BATCH = 200
LONGEST_PAUSE_S = 300.0


class HeadSender:
    """`troubles` are lines for health: who is late, since when, why."""

    def __init__(
        self,
        heads_file: Path,
        destinations: Sequence[Destination],
        clock: Clock,
        *,
        retry_s: float,
        late_s: float,
    ) -> None:
        places = CopyPositions(heads_file.with_name(heads_file.name + ".sent"))
        self._lines = [
            _Line(heads_file, one, places, clock, retry_s=retry_s, late_s=late_s) for one in destinations
        ]

    async def run(self, every_s: float) -> None:
        async with asyncio.TaskGroup() as group:
            for line in self._lines:
                group.create_task(line.run(every_s))

    async def send_once(self) -> None:
        """One round for each destination, failures counted."""
        for line in self._lines:
            await line.round()

    def troubles(self) -> list[str]:
        """Why copies are missing elsewhere, one text for each place that has none."""
        return [line.trouble for line in self._lines if line.trouble]


class _Line:
    def __init__(
        self,
        heads_file: Path,
        to: Destination,
        places: CopyPositions,
        clock: Clock,
        *,
        retry_s: float,
        late_s: float,
    ) -> None:
        self._file = heads_file
        self._to = to
        self._clock = clock
        self._retry_s = retry_s
        self._late_s = late_s
        self._places = places
        self._place: HeadsPosition | None = None
        self._failed = 0
        self._late_since: float | None = None
        self._sent_at: float | None = None
        self._why = ""

    async def run(self, every_s: float) -> None:
        while True:
            more = await self.round()
            if self._failed:
                await self._clock.sleep(min(LONGEST_PAUSE_S, self._retry_s * 2 ** min(self._failed - 1, 10)))
            elif not more:
                await self._clock.sleep(every_s)

    async def round(self) -> bool:
        """Send what waits, at most one batch; whether there may be more."""
        more = await self._send()
        await asyncio.to_thread(self._gauge)
        return more

    async def _send(self) -> bool:
        try:
            found = await asyncio.to_thread(self._look)
            if not found.heads:
                self._took(0)
                return False
            await self._to.take(found.heads)
            # Written down after it was taken: a crash between sends a head twice, never not at all.
            await asyncio.to_thread(self._places.write, self._to.name, found.place)
        except Exception as error:  # noqa: BLE001  # whatever it is, it holds up no other destination
            self._fail(error)
            return False
        self._place = found.place
        self._took(len(found.heads))
        return not self._to.newest_only and len(found.heads) == BATCH

    @property
    def trouble(self) -> str:
        late = self._late_since
        if late is None or self._clock.monotonic() - late < self._late_s:
            return ""
        waited = self._clock.monotonic() - late
        return f"signed heads have not reached {self._to.name} for {waited:.0f} s: {self._why}"

    def _look(self) -> PendingHeads:
        if self._place is None:
            self._place = self._places.read(self._to.name)
        if self._to.newest_only:
            return self._look_newest()
        if self._place is None and not self._to.whole:
            return source.newest(self._file)
        return source.waiting(self._file, self._place or HeadsPosition(), BATCH)

    def _look_newest(self) -> PendingHeads:
        found = source.newest(self._file)
        now = self._clock.monotonic()
        soon = self._sent_at is not None and now - self._sent_at < self._to.every_s
        if soon or (self._place is not None and found.place.last == self._place.last):
            return PendingHeads([], found.place)
        return found

    def _took(self, heads: int) -> None:
        if heads:
            self._sent_at = self._clock.monotonic()
            _copied.labels(self._to.name).inc(heads)
        if self._late_since is not None:
            _log.info("a destination takes signed heads again", to=self._to.name)
        self._failed, self._late_since, self._why = 0, None, ""

    def _fail(self, error: Exception) -> None:
        self._failed += 1
        _failures.labels(self._to.name).inc()
        self._why = str(error) or type(error).__name__
        if self._late_since is None:
            self._late_since = self._clock.monotonic()
            _log.warning("signed heads are not copied", to=self._to.name, why=self._why)

    def _gauge(self) -> None:
        """Blocking."""
        try:
            last = source.newest(self._file).place.seq
        except OSError:
            return
        _behind.labels(self._to.name).set(max(0, last - (self._place.seq if self._place else 0)))
