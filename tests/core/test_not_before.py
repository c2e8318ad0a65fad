"""A delivery that has its time later comes then, in its stream's order, and counts as no failure."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from citizen.events import MessageQueued
from core.clock import ManualClock
from core.events import Event
from core.ids import uuid7
from core.storage import NotBefore, OutboxRelay, Storage
from core.storage.schema import outbox


class SetClock(ManualClock):
    """A machine whose clock somebody sets."""

    def set_by(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


async def test_a_delivery_that_has_its_time_later_holds_its_stream_until_then(any_storage: Storage) -> None:
    clock = ManualClock()
    any_storage.clock = clock
    first, second, other = uuid7(), uuid7(), uuid7()
    opens = clock.now() + timedelta(hours=10)
    got: list[UUID] = []

    async def deliver(event: Event) -> None:
        if event.id == first and clock.now() < opens:
            raise NotBefore(opens)
        got.append(event.id)

    async with any_storage.write() as transaction:
        for event_id, stream in ((first, "a"), (second, "a"), (other, "b")):
            await transaction.emit(MessageQueued(id=event_id), stream=stream)
    relay = OutboxRelay(any_storage, "bus", deliver, at_once=5)
    await relay.relay_once()
    assert got == [other]
    clock.advance(9 * 3600)
    await relay.relay_once()
    assert got == [other]
    async with any_storage.read() as connection:
        wanted = select(outbox.c.attempts).where(outbox.c.event_id == first)
        assert list((await connection.execute(wanted)).scalars()) == [0]
    clock.advance(3600)
    await relay.relay_once()
    assert got == [other, first, second]


async def test_a_clock_that_is_set_back_by_an_hour_holds_nothing_up(any_storage: Storage) -> None:
    clock = SetClock()
    any_storage.clock = clock
    away = True
    got: list[UUID] = []
    tried, waits, behind = uuid7(), uuid7(), uuid7()
    opens = clock.now() + timedelta(hours=10)

    async def deliver(event: Event) -> None:
        if event.id == waits and clock.now() < opens:
            raise NotBefore(opens)
        if away:
            raise ConnectionError
        got.append(event.id)

    async with any_storage.write() as transaction:
        for event_id, stream in ((tried, "a"), (behind, "a"), (waits, "b")):
            await transaction.emit(MessageQueued(id=event_id), stream=stream)
    relay = OutboxRelay(any_storage, "bus", deliver, at_once=5)
    await relay.relay_once()
    clock.set_by(-3600)
    away = False
    await relay.relay_once()
    await relay.relay_once()
    assert got == [tried, behind]
    clock.advance(11 * 3600)
    await relay.relay_once()
    assert got == [tried, behind, waits]
