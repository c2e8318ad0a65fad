"""What the agent who calls back is told: what rings, and that it failed; a talk that broke off is first."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.ids import uuid7
from core.storage import Storage
from hotline.events import CallbackFailed, CallbackRings, CallEnded, CallerContext, OpenCase
from tests.hotline.callbacks_world import CallbackWorld
from tests.hotline.world import LI, WANG, CallScript, settle

ANN, BEN = "13936000001", "13936000002"


@pytest.fixture
async def world(storage: Storage) -> AsyncIterator[CallbackWorld]:
    world = CallbackWorld(storage)
    await world.hotline.start()
    await world.connect()
    yield world
    await world.written()
    await world.hotline.stop()


async def talks(world: CallbackWorld, script: CallScript) -> str:
    """Li speaks with this citizen; the Uniqueid of her leg."""
    await world.plays([*script.arrives(), *script.queues()])
    leg, rings = script.rings("agent101")
    await world.plays([*rings, *script.answers(leg, "agent101")])
    return leg


async def test_an_accepted_callback_rings_with_its_number_its_call_and_the_history(
    world: CallbackWorld,
) -> None:
    world.history.context = CallerContext(
        open_cases=[OpenCase(case_id=uuid7(), number="1", category="x", state="filed")]
    )
    lost = await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    await world.accept(LI)
    (rings,) = world.bus.of(CallbackRings)
    entry = world.entry(ANN)
    assert entry.attempt is not None
    assert (rings.agent_id, rings.call_id, rings.callback.number) == (
        "li",
        entry.attempt.call_id,
        f"+86{ANN}",
    )
    assert rings.context == world.history.context
    # The call itself says what it is about.
    about = world.callbacks.of_call(rings.call_id)
    assert about is not None
    assert (about.number, about.original) == (f"+86{ANN}", rings.callback.calls[-1].call_id)
    assert world.callbacks.of_call(about.original) is None  # type: ignore[arg-type]
    assert lost.caller == ANN


@pytest.mark.parametrize(("status", "outcome"), [("NOANSWER", "no_answer"), ("BUSY", "busy")])
async def test_who_dialled_is_told_that_it_failed_and_when_it_is_tried_again(
    world: CallbackWorld, status: str, outcome: str
) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    await world.ends(await world.accept(LI), status)
    (failed,) = world.bus.of(CallbackFailed)
    assert (failed.agent_id, failed.outcome, failed.number) == ("li", outcome, f"+86{ANN}")
    assert failed.due is not None


async def test_one_that_was_reached_has_not_failed(world: CallbackWorld) -> None:
    await world.abandons(1, ANN)
    world.signs_in(LI)
    await settle()
    await world.ends(await world.accept(LI), "ANSWER")
    assert world.bus.of(CallbackFailed) == []


async def test_a_talk_that_a_fault_ends_heads_the_callbacks(world: CallbackWorld) -> None:
    await world.abandons(1, BEN)
    world.signs_in(LI)
    cut = CallScript(2, caller=ANN)
    leg = await talks(world, cut)
    await world.plays([*cut.hangs_up(cause="38"), *cut.hangs_up(leg)])
    assert [ended.cut_off for ended in world.bus.of(CallEnded)] == [False, True]
    entry = world.entry(ANN)
    assert [call.reason for call in entry.calls] == ["cut_off"]
    assert [one.number for one in world.callbacks.book.in_order()] == [f"+86{ANN}", f"+86{BEN}"]
    world.signs_in(WANG)
    await settle()
    assert world.offer().callback.number == f"+86{ANN}"


@pytest.mark.parametrize(("agent_first", "cut"), [(False, True), (True, False)])
async def test_a_line_that_fails_leaves_the_bridge_before_it_ends_and_who_leaves_first_decides(
    world: CallbackWorld, agent_first: bool, cut: bool
) -> None:
    world.signs_in(LI)
    script = CallScript(2, caller=ANN)
    leg = await talks(world, script)
    legs = [leg, script.citizen] if agent_first else [script.citizen, leg]
    await world.plays([one for uniqueid in legs for one in script.leaves(uniqueid)])
    await world.plays([*script.hangs_up(leg, cause="38"), *script.hangs_up(cause="38")])
    assert [ended.cut_off for ended in world.bus.of(CallEnded)] == [cut]


async def test_who_hangs_up_himself_is_not_called_back(world: CallbackWorld) -> None:
    world.signs_in(LI)
    script = CallScript(2, caller=ANN)
    leg = await talks(world, script)
    await world.plays([*script.hangs_up(), *script.hangs_up(leg)])
    assert world.callbacks.book.of_number(f"+86{ANN}") is None
