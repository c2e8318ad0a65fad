"""Calls as a real Asterisk 22 told them (SIPp on both sides): what the desk is told about each."""

from __future__ import annotations

import pytest

from core.ids import call_id, leg_id
from hotline.events import CallChanged, CallEnded, CallOutcome, CallRinging
from tests.hotline.stream import Message, recorded, recorded_in_order
from tests.hotline.world import LI, WANG, World, settle


def _citizen(messages: list[Message]) -> str:
    return next(one.get("Uniqueid") for one in messages if one.get("Channel").startswith("PJSIP/trunk"))


async def test_two_phones_ring_and_both_desks_pop_with_one_call_id(world: World) -> None:
    messages = recorded("parallel")
    await world.plays(messages)
    pops = world.bus.of(CallRinging)
    assert {pop.agent_id for pop in pops} == {"li", "wang"}
    assert {pop.call_id for pop in pops} == {call_id("hl", _citizen(messages))}
    assert [(pop.caller, pop.caller_name, pop.queue, pop.language) for pop in pops] == [
        ("13936001234", "王小明", "hotline", "zh")
    ] * 2


async def test_the_pop_comes_at_ring_before_anybody_answers(world: World) -> None:
    for message in recorded("parallel"):
        world.hotline.switch.on_message(message, world.epoch)
        if world.bus.of(CallRinging):
            assert message.name in {"AgentCalled", "Newstate"}
            assert message.get("ChannelState") != "6" or message.name == "AgentCalled"
            return
    pytest.fail("no pop")


async def test_who_answers_speaks_and_the_other_desk_is_free_again(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    world.hotline.registry.sign_in(WANG, None)
    for message in recorded("parallel"):
        world.hotline.switch.on_message(message, world.epoch)
        if message.name == "BridgeLeave":
            break
        if message.name == "AgentConnect":
            assert world.state_of("wang") == "talking"
    assert world.state_of("li") == "ready"


async def test_an_answered_call_ends_once_and_needs_a_disposition(world: World) -> None:
    await world.plays(recorded("parallel"))
    (ended,) = world.bus.of(CallEnded)
    assert (ended.outcome, ended.cause, ended.agent_ids) == (CallOutcome.ANSWERED, "hangup", ["wang"])
    assert ended.disposition_needed
    assert len(world.hotline.calls) == 0


async def test_a_caller_who_gives_up_is_an_abandoned_call(world: World) -> None:
    await world.plays(recorded("abandon"))
    (ended,) = world.bus.of(CallEnded)
    assert (ended.outcome, ended.agent_ids, ended.disposition_needed) == (CallOutcome.ABANDONED, [], False)
    queue = next(one for one in world.hotline.board.queues() if one.queue == "hotline")
    assert (queue.joined, queue.answered, queue.abandoned, queue.waiting) == (1, 0, 1, 0)


async def test_each_ring_attempt_pops_once_also_when_the_queue_tries_again(world: World) -> None:
    messages = recorded("noanswer")
    await world.plays(messages)
    rung = [one.get("DestUniqueid") for one in messages if one.name == "AgentCalled"]
    assert len(rung) == 2
    assert [pop.leg_id for pop in world.bus.of(CallRinging)] == [leg_id("hl", one) for one in rung]


async def test_a_blind_transfer_keeps_the_call_and_pops_at_the_next_desk(world: World) -> None:
    messages = recorded("blind")
    await world.plays(messages)
    pops = world.bus.of(CallRinging)
    assert [pop.agent_id for pop in pops] == ["li", "zhao"]
    assert len({pop.call_id for pop in pops}) == 1
    (ended,) = world.bus.of(CallEnded)
    assert ended.agent_ids == ["li", "zhao"]


async def test_after_a_blind_transfer_the_last_agent_owes_the_disposition(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    await world.plays(recorded("blind"))
    pages = world.hotline.registry.ledger.agents
    assert pages["li"].owed == []
    assert pages["zhao"].owed == [call_id("hl", _citizen(recorded("blind")))]
    assert world.state_of("li") == "ready"


async def test_in_an_attended_transfer_the_colleague_takes_over_when_the_citizen_hears_him(
    world: World,
) -> None:
    """Local channels stand between consultation and call until the switch has optimised them away."""
    world.hotline.registry.sign_in(LI, None)
    messages = recorded("attended")
    merge = next(index for index, one in enumerate(messages) if one.name == "BridgeMerge")
    await world.plays(messages[:merge])
    assert [pop.agent_id for pop in world.bus.of(CallRinging)] == ["li", "zhao"]
    assert _tapped(world) == {"trunk", "agent101"}
    (call,) = world.hotline.board.calls()
    assert call.state == "transferring"
    await world.plays(messages[merge:])
    assert _tapped(world) == {"trunk", "agent101", "agent103"}
    assert len(world.switch.taps) == 3
    (ended,) = world.bus.of(CallEnded)
    assert (ended.outcome, ended.agent_ids) == (CallOutcome.ANSWERED, ["li", "zhao"])
    pages = world.hotline.registry.ledger.agents
    assert (pages["li"].owed, pages["zhao"].owed) == ([], [ended.call_id])


async def test_when_the_switch_joins_two_calls_the_citizens_call_goes_on(world: World) -> None:
    """A colleague is brought in out of a call of its own; his leg changes its Linkedid in mid-life."""
    messages = recorded("joined")
    await world.plays(messages)
    pops = world.bus.of(CallRinging)
    assert [pop.agent_id for pop in pops] == ["li", "zhao"]
    assert {pop.call_id for pop in pops} == {call_id("hl", _citizen(messages))}
    assert _tapped(world) == {"trunk", "agent101", "agent103"}
    merged, ended = world.bus.of(CallEnded)
    assert (merged.cause, merged.merged_into) == ("merged", ended.call_id)
    assert (ended.cause, ended.agent_ids) == ("hangup", ["li", "zhao"])


def _tapped(world: World) -> set[str]:
    return {channel.removeprefix("PJSIP/").rpartition("-")[0] for channel, *_ in world.switch.taps}


async def test_each_answered_leg_gets_its_own_tap_also_after_a_transfer(world: World) -> None:
    messages = recorded("blind")
    channels = dict.fromkeys(
        one.get("Channel") for one in messages if one.name == "BridgeEnter" and "PJSIP" in one.get("Channel")
    )
    await world.plays(messages)
    assert len(channels) == 3
    assert {channel for channel, *_ in world.switch.taps} == set(channels)
    assert [tap.speaker for tap in world.speech.announced].count("citizen") == 1


async def test_tap_channels_are_neither_calls_nor_legs(world: World) -> None:
    seen: list[int] = []
    for message in recorded("tap"):
        world.hotline.switch.on_message(message, world.epoch)
        seen.append(len(world.hotline.calls))
    assert max(seen) == 1
    assert {len(changed.call.legs) for changed in world.bus.of(CallChanged)} <= {0, 1, 2}
    assert len(world.bus.of(CallEnded)) == 1


@pytest.mark.parametrize("name", ["parallel", "blind", "attended", "joined", "noanswer", "abandon", "tap"])
async def test_the_same_messages_twice_change_nothing(world: World, name: str) -> None:
    for message in recorded(name):
        world.hears([message, message])
    await settle()
    once = World(world.storage)
    await once.connect()
    once.hears(recorded(name))
    assert _story(world) == _story(once)


@pytest.mark.parametrize("name", ["parallel", "joined", "tap"])
async def test_a_gateway_that_starts_in_mid_call_sees_the_same_as_one_that_was_there(
    world: World, name: str
) -> None:
    """The recording holds a snapshot that Asterisk gave in the middle of the call."""
    everything = recorded_in_order(name)
    rows = [one for one in everything if one.get("ActionID").startswith("snap")]
    start = everything.index(rows[0])
    await world.plays([one for one in everything[:start] if "ActionID" not in one.headers])
    late = World(world.storage)
    await late.connect(
        channels=[one for one in rows if one.name == "CoreShowChannel"],
        queues=[one for one in rows if one.name in {"QueueParams", "QueueMember", "QueueEntry"}],
    )
    (was_there,) = world.hotline.board.calls()
    (came_late,) = late.hotline.board.calls()
    assert came_late.call_id == was_there.call_id
    assert came_late.state == was_there.state
    assert came_late.caller == was_there.caller
    assert {(leg.leg_id, leg.state, leg.role) for leg in came_late.legs} == {
        (leg.leg_id, leg.state, leg.role) for leg in was_there.legs
    }


async def test_who_comes_late_gets_the_pop_of_a_phone_that_is_ringing(world: World) -> None:
    rows = [one for one in recorded_in_order("parallel") if one.name == "CoreShowChannel"]
    before_the_answer = [
        Message(row.name, {**row.headers, "BridgeId": "", "ChannelState": "5"})
        if row.get("Channel").startswith("PJSIP/agent102")
        else Message(row.name, {**row.headers, "BridgeId": ""})
        for row in rows
    ]
    await world.connect(channels=before_the_answer)
    assert [pop.agent_id for pop in world.bus.of(CallRinging)] == ["wang"]
    await world.connect(channels=before_the_answer)
    assert len(world.bus.of(CallRinging)) == 1


async def test_a_tap_that_is_there_already_is_not_put_a_second_time(world: World) -> None:
    rows = [one for one in recorded_in_order("tap") if one.name == "CoreShowChannel"]
    await world.connect(channels=rows)
    tapped = [channel for channel, *_ in world.switch.taps]
    assert len(tapped) == 1
    assert tapped[0].startswith("PJSIP/agent101")


def _story(world: World) -> list[tuple[object, ...]]:
    out: list[tuple[object, ...]] = []
    for event in world.bus.events:
        if isinstance(event, CallRinging):
            out.append(("rang", event.agent_id, event.leg_id))
        elif isinstance(event, CallEnded):
            out.append(("ended", event.call_id, event.outcome, event.cause))
    return out
