"""The bus: order is kept, a failing subscriber is alone with its failure, nothing grows without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import ClassVar

import pytest

from core.events import Delivery, Event
from core.storage import StorageAway
from gateway import bus as bus_module
from gateway.bus import LocalBus


class Ticked(Event):
    TYPE: ClassVar[str] = "test.ticked"
    n: int


class Settled(Event):
    TYPE: ClassVar[str] = "test.settled"
    DELIVERY: ClassVar[Delivery] = "durable"


@pytest.fixture
async def bus() -> AsyncIterator[LocalBus]:
    made = LocalBus()
    yield made
    await made.stop()


async def test_each_subscriber_gets_every_event_in_order(bus: LocalBus) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def note(event: Ticked) -> None:
        seen.append(event.n)
        if event.n == 99:
            done.set()

    bus.subscribe(Ticked, note, name="note")
    await bus.start()
    for n in range(100):
        bus.publish(Ticked(n=n))
    await asyncio.wait_for(done.wait(), 2)
    assert seen == list(range(100))


async def test_a_failing_subscriber_does_not_stop_its_neighbour_nor_itself(bus: LocalBus) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def fail(event: Ticked) -> None:
        if event.n == 0:
            raise ValueError
        done.set()

    async def note(event: Ticked) -> None:
        seen.append(event.n)

    bus.subscribe(Ticked, fail, name="fail")
    bus.subscribe(Ticked, note, name="note")
    await bus.start()
    bus.publish(Ticked(n=0))
    bus.publish(Ticked(n=1))
    await asyncio.wait_for(done.wait(), 2)
    assert seen == [0, 1]


async def test_deliver_tells_the_outbox_that_a_subscriber_failed(bus: LocalBus) -> None:
    async def fail(_event: Settled) -> None:
        raise ValueError("not yet")

    bus.subscribe(Settled, fail, name="fail")
    await bus.start()
    with pytest.raises(ValueError, match="not yet"):
        await bus.deliver(Settled())


async def test_a_subscriber_that_hangs_costs_a_bounded_queue(
    bus: LocalBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "QUEUE_LIMIT", 5)

    async def hang(_event: Ticked) -> None:
        await asyncio.Event().wait()

    bus.subscribe(Ticked, hang, name="hang")
    await bus.start()
    for n in range(50):
        bus.publish(Ticked(n=n))
    dropped = bus_module._dropped.labels("hang")._value.get()
    assert dropped == 45


async def test_a_durable_event_waits_for_room_and_is_never_dropped(
    bus: LocalBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "QUEUE_LIMIT", 2)
    seen: list[int] = []

    async def note(event: Ticked) -> None:
        await asyncio.sleep(0)
        seen.append(event.n)

    bus.subscribe(Ticked, note, name="durable")
    dropped = bus_module._dropped.labels("durable")._value.get()
    delivering = [asyncio.create_task(bus.deliver(Ticked(n=n))) for n in range(20)]
    await asyncio.sleep(0)
    assert [task.done() for task in delivering] == [False] * 20
    await bus.start()
    await asyncio.wait_for(asyncio.gather(*delivering), 5)
    assert seen == list(range(20))
    assert bus_module._dropped.labels("durable")._value.get() == dropped


class Kept:
    """A subscriber that takes runs; fails on the numbers in `poison` and, while `away`, on everything."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.poison: set[int] = set()
        self.away = False

    async def take(self, run: Sequence[Event]) -> None:
        numbers = [event.n for event in run if isinstance(event, Ticked)]
        self.runs.append(numbers)
        if self.away:
            raise StorageAway("locked")
        if self.poison & set(numbers):
            raise ValueError(numbers)


async def delivered(bus: LocalBus, numbers: Iterable[int]) -> list[BaseException | None]:
    return await asyncio.gather(*(bus.deliver(Ticked(n=n)) for n in numbers), return_exceptions=True)


async def test_what_has_come_is_handed_over_in_one_run(bus: LocalBus) -> None:
    kept = Kept()
    bus.subscribe_batch((Ticked, Settled), kept.take, name="kept")
    await bus.start()
    assert await delivered(bus, range(5)) == [None] * 5
    assert kept.runs == [[0, 1, 2, 3, 4]]


async def test_a_run_is_bounded(bus: LocalBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus_module, "RUN_LIMIT", 3)
    kept = Kept()
    bus.subscribe_batch((Ticked,), kept.take, name="kept")
    await bus.start()
    await delivered(bus, range(7))
    assert kept.runs == [[0, 1, 2], [3, 4, 5], [6]]


async def test_one_that_fails_in_a_run_fails_alone(bus: LocalBus) -> None:
    kept = Kept()
    kept.poison = {1}
    bus.subscribe_batch((Ticked,), kept.take, name="kept")
    await bus.start()
    results = await delivered(bus, range(3))
    assert [type(one) for one in results] == [type(None), ValueError, type(None)]
    assert kept.runs == [[0, 1, 2], [0], [1], [2]]


async def test_a_run_is_not_taken_apart_while_what_it_needs_is_away(bus: LocalBus) -> None:
    kept = Kept()
    kept.away = True
    bus.subscribe_batch((Ticked,), kept.take, name="kept")
    await bus.start()
    assert {type(one) for one in await delivered(bus, range(50))} == {StorageAway}
    assert len(kept.runs) == 1
