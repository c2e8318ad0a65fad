"""Agents through their day: signing in, pops, wrap-up that ends with a disposition, and the switch's queue
that follows the ledger.
"""

from __future__ import annotations

import pytest

from core.errors import Conflict
from core.ids import call_id, uuid7
from hotline.errors import DispositionMissing, NoTelephone, NotSignedIn, NotYourTelephone, TelephoneTaken
from hotline.events import AgentState, AgentStateSet, CallRinging, DispositionKind
from hotline.ports import StaffPhone
from tests.hotline.stream import Message, message
from tests.hotline.world import DESKS, LI, WANG, CallScript, World, settle


def member(
    endpoint: str, name: str, *, paused: bool = False, reason: str = "", kind: str = "dynamic"
) -> Message:
    return message(
        "QueueMember", Queue="hotline", Location=f"PJSIP/{endpoint}", Name=name, Paused="01"[paused],
        PausedReason=reason, Status="1", Membership=kind,
    )  # fmt: skip


async def _talks(world: World, script: CallScript, endpoint: str = "agent101") -> str:
    await settle()
    leg, rings = script.rings(endpoint)
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, endpoint)])
    return leg


async def test_signing_in_makes_the_agent_a_member_of_the_queue(world: World) -> None:
    view = world.hotline.registry.sign_in(LI, None)
    await settle()
    assert (view.state, view.endpoint) == (AgentState.READY, "agent101")
    assert world.switch.told == [("add", "hotline", "PJSIP/agent101", "li", False)]
    world.hotline.registry.sign_in(LI, None)
    await settle()
    assert len(world.switch.told) == 1


async def test_a_call_closes_the_queue_for_its_agent_until_the_disposition_is_set(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    assert world.state_of("li") == "talking"
    assert world.switch.told[-1] == ("pause", "hotline", "PJSIP/agent101", True, "talking")
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    assert world.state_of("li") == "wrap_up"
    with pytest.raises(DispositionMissing):
        world.hotline.registry.ask(LI, AgentState.READY, "")
    await world.hotline.people.set_disposition(
        LI, call_id("hl", script.linkedid), op_id=uuid7(), kind=DispositionKind.ENQUIRY
    )
    await settle()
    assert world.state_of("li") == "ready"
    assert world.switch.told[-1] == ("pause", "hotline", "PJSIP/agent101", False, "")


async def test_never_is_an_agent_open_for_the_queue_between_call_and_wrap_up(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    await world.plays(script.hangs_up(leg))
    await world.plays(script.hangs_up())
    paused = [told[3] for told in world.switch.told if told[0] == "pause"]
    assert paused
    assert all(paused)


async def test_a_disposition_given_while_talking_lets_the_agent_be_ready_at_once(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    await world.hotline.people.set_disposition(
        LI, call_id("hl", script.linkedid), op_id=uuid7(), kind=DispositionKind.CASE
    )
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    assert world.state_of("li") == "ready"


async def test_a_pause_asked_for_on_the_phone_begins_after_the_wrap_up(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    view = world.hotline.registry.ask(LI, AgentState.REST, "lunch")
    assert (view.state, view.next_state) == (AgentState.TALKING, AgentState.REST)
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    await world.hotline.people.set_disposition(
        LI, call_id("hl", script.linkedid), op_id=uuid7(), kind=DispositionKind.PRANK
    )
    view = world.hotline.registry.ask(LI, AgentState.REST, "lunch")
    assert (view.state, view.reason) == (AgentState.REST, "lunch")


async def test_wrap_up_that_takes_too_long_is_shown_and_does_not_end_by_itself(world: World) -> None:
    from hotline.agents.signals import Ticked

    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    world.clock.advance(61)
    world.hotline.registry.take(Ticked(), world.clock.now().timestamp())
    view = world.hotline.board.agent("li")
    assert view is not None
    assert (view.state, view.overdue) == (AgentState.WRAP_UP, True)


async def test_who_lets_it_ring_three_times_is_paused_before_the_queue_tries_again(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    for _ in range(3):
        leg, rings = script.rings("agent101")
        await world.plays([*rings, *script.misses(leg, "agent101")])
    view = world.hotline.board.agent("li")
    assert view is not None
    assert (view.state, view.reason, view.cause) == (AgentState.BUSY, "no_answer", "missed_rings")
    # He is told himself, once, and why.
    (told,) = world.bus.of(AgentStateSet)
    assert (told.agent_id, told.cause, told.missed, told.state) == ("li", "missed_rings", 3, AgentState.BUSY)
    assert len(world.bus.of(CallRinging)) == 3
    assert world.switch.told[-1][3] is True


async def test_hold_is_seen_and_ends(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    leg = await _talks(world, CallScript())
    await world.plays([message("Hold", Uniqueid=leg)])
    assert world.state_of("li") == "hold"
    await world.plays([message("Unhold", Uniqueid=leg)])
    assert world.state_of("li") == "talking"


async def test_a_telephone_that_is_away_makes_its_agent_unreachable(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    gone = message("QueueMemberStatus", Queue="hotline", Interface="PJSIP/agent101", Status="5", Paused="0")
    back = message("QueueMemberStatus", Queue="hotline", Interface="PJSIP/agent101", Status="1", Paused="0")
    await world.plays([gone])
    assert world.state_of("li") == "unreachable"
    await world.plays([back])
    assert world.state_of("li") == "ready"


async def test_signing_out_in_a_call_ends_membership_and_not_the_call(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    view = world.hotline.registry.sign_out(LI)
    await settle()
    assert (view.state, view.next_state) == (AgentState.TALKING, AgentState.SIGNED_OUT)
    assert world.switch.told[-1] == ("remove", "hotline", "PJSIP/agent101")
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    assert world.state_of("li") == "signed_out"
    assert world.hotline.registry.sign_in(LI, None).state is AgentState.WRAP_UP


async def test_a_colleagues_telephone_is_his_also_while_he_is_not_there(world: World) -> None:
    with pytest.raises(NotYourTelephone):
        world.hotline.registry.sign_in(WANG, "agent101")
    view = world.hotline.registry.sign_in(LI, None)
    assert (view.endpoint, view.state) == ("agent101", AgentState.READY)
    with pytest.raises(NotYourTelephone):
        world.hotline.registry.sign_in(WANG, "agent101")


async def test_a_shared_telephone_is_one_persons_at_a_time_and_a_telephone_must_exist(world: World) -> None:
    world.phone_book.people = [*DESKS, StaffPhone("wang", "Wang", "agent101")]
    world.hotline.registry.sign_in(LI, None)
    with pytest.raises(TelephoneTaken):
        world.hotline.registry.sign_in(WANG, "agent101")
    with pytest.raises(NoTelephone):
        world.hotline.registry.sign_in(WANG, "trunk")
    with pytest.raises(NotSignedIn):
        world.hotline.registry.ask(WANG, AgentState.READY, "")


async def test_moving_to_another_telephone_moves_the_membership(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    await settle()
    world.phone_book.people = [*DESKS[:2], StaffPhone("li", "李敏", "agent103")]
    world.hotline.registry.sign_in(LI, "agent103")
    await settle()
    assert sorted(world.switch.told[1:], key=str) == [
        ("add", "hotline", "PJSIP/agent103", "li", False),
        ("remove", "hotline", "PJSIP/agent101"),
    ]
    await _talks(world, CallScript(), "agent103")
    assert world.state_of("li") == "talking"
    with pytest.raises(Conflict):
        world.hotline.registry.sign_in(LI, "agent101")


async def test_a_restarted_gateway_takes_over_the_members_that_it_finds(world: World) -> None:
    late = World(world.storage)
    await late.connect(
        queues=[
            member("agent101", "li"),
            member("agent102", "wang", paused=True, reason="rest:lunch"),
            member("agent103", "zhao", kind="static"),
        ]
    )
    assert [late.state_of(agent) for agent in ("li", "wang", "zhao")] == ["ready", "rest", "signed_out"]
    assert late.switch.told == []


async def test_drift_is_put_right_at_the_next_snapshot(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    world.hotline.registry.sign_in(WANG, None)
    await settle()
    world.switch.told.clear()
    await world.connect(queues=[member("agent101", "li", paused=True), member("agent103", "zhao")])
    assert sorted(world.switch.told, key=str) == [
        ("add", "hotline", "PJSIP/agent102", "wang", False),
        ("pause", "hotline", "PJSIP/agent101", False, ""),
        ("remove", "hotline", "PJSIP/agent103"),
    ]


async def test_a_member_of_the_operators_own_configuration_is_left_alone(world: World) -> None:
    await world.connect(queues=[member("agent103", "zhao", kind="static")])
    assert world.switch.told == []


async def test_what_the_switch_refuses_is_tried_again(world: World) -> None:
    world.switch.away = True
    world.hotline.registry.sign_in(LI, None)
    await settle()
    assert world.switch.told == []
    world.hotline.registry.ask(LI, AgentState.REST, "lunch")
    world.switch.away = False
    world.hotline.registry.ask(LI, AgentState.READY, "")
    await settle()
    assert world.switch.told == [("add", "hotline", "PJSIP/agent101", "li", False)]
