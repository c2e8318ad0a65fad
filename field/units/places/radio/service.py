"""Where units are, kept in memory as they report and written in one go each second: a position is worth less
than a commit of its own. What a kill takes is at most that second, and the next report makes up for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.bus import Bus
from core.log import logger
from core.metrics import counter, gauge
from core.place import Position, distance_m
from core.storage import Storage, StorageAway
from field.events import UnitsMoved
from field.settings import PlacesSettings
from field.units import store as unit_store
from field.units.places import store
from field.units.places.model import PositionFix, UnitPosition
from field.units.places.radio import rule
from field.units.places.radio.rule import UnitTrack
from field.units.places.view import place_view

_log = logger("field")

_reports = counter("field_positions", "Positions of units by what became of them", ["fate"])

_followed = gauge("field_units_followed", "Units whose position is known in this process")

_waiting = gauge("field_positions_waiting", "Positions that wait to be written")

MOST_UNITS: Final = 20_000

MOST_WAITING: Final = 50_000

FLUSH_S: Final = 1.0

FORGET_S: Final = 600.0

TOLD_AT_ONCE: Final = 400


@dataclass(slots=True)
class _Followed:
    """`kept` is what was last added to the history, `told` that its newest position is not yet told."""

    track: UnitTrack
    kept: UnitPosition | None = None


class PositionService:
    """`take` at any rate; `run` writes. One process at a time does this for a unit."""

    def __init__(self, storage: Storage, bus: Bus, settings: PlacesSettings) -> None:
        self._storage = storage
        self._bus = bus
        self._settings = settings
        self._units: dict[str, _Followed] = {}
        self._moved: dict[str, UnitPosition] = {}
        self._passed: list[tuple[str, UnitPosition]] = []
        self._heard: dict[tuple[str, str], datetime] = {}
        self._forget_at = 0.0

    def take(self, unit_id: str, fix: PositionFix, *, fresh: bool = True) -> None:
        """A report came. `fresh` is false for the broker's stored copy of an old one: nobody was heard.

        Never waits. Beyond `MOST_UNITS` units, or `MOST_WAITING` reports while the database is away, a report
        is dropped and counted; where a unit is now is kept all the same.
        """
        followed = self._units.get(unit_id)
        if followed is None:
            if len(self._units) >= MOST_UNITS:
                _reports.labels("too_many_units").inc()
                return
            followed = self._units[unit_id] = _Followed(UnitTrack())
            _followed.set(len(self._units))
        followed.track, told = rule.apply(followed.track, fix)
        _reports.labels(told.fate).inc()
        if fresh:
            self._heard[unit_id, fix.source.partition("/")[0]] = fix.received_at
        if told.fate == "newest":
            self._moved[unit_id] = told.placed
        if told.fate in rule.KEPT and self._is_history(followed, told.placed):
            followed.kept = told.placed
            if len(self._passed) < MOST_WAITING:
                self._passed.append((unit_id, told.placed))
            else:
                _reports.labels("history_full").inc()
        _waiting.set(len(self._passed))

    async def load(self) -> None:
        """Take up what was known before this process started. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            known = await store.all_places(connection)
        for unit_id, placed in list(known.items())[:MOST_UNITS]:
            self._units.setdefault(unit_id, _Followed(UnitTrack(shown=placed), placed))
        _followed.set(len(self._units))

    async def run(self) -> None:
        """Write what came, each second; until cancelled."""
        loaded = False
        while True:
            try:
                if not loaded:
                    await self.load()
                    loaded = True
                await self.flush()
                await self._forget_now_and_then()
            except StorageAway as error:
                _log.info("positions wait: the database is away", error=error.kind)
            await asyncio.sleep(FLUSH_S)

    async def stop(self) -> None:
        """Write what came last; what the database does not take now is lost, and the next report makes up."""
        try:
            await self.flush()
        except StorageAway as error:
            _log.warning("the last positions were not written", error=error.kind)

    async def flush(self) -> int:
        """Write and tell what came since the last time; for how many units. Raises `StorageAway`: it is
        kept.
        """
        if not (self._moved or self._passed or self._heard):
            return 0
        moved, passed, heard = self._moved, self._passed, self._heard
        self._moved, self._passed, self._heard = {}, [], {}
        names = {*moved, *(unit_id for unit_id, _ in passed), *(unit_id for unit_id, _ in heard)}
        try:
            async with self._storage.write() as transaction:
                known = await store.known(transaction.connection, sorted(names))
                await store.put(transaction, [(one, placed) for one, placed in moved.items() if one in known])
                await store.keep(transaction, [each for each in passed if each[0] in known])
                voices = [(*who, at) for who, at in heard.items() if who[0] in known]
                await unit_store.hear_many(transaction, voices)
        except StorageAway:
            self._take_back(moved, passed, heard)
            raise
        for stranger in names - known:
            # Who is not enrolled, or no longer: forgotten, so that names from outside fill nothing.
            self._units.pop(stranger, None)
            _reports.labels("unknown_unit").inc()
        _waiting.set(len(self._passed))
        self._tell({one: placed for one, placed in moved.items() if one in known})
        return len(known)

    def _take_back(
        self,
        moved: Mapping[str, UnitPosition],
        passed: list[tuple[str, UnitPosition]],
        heard: Mapping[tuple[str, str], datetime],
    ) -> None:
        """What came meanwhile is newer."""
        self._moved = {**moved, **self._moved}
        self._heard = {**heard, **self._heard}
        self._passed = (passed + self._passed)[:MOST_WAITING]

    def _is_history(self, followed: _Followed, placed: UnitPosition) -> bool:
        """Whether it adds to where the unit was: some way further, or some time later."""
        kept = followed.kept
        if kept is None:
            return True
        apart = abs((placed.measured_at - kept.measured_at).total_seconds())
        return apart >= self._settings.track_every_s or (
            _metres(kept.fix, placed.fix) >= self._settings.track_every_m
        )

    async def _forget_now_and_then(self) -> None:
        now = self._storage.clock.monotonic()
        if now < self._forget_at:
            return
        self._forget_at = now + FORGET_S
        before = self._storage.clock.now() - timedelta(hours=self._settings.track_hours)
        async with self._storage.write() as transaction:
            await store.forget(transaction, before=before, most=self._settings.track_most)

    def _tell(self, moved: Mapping[str, UnitPosition]) -> None:
        rows = [place_view(unit_id, placed) for unit_id, placed in sorted(moved.items())]
        for start in range(0, len(rows), TOLD_AT_ONCE):
            self._bus.publish(UnitsMoved(places=rows[start : start + TOLD_AT_ONCE]))


def _metres(one: PositionFix, other: PositionFix) -> float:
    return distance_m(
        Position(lon=one.lon, lat=one.lat, accuracy_m=one.accuracy_m),
        Position(lon=other.lon, lat=other.lat, accuracy_m=other.accuracy_m),
    )
