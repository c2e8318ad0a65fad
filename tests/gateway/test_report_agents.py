"""Whom a report may be offered to, as the hotline knows it: nobody whom a call needs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.storage import Storage
from gateway.wiring.report_agents import AgentsForReports
from hotline.events import AgentState
from hotline.ports import StaffPhone
from hotline.settings import HotlineSettings
from tests.hotline.callbacks_world import CallbackWorld
from tests.hotline.world import LI, WANG, CallScript

ENGLISH = ({"skill": "language:en"},)


@pytest.fixture
async def world(storage: Storage) -> AsyncIterator[CallbackWorld]:
    """Two queues; English is served by Wang alone. Both agents are ready, with their pages open."""
    settings = HotlineSettings.model_validate(
        {"system_name": "hl", "queues": ["hotline", "english"], "needs": {"english": ENGLISH}}
    )
    world = CallbackWorld(storage, settings)
    world.phone_book.people = [
        StaffPhone("li", "李敏", "agent101"),
        StaffPhone("wang", "王芳", "agent102", skills={"language:en": 3}),
    ]
    await world.hotline.start()
    await world.connect()
    world.signs_in(LI, WANG)
    for one in (LI, WANG):
        world.hotline.registry.page_seen(one.id, here=True)
    yield world
    await world.written()
    await world.hotline.stop()


def free(world: CallbackWorld) -> dict[str, frozenset[str]]:
    return {one.id: one.queues for one in AgentsForReports(lambda: world.hotline).free()}


async def test_who_is_ready_at_an_open_desk_with_the_queues_of_his_skills(world: CallbackWorld) -> None:
    assert free(world) == {"li": frozenset({"hotline"}), "wang": frozenset({"hotline", "english"})}
    agents = AgentsForReports(lambda: world.hotline)
    assert (agents.queue(""), agents.queue("english")) == ("hotline", "english")
    world.hotline.registry.page_seen("li", here=False)
    assert set(free(world)) == {"wang"}, "an offer needs a page"


async def test_a_waiting_caller_goes_first_with_all_who_serve_his_queue(world: CallbackWorld) -> None:
    script = CallScript(1)
    await world.plays([*script.arrives(), *script.queues("english")])
    assert set(free(world)) == {"li"}, "Wang serves the queue in which somebody waits"
    other = CallScript(2, caller="13936005678")
    await world.plays([*other.arrives(), *other.queues("hotline")])
    assert free(world) == {}
    await world.plays(script.hangs_up())
    await world.plays(other.hangs_up())
    assert set(free(world)) == {"li", "wang"}


async def test_nobody_who_pauses_is_kept_for_a_callback_or_in_a_call(world: CallbackWorld) -> None:
    world.hotline.registry.ask(LI, AgentState.REST, "")
    assert set(free(world)) == {"wang"}
    world.hotline.registry.ledger.agents["wang"].reserved = True
    assert free(world) == {}, "a callback is offered to her"


async def test_with_the_switch_out_of_sight_nobody_is_free(world: CallbackWorld) -> None:
    assert free(world)
    world.hotline.switch.on_link_down()
    assert free(world) == {}
