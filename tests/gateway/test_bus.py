"""The bus: order is kept, a failing subscriber is alone with its failure, nothing grows without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from core.events import Delivery, Event
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
