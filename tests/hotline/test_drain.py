"""A drain waits for the calls that run and for who waited before; who comes later is kept in the switch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from hotline.drain import service
from hotline.events import DrainChanged
from tests.hotline.callbacks_world import CallbackWorld
from tests.hotline.world import CHIEF, LI, CallScript, settle

ANN = "13936000001"


@pytest.fixture
async def world(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CallbackWorld]:
    monkeypatch.setattr(service, "LOOK_EVERY_S", 0.01)
    world = CallbackWorld(storage)
    await world.hotline.start()
    await world.connect()
    yield world
    await world.written()
    await world.hotline.stop()


async def test_it_counts_what_is_left_and_who_is_kept_waiting(world: CallbackWorld) -> None:
    drain = world.hotline.drain
    assert world.drain_switch.told[-1:] == [(0, 0)], "a start ends whatever a process before it had begun"
    talking, queued, late = (CallScript(number, caller=f"1393600000{number}") for number in (1, 2, 3))
    await world.plays([*talking.arrives(), *talking.queues()])
    leg, rings = talking.rings("agent101")
    await world.plays([*rings, *talking.answers(leg, "agent101"), *queued.arrives(), *queued.queues()])
    op = uuid7()
    begun = await drain.begin(CHIEF, op, 60)
    assert await drain.begin(CHIEF, op, 60) == begun
    since, until = world.drain_switch.told[-1]
    assert (until - since, world.drain_switch.told.count((since, until))) == (60 + 1800, 1)
    world.clock.advance(5)
    await world.plays(late.arrives())
    seen = drain.view()
    assert (seen.on, seen.left, seen.kept_waiting) == (True, 2, 1)
    assert [(one.part, one.state) for one in drain.health()] == [("drain", "degraded")]
    assert world.trail.rows[-1] == ("chief", "drain", "hotline", {"within_s": 60})
    await world.plays([*talking.hangs_up(), *talking.hangs_up(leg), *queued.hangs_up()])
    await settle()
    assert (drain.view().left, drain.view().kept_waiting) == (0, 1)
    await drain.end(CHIEF, uuid7())
    assert world.drain_switch.told[-1] == (0, 0)
    assert drain.health() == []
    await settle()
    assert [told.drain.on for told in world.bus.of(DrainChanged)][-1] is False


async def test_meanwhile_no_callback_is_offered_and_a_forgotten_drain_ends(world: CallbackWorld) -> None:
    drain = world.hotline.drain
    await drain.begin(CHIEF, uuid7(), 60)
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await world.looks()
    assert world.hotline.callbacks.offer_of(LI.id) is None
    await drain.end(CHIEF, uuid7())
    await world.looks()
    assert world.offer().callback.number == f"+86{ANN}"
    await drain.begin(CHIEF, uuid7(), 60)
    world.clock.advance(60 + 1800)
    async with asyncio.timeout(10):
        while drain.on:
            await asyncio.sleep(0.01)
    assert not drain.view().on


async def test_an_agent_may_not_drain(world: CallbackWorld) -> None:
    with pytest.raises(Forbidden):
        await world.hotline.drain.begin(LI, uuid7(), 60)
