"""The switch follows the ledger: skills and penalties, the operator's own members, drift found and repaired;
and what others met with queues and agents, each named after its lesson.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Invalid
from core.ids import call_id, uuid7
from core.operations import OperationMemory
from core.storage import Storage
from hotline.agents.membership import LONGEST_REASON, decode, encode
from hotline.agents.model import Agent, StateWish
from hotline.agents.signals import Ticked
from hotline.agents.state_writer import AgentStateWriter
from hotline.errors import DispositionMissing, NotInWrapUp, StateForced, UnknownReason, WrapUpSpent
from hotline.events import AgentState, DispositionKind
from hotline.settings import HotlineSettings
from tests.hotline.stream import Message, message
from tests.hotline.test_agents import _talks
from tests.hotline.world import CHIEF, DESKS, LI, WANG, CallScript, World, settle

NEEDS = {"english": [{"skill": "language:en", "at_least": 2}]}


def settings(**more: object) -> HotlineSettings:
    return HotlineSettings.model_validate(
        {"system_name": "hl", "queues": ["hotline", "english"], "needs": NEEDS, **more}
    )


def row(endpoint: str, name: str, queue: str = "hotline", **headers: str) -> Message:
    about = {"Location": f"PJSIP/{endpoint}", "Name": name, "Paused": "0", "Status": "1"}
    return message("QueueMember", **{"Queue": queue, "Membership": "dynamic", **about, **headers})


def changed(event: str, endpoint: str, name: str, **headers: str) -> Message:
    about = {"Interface": f"PJSIP/{endpoint}", "MemberName": name, "Paused": "0", "Status": "1"}
    return message(event, **{"Queue": "hotline", "Membership": "dynamic", **about, **headers})


async def _wait_and_compare(world: World, seconds: float = 1.0) -> None:
    world.clock.advance(seconds)
    world.hotline.registry.watch.compare(world.hotline.queues.members())  # as its own clock does
    await settle()


async def test_skills_decide_the_queues_and_the_level_the_penalty(storage: Storage) -> None:
    world = World(storage, settings())
    world.phone_book.people = [replace(DESKS[0], skills={"language:en": 4}), DESKS[1]]
    await world.connect()
    for actor in (LI, WANG):
        world.hotline.registry.sign_in(actor, None)
    await settle()
    assert sorted(world.switch.told, key=str) == [
        ("add", "english", "PJSIP/agent101", "li", False, 1),
        ("add", "hotline", "PJSIP/agent101", "li", False),
        ("add", "hotline", "PJSIP/agent102", "wang", False),
    ]
    world.switch.told.clear()
    world.phone_book.people = [replace(DESKS[0], skills={"language:en": 5}), DESKS[1]]
    world.hotline.registry.read_phone_book()
    await settle()
    assert world.switch.told == [("penalty", "english", "PJSIP/agent101", 0)]
    world.phone_book.people = [DESKS[0], DESKS[1]]
    world.hotline.registry.read_phone_book()
    await settle()
    assert world.switch.told[-1] == ("remove", "english", "PJSIP/agent101")


async def test_a_member_of_the_operators_own_follows_while_its_agent_is_signed_in(world: World) -> None:
    """It cannot be added, and before it rang in wrap-up, since nobody paused it."""
    static = row("agent101", "PJSIP/agent101", Membership="static", Penalty="100")
    await world.connect(queues=[static])
    world.hotline.registry.sign_in(LI, None)
    await settle()
    assert world.switch.told == [("penalty", "hotline", "PJSIP/agent101", 0)]
    world.hotline.registry.ask(LI, AgentState.REST, "lunch")
    await settle()
    assert world.switch.told[-1] == ("pause", "hotline", "PJSIP/agent101", True, "rest:lunch")
    world.hotline.registry.sign_out(LI)
    await settle()
    assert world.switch.told[-2:] == [
        ("pause", "hotline", "PJSIP/agent101", False, ""),
        ("penalty", "hotline", "PJSIP/agent101", 100),
    ]


async def test_lesson_10_a_pause_behind_our_back_is_found_and_undone_without_asking_the_switch(
    world: World,
) -> None:
    world.hotline.registry.sign_in(LI, None)
    await settle()
    world.hears([changed("QueueMemberAdded", "agent101", "li")])
    world.switch.told.clear()
    world.hears([changed("QueueMemberPause", "agent101", "li", Paused="1", PausedReason="")])
    await _wait_and_compare(world, 0.1)
    assert world.switch.told == [], "it may be the echo of what we told"
    await _wait_and_compare(world)
    assert world.switch.told == [("pause", "hotline", "PJSIP/agent101", False, "")]
    assert list(world.hotline.registry.watch.standing) == [("hotline", "agent101", "paused")]
    world.hears([changed("QueueMemberPause", "agent101", "li")])
    await _wait_and_compare(world)
    assert not world.hotline.registry.watch.standing


async def test_lesson_10_a_switch_that_refuses_is_not_pressed_and_health_says_so(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    await settle()
    for _ in range(8):
        await _wait_and_compare(world)
    adds = [told for told in world.switch.told if told[0] == "add"]
    assert 2 <= len(adds) <= 3, "once in five seconds, though no event ever confirms it"
    (view,) = world.hotline.board.queues()
    assert view.drift == 1


async def test_lesson_5_what_no_event_told_is_found_in_the_switchs_own_list(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    await settle()
    world.hears([changed("QueueMemberAdded", "agent101", "li")])
    world.switch.told.clear()
    assert await world.hotline.lines.compare()
    assert world.hotline.queues.named("hotline").members == {}
    await _wait_and_compare(world, 0.1)
    await _wait_and_compare(world)
    assert world.switch.told == [("status",), ("add", "hotline", "PJSIP/agent101", "li", False)]


async def test_a_list_older_than_an_event_is_not_believed(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    await settle()

    async def list_of_before() -> list[Message]:
        world.hears([changed("QueueMemberAdded", "agent101", "li")])
        return []

    world.switch.queue_status = list_of_before  # type: ignore[method-assign]
    await world.hotline.lines.compare()
    assert set(world.hotline.queues.named("hotline").members) == {"PJSIP/agent101"}


async def test_lesson_14_a_telephone_that_is_free_while_the_ledger_has_it_talk_brings_a_snapshot(
    world: World,
) -> None:
    """amazon-connect-streams, AsterNET 190: the end of a call was lost, and the agent talks for ever."""
    asked: list[bool] = []
    world.hotline.link.ask_snapshot = lambda: asked.append(True)
    world.hotline.registry.sign_in(LI, None)
    await _talks(world, CallScript())
    world.hears(
        [changed("QueueMemberAdded", "agent101", "li", Paused="1", PausedReason="talking", Status="2")]
    )
    await _wait_and_compare(world, 5)
    assert asked == []
    world.hears([changed("QueueMemberStatus", "agent101", "li", Paused="1", PausedReason="talking")])
    await _wait_and_compare(world)
    assert asked == []
    await _wait_and_compare(world, 3)
    await _wait_and_compare(world, 5)
    assert asked == [True]
    await world.connect(queues=[row("agent101", "li", Paused="1", PausedReason="talking")])
    assert world.state_of("li") == "wrap_up"


async def test_lesson_11_talk_ends_with_the_bridge_and_who_handed_on_owes_nothing(world: World) -> None:
    """FreePBX 124, asterisk 759: a transfer that is not logged left an agent talking for an hour."""
    for actor in (LI, WANG):
        world.hotline.registry.sign_in(actor, None)
    script = CallScript()
    first = await _talks(world, script)
    second, rings = script.rings("agent102", queue="")
    await world.plays([*rings, *script.answers(second, "agent102", bridge="b2"), *script.hangs_up(first)])
    assert [world.state_of(agent) for agent in ("li", "wang")] == ["ready", "talking"]


async def test_lesson_12_signing_out_while_the_switch_is_away_is_never_silently_wrong(world: World) -> None:
    """FreePBX 169: a service that was down turned log-in and log-out round. Here the ledger holds."""
    world.hotline.registry.sign_in(LI, None)
    await settle()
    world.switch.away = True
    world.hotline.switch.on_link_down()
    assert world.hotline.registry.sign_out(LI).state is AgentState.SIGNED_OUT
    await settle()
    world.switch.away = False
    await world.connect(queues=[row("agent101", "li")])
    assert world.switch.told[-1] == ("remove", "hotline", "PJSIP/agent101")


async def test_lesson_14_what_was_asked_for_on_the_phone_comes_and_can_be_taken_back(world: World) -> None:
    """amazon-connect-streams 613: the state queued for after the call is the agent's own, to the last."""
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    world.hotline.registry.ask(LI, AgentState.REST, "break")
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    view = world.hotline.registry.ask(LI, AgentState.READY, "")
    assert (view.state, view.next_state) == (AgentState.WRAP_UP, None)
    with pytest.raises(DispositionMissing):
        world.hotline.registry.ask(LI, AgentState.READY, "")


async def test_lesson_14_a_call_missed_at_rest_changes_nothing(world: World) -> None:
    """amazon-connect-streams 241, 658: a failed ring made a resting agent available, or an error of him."""
    world.hotline.registry.sign_in(LI, None)
    world.hotline.registry.ask(LI, AgentState.REST, "lunch")
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    for _ in range(4):
        leg, rings = script.rings("agent101")
        await world.plays([*rings, *script.misses(leg, "agent101")])
    view = world.hotline.board.agent("li")
    assert view is not None
    assert (view.state, view.reason, view.missed) == (AgentState.REST, "lunch", 4)


async def test_reason_codes_are_the_operators_and_the_refusal_names_them(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    with pytest.raises(UnknownReason, match="break, lunch"):
        world.hotline.registry.ask(LI, AgentState.REST, "meeting")
    with pytest.raises(UnknownReason):
        world.hotline.registry.ask(LI, AgentState.BUSY, "quality")
    with pytest.raises(UnknownReason, match="quality"):
        world.hotline.registry.force(CHIEF, "li", AgentState.BUSY, "")
    assert world.hotline.registry.force(CHIEF, "li", AgentState.BUSY, "quality").forced_by == "chief"


async def test_a_forced_state_binds_where_the_operator_says_so(storage: Storage) -> None:
    world = World(storage, settings(forced_is_binding=True))
    await world.connect()
    world.hotline.registry.sign_in(LI, None)
    world.hotline.registry.force(CHIEF, "li", AgentState.STUDY, "coaching")
    with pytest.raises(StateForced):
        world.hotline.registry.ask(LI, AgentState.READY, "")
    assert world.hotline.registry.force(CHIEF, "li", AgentState.READY, "staffing").state is AgentState.READY


async def test_wrap_up_is_extended_within_its_limits(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    with pytest.raises(NotInWrapUp):
        world.hotline.registry.extend_wrap_up(LI, 30)
    world.hotline.registry.ask(LI, AgentState.WRAP_UP, "")
    with pytest.raises(Invalid):
        world.hotline.registry.extend_wrap_up(LI, 181)
    for _ in range(4):
        world.hotline.registry.extend_wrap_up(LI, 180)
    with pytest.raises(WrapUpSpent):
        world.hotline.registry.extend_wrap_up(LI, 180)
    world.clock.advance(60 + 4 * 180 - 1)
    world.hotline.registry.take(Ticked(), world.clock.now().timestamp())
    assert world.state_of("li") == "wrap_up"
    world.clock.advance(2)
    world.hotline.registry.take(Ticked(), world.clock.now().timestamp())
    assert world.state_of("li") == "ready", "nothing is owed: it ends by itself"


async def test_who_serves_no_queue_returns_from_the_database_alone(storage: Storage) -> None:
    only_english = settings(queues=["english"])
    first = World(storage, only_english)
    await first.hotline.start()
    await first.connect()
    first.hotline.registry.sign_in(LI, None)
    first.hotline.registry.ask(LI, AgentState.STUDY, "training")
    first.clock.advance(5)
    for _ in range(200):
        await asyncio.sleep(0.01)
        if any(one.state == "study" for one in await first.hotline.moves.last_seen()):
            break
    await first.hotline.stop()
    later = World(storage, only_english)
    later.clock.advance(60)
    await later.hotline.start()
    await later.connect()
    view = later.hotline.board.agent("li")
    assert view is not None
    assert (view.state, view.reason) == (AgentState.STUDY, "training")
    assert view.since == first.hotline.board.agent("li").since  # type: ignore[union-attr]
    await later.hotline.stop()


async def test_moves_beyond_the_limit_give_way_and_the_present_is_kept(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.agents.state_writer.MOST_WAITING", 3)
    world = World(storage)
    await world.connect()
    for _ in range(4):
        world.hotline.registry.sign_in(LI, None)
        world.hotline.registry.sign_out(LI)
    waiting = list(world.hotline.moves.write_behind._queue)
    assert len(waiting) == 3
    assert waiting[-1][0].state is AgentState.SIGNED_OUT
    assert isinstance(world.hotline.moves, AgentStateWriter)


@given(st.text(max_size=120))
def test_any_pause_reason_is_read(text: str) -> None:
    working, wish = decode(text)
    assert working or wish is not None
    if wish is not None:
        assert wish.state in {AgentState.BUSY, AgentState.REST, AgentState.STUDY}
        assert len(wish.reason) <= LONGEST_REASON


@given(
    st.sampled_from(["busy", "rest", "study"]),
    st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,23}\Z") | st.just(""),
    st.from_regex(r"\A[a-z0-9][a-z0-9._-]{1,62}\Z") | st.just(""),
    st.booleans(),
    st.sampled_from(["talking", "hold", "wrap_up", "busy"]),
)
def test_a_pause_reason_fits_the_switch_and_says_the_same_again(
    state: str, reason: str, by: str, forced: bool, shown: str
) -> None:
    wish = StateWish(AgentState(state), reason, by, forced=forced and bool(by))
    agent = Agent("li", "li", "agent101", signed_in=True, wish=wish, shown=AgentState(shown))
    text = encode(agent)
    assert len(text) <= LONGEST_REASON
    working, found = decode(text)
    assert working == (shown != "busy")
    assert found is not None
    assert (found.state, found.reason) == (wish.state, wish.reason)
    assert found.by in {wish.by, ""}


def test_an_operation_is_done_once_and_its_key_is_not_for_another() -> None:
    once: OperationMemory[int] = OperationMemory(kept=2)
    done: list[UUID] = []
    key = uuid7()

    def work() -> int:
        done.append(key)
        return len(done)

    assert [once.do(key, "a", work) for _ in range(3)] == [1, 1, 1]
    with pytest.raises(Conflict):
        once.do(key, "b", work)
    assert len(done) == 1


async def test_a_disposition_by_a_supervisor_frees_the_agent(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    script = CallScript()
    leg = await _talks(world, script)
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    with pytest.raises(DispositionMissing):
        world.hotline.registry.force(CHIEF, "li", AgentState.READY, "staffing")
    await world.hotline.people.set_disposition(
        CHIEF, call_id("hl", script.linkedid), op_id=uuid7(), kind=DispositionKind.SILENT
    )
    assert world.state_of("li") == "ready"
