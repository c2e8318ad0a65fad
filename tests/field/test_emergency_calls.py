"""A press for emergency talk is an emergency of its crew; the button does not wait for the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from core.clock import SystemClock
from core.ids import uuid7
from core.storage import StorageAway
from field.emergency.model import EmergencyAlarm, EmergencyReceived
from field.emergency.radio.calls import MOST_WAITING, EmergencyCalls
from tests.field.conftest import UNIT

GROUP = "app:daoli"


class Watch:
    """Stands for `EmergencyWatch`; `away` is how often the database is not there."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.kept: list[EmergencyReceived] = []

    async def keep(self, said: EmergencyReceived) -> tuple[EmergencyAlarm, int] | None:
        if self.away:
            self.away -= 1
            raise StorageAway
        self.kept.append(said)
        return None


class Hurry(SystemClock):
    async def sleep(self, seconds: float) -> None:
        del seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def running(watch: Watch) -> AsyncIterator[EmergencyCalls]:
    calls = EmergencyCalls(watch, Hurry())  # type: ignore[arg-type]
    task = asyncio.ensure_future(calls.run())
    try:
        yield calls
        await asyncio.sleep(0.05)
    finally:
        task.cancel()


async def test_a_units_press_is_kept_under_one_name_and_waits_for_the_database() -> None:
    watch, press = Watch(away=3), uuid7()
    async with running(watch) as calls:
        calls.pressed(GROUP, UNIT, press)
        calls.pressed(GROUP, UNIT, press)
        calls.pressed(GROUP, UNIT, uuid7())
    first, again, other = watch.kept
    assert (first.kind, first.talkgroup, first.unit_id) == ("call", GROUP, UNIT)
    assert first.alarm_id == again.alarm_id != other.alarm_id


async def test_whoever_is_no_unit_is_in_no_emergency() -> None:
    watch = Watch()
    async with running(watch) as calls:
        for party in ("user:li.na", "desk:1", "phone:7", "nobody", ""):
            calls.pressed(GROUP, party, UUID(int=1))
    assert watch.kept == []


async def test_what_waits_is_bounded() -> None:
    watch = Watch()
    async with running(watch) as calls:
        for _ in range(MOST_WAITING + 5):
            calls.pressed(GROUP, UNIT, uuid7())
    assert len(watch.kept) == MOST_WAITING
