"""Outbox and inbox do not grow for ever, and nothing goes that somebody may still need."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from core.clock import ManualClock
from core.events import Delivery, Event
from core.storage import OutboxRelay, Pruning, Storage, StorageAway, StorageSettings, pruning
from core.storage.schema import inbox, outbox
from tests.waiting import until

SETTINGS = StorageSettings(outbox_days=7, inbox_days=30)
DAY_S = 86_400.0
BOTH = ("bus", "mqtt")


class Filed(Event):
    TYPE: ClassVar[str] = "test.filed"
    DELIVERY: ClassVar[Delivery] = "durable"
    what: str


class Role:
    """A role on the shared database. `refuses` names the events that its destinations do not take."""

    def __init__(self, storage: Storage, name: str) -> None:
        self.storage = Storage(storage.engine, origin=name, clock=storage.clock, route=lambda _event: BOTH)
        self.refuses: set[str] = set()
        self.relays = [OutboxRelay(self.storage, to, self._deliver, at_once=10) for to in BOTH]
        self.pruning = Pruning(self.storage, SETTINGS, self.relays)

    async def emit(self, *what: str) -> None:
        async with self.storage.write() as transaction:
            for one in what:
                await transaction.emit(Filed(what=one), stream=one)
        for relay in self.relays:
            await relay.relay_once()

    async def _deliver(self, event: Event) -> None:
        assert isinstance(event, Filed)
        if event.what in self.refuses:
            raise OSError


@pytest.fixture
def clock(any_storage: Storage, monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    monkeypatch.setattr(pruning, "PAUSE_S", 0.0)
    clock = ManualClock()
    any_storage.clock = clock
    return clock


async def left(storage: Storage) -> list[tuple[str, str, str]]:
    async with storage.read() as connection:
        rows = await connection.execute(select(outbox).order_by(outbox.c.seq))
        return [(row.origin, row.destination, row.envelope["what"]) for row in rows]


async def known(storage: Storage) -> Sequence[str]:
    async with storage.read() as connection:
        return (await connection.execute(select(inbox.c.msg_id).order_by(inbox.c.msg_id))).scalars().all()


async def test_delivered_events_go_when_their_time_has_passed(
    any_storage: Storage, clock: ManualClock
) -> None:
    centre = Role(any_storage, "centre")
    await centre.emit("old")
    clock.advance(7 * DAY_S)
    await centre.emit("new")
    assert await centre.pruning.prune() == 0, "not before"
    clock.advance(1)
    assert await centre.pruning.prune() == 2
    assert await left(any_storage) == [("centre", "bus", "new"), ("centre", "mqtt", "new")]


async def test_what_was_not_delivered_stays_however_old_it_is(
    any_storage: Storage, clock: ManualClock
) -> None:
    centre = Role(any_storage, "centre")
    centre.refuses.add("stuck")
    await centre.emit("stuck", "gone")
    clock.advance(3_650 * DAY_S)
    assert await centre.pruning.prune() == 2
    assert await left(any_storage) == [("centre", "bus", "stuck"), ("centre", "mqtt", "stuck")]
    centre.refuses.clear()
    for relay in centre.relays:
        assert await relay.relay_once() == 1
    assert await centre.pruning.prune() == 0, "its time begins when it was delivered"
    clock.advance(7 * DAY_S + 1)
    assert await centre.pruning.prune() == 2
    assert await left(any_storage) == []


async def test_each_role_prunes_its_own_outbox_and_no_other(any_storage: Storage, clock: ManualClock) -> None:
    centre, radio = Role(any_storage, "centre"), Role(any_storage, "radio")
    await centre.emit("a")
    await radio.emit("b")
    clock.advance(8 * DAY_S)
    assert await radio.pruning.prune() == 2
    assert await left(any_storage) == [("centre", "bus", "a"), ("centre", "mqtt", "a")]
    assert await centre.pruning.prune() == 2
    assert await left(any_storage) == []


async def test_one_transaction_takes_a_bounded_number_and_the_oldest_first(
    any_storage: Storage, clock: ManualClock
) -> None:
    centre = Role(any_storage, "centre")
    for number in range(5):
        await centre.emit(str(number))
        clock.advance(1)
    clock.advance(8 * DAY_S)
    before = clock.now() - timedelta(days=7)
    assert await centre.relays[0].prune(before, 2) == 2
    assert [what for _, to, what in await left(any_storage) if to == "bus"] == ["2", "3", "4"]
    assert [what for _, to, what in await left(any_storage) if to == "mqtt"] == ["0", "1", "2", "3", "4"]


async def test_ids_of_messages_are_forgotten_after_their_time(
    any_storage: Storage, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    role = Role(any_storage, "radio")
    async with any_storage.write() as transaction:
        await transaction.first_times([(source, f"{source}{n}") for n in range(3) for source in "ab"])
    clock.advance(30 * DAY_S)
    async with any_storage.write() as transaction:
        assert not await transaction.first_time("a", "a0")
        await transaction.first_time("a", "later")
    assert await role.pruning.prune() == 0
    clock.advance(1)
    assert await role.pruning.prune() == 6
    assert await known(any_storage) == ["later"]


@pytest.mark.parametrize("wrong", [{"outbox_days": 6}, {"outbox_days": 90}, {"inbox_days": 7}], ids=str)
def test_an_inbox_that_forgets_before_the_outbox_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        StorageSettings(**wrong)


async def test_it_is_pruned_again_and_again_also_after_the_database_was_away(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIRST_S", "EVERY_S", "PAUSE_S"):
        monkeypatch.setattr(pruning, name, 0.0)
    passes = 0

    class Flaky(OutboxRelay):
        async def prune(self, before: object, most: int) -> int:
            nonlocal passes
            passes += 1
            if passes == 1:
                raise StorageAway("OSError")
            return 0

    async def deliver(_event: Event) -> None:
        raise AssertionError

    running = asyncio.create_task(Pruning(storage, SETTINGS, [Flaky(storage, "bus", deliver)]).run())
    await until(lambda: passes >= 3, "third pass")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
