"""The ledger of agents and the queues under any sequence of what can happen to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hotline.agents.adopt import signals_of
from hotline.agents.membership import drift, wanted
from hotline.agents.model import ON_THE_PHONE, PAUSES, TAKES_CALLS, AgentsState, Move, StateWish
from hotline.agents.reduce import apply
from hotline.agents.signals import (
    CallDisposed,
    CallMerged,
    CallOwed,
    DeviceSeen,
    LedgerSignal,
    PageSeen,
    PhoneSeen,
    ReadyRequested,
    RingMissed,
    SignedIn,
    SignedOut,
    StateRequested,
    TakenOver,
    TelephoneSeen,
    Ticked,
    WrapUpExtended,
    WrapUpRequested,
)
from hotline.calls.model import IDLE, Phone
from hotline.events import AgentState
from hotline.queue import model as queues
from hotline.routing.skills import SkillRequirement
from hotline.signals import ChannelDown, MemberGone, MemberSeen, QueueAbandoned, QueueJoined, QueueLeft

AGENTS = st.sampled_from(["li", "wang"])
DESKS = st.sampled_from(["agent101", "agent102", "agent103"])
CALLS = st.sampled_from([UUID(int=1), UUID(int=2), UUID(int=3)])
PHONES = st.one_of(
    st.just(IDLE),
    st.builds(lambda call: Phone("ringing", call), CALLS),
    st.builds(lambda doing, call: Phone(doing, call, (call,)), st.sampled_from(["talking", "hold"]), CALLS),
)
WISHES = st.builds(
    StateWish,
    st.sampled_from([*sorted(PAUSES), AgentState.READY]),
    st.sampled_from(["", "lunch", "meeting"]),
    st.sampled_from(["", "zhao.lei", "system"]),
    forced=st.booleans(),
)
SKILLS = {"li": {"language:en": 5}, "wang": {"language:en": 2}}
PLAN = {
    "hotline": (),
    "english": (SkillRequirement(skill="language:en", at_least=2),),
    "dialect": (SkillRequirement(skill="language:hrb"),),
}
SIGNALS: st.SearchStrategy[LedgerSignal] = st.one_of(
    st.builds(SignedIn, AGENTS, st.just("x"), DESKS),
    st.builds(SignedOut, AGENTS, st.sampled_from(["", "zhao.lei"]), st.just("quality"), st.booleans()),
    st.builds(ReadyRequested, AGENTS),
    st.builds(StateRequested, AGENTS, WISHES),
    st.builds(WrapUpRequested, AGENTS),
    st.builds(WrapUpExtended, AGENTS, st.floats(-10, 200)),
    st.builds(PhoneSeen, DESKS, PHONES, st.frozensets(CALLS, max_size=2)),
    st.builds(TakenOver, CALLS, DESKS),
    st.builds(CallMerged, CALLS, CALLS),
    st.builds(CallDisposed, CALLS),
    st.builds(CallOwed, AGENTS, CALLS),
    st.builds(RingMissed, DESKS),
    st.builds(DeviceSeen, DESKS, st.integers(0, 8)),
    st.builds(TelephoneSeen, DESKS, st.booleans()),
    st.builds(PageSeen, AGENTS, st.booleans()),
    st.just(Ticked()),
)


def _ledger() -> AgentsState:
    ledger = AgentsState(wrap_up_s=5, missed_to_pause=3, page_lost_s=3)
    for agent, endpoint in (("li", "agent101"), ("wang", "agent102"), ("zhao", "agent103")):
        ledger.know(agent, agent, endpoint).skills = SKILLS.get(agent, {})
    return ledger


def _play(ledger: AgentsState, story: list[LedgerSignal]) -> Iterator[Sequence[Move]]:
    for at, signal in enumerate(story):
        yield apply(ledger, signal, float(at))[2]


@given(st.lists(SIGNALS, max_size=40))
def test_whatever_happens_no_agent_with_something_to_do_is_rung(story: list[LedgerSignal]) -> None:
    ledger = _ledger()
    for _ in _play(ledger, story):
        for agent in ledger.agents.values():
            assert agent.shown is agent.state
            should = wanted(agent, PLAN)
            assert bool(should) == agent.signed_in
            for member in should.values():
                if not member.paused:
                    assert agent.shown in TAKES_CALLS
                    assert not agent.owed
            if agent.signed_in:
                assert ledger.by_endpoint[agent.endpoint] is agent
        seated = [agent.endpoint for agent in ledger.agents.values() if agent.signed_in]
        assert len(seated) == len(set(seated))


@given(st.lists(SIGNALS, max_size=40))
def test_the_state_is_one_of_the_facts(story: list[LedgerSignal]) -> None:
    """Each has the fact that makes it so; nobody is in wrap-up who neither owes a disposition nor asked."""
    ledger = _ledger()
    for _ in _play(ledger, story):
        for agent in ledger.agents.values():
            state = agent.shown
            if state in ON_THE_PHONE:
                assert agent.phone.doing == state.value
            elif state is AgentState.SIGNED_OUT:
                assert not agent.signed_in
            elif state is AgentState.WRAP_UP:
                assert agent.owed or agent.wants_wrap_up
            elif state in PAUSES:
                assert agent.wish is not None
                assert agent.wish.state is state
            else:
                assert agent.reachable == (state is AgentState.READY)
                assert not agent.owed
            if agent.signed_in:
                assert agent.reachable == (agent.endpoint not in ledger.away)


@given(st.lists(SIGNALS, max_size=40))
def test_the_moves_of_an_agent_are_one_unbroken_line(story: list[LedgerSignal]) -> None:
    """Each begins where the one before it ended, and the last is what is shown: reports can add them up."""
    ledger = _ledger()
    last: dict[str, tuple[AgentState, float]] = {}
    for moves in _play(ledger, story):
        for move in moves:
            state, since = last.get(move.agent_id, (AgentState.SIGNED_OUT, 0.0))
            assert (move.previous, move.since) == (state, since)
            assert move.at >= since
            last[move.agent_id] = (move.state, move.at)
    for agent in ledger.agents.values():
        assert last.get(agent.id, (AgentState.SIGNED_OUT, 0.0)) == (agent.shown, agent.since)


@given(st.lists(SIGNALS, max_size=40))
def test_a_restart_finds_in_the_switch_what_was_so(story: list[LedgerSignal]) -> None:
    """What a member's pause reason holds is enough for the next run of the gateway."""
    ledger = _ledger()
    for _ in _play(ledger, story):
        pass
    members: dict[str, dict[str, MemberSeen]] = {}
    for agent in ledger.agents.values():
        for queue, one in wanted(agent, PLAN).items():
            interface = f"PJSIP/{agent.endpoint}"
            members.setdefault(queue, {})[interface] = MemberSeen(
                queue, interface, one.member, one.paused, one.reason, 1, dynamic=True, penalty=one.penalty
            )
    later = _ledger()
    for signal in signals_of(later, PLAN, members, "PJSIP", {}):
        apply(later, signal, 100.0)
    for agent in ledger.agents.values():
        again = later.agents[agent.id]
        assert again.signed_in == agent.signed_in
        if agent.signed_in:
            assert again.endpoint == agent.endpoint
            wish = agent.wish if agent.wants_pause else None
            assert again.wish == wish or (wish is not None and wish.forced and not wish.by)
            assert wish is not None or again.wants_wrap_up == (
                any(one.paused for one in wanted(agent, PLAN).values())
            )


@given(st.lists(SIGNALS, max_size=30))
def test_every_debt_ends_with_a_disposition(story: list[LedgerSignal]) -> None:
    ledger = _ledger()
    for at, signal in enumerate(story):
        apply(ledger, signal, float(at))
    for desk in ("agent101", "agent102", "agent103"):
        apply(ledger, PhoneSeen(desk, IDLE), 100.0)
    for number in (1, 2, 3):
        apply(ledger, CallDisposed(UUID(int=number)), 101.0)
    for agent in ledger.agents.values():
        apply(ledger, ReadyRequested(agent.id), 102.0)
        assert agent.owed == []
        assert agent.shown in {AgentState.READY, AgentState.UNREACHABLE, AgentState.SIGNED_OUT}


@given(st.lists(SIGNALS, max_size=20))
def test_members_as_the_ledger_wants_them_are_no_drift(story: list[LedgerSignal]) -> None:
    ledger = _ledger()
    for _ in _play(ledger, story):
        pass
    members: dict[str, dict[str, MemberSeen]] = {}
    for agent in ledger.agents.values():
        for queue, one in wanted(agent, PLAN).items():
            interface = f"PJSIP/{agent.endpoint}"
            members.setdefault(queue, {})[interface] = MemberSeen(
                queue, interface, one.member, one.paused, one.reason, 1, dynamic=True, penalty=one.penalty
            )
    assert drift(ledger, PLAN, members, "PJSIP") == []
    assert not wanted(ledger.agents["zhao"], PLAN)
    assert "dialect" not in members


CHANNELS = st.sampled_from(["1.1", "1.2", "1.3"])
NAMES = st.sampled_from(["hotline", "english", ""])
MEMBERS = st.builds(
    MemberSeen, NAMES, DESKS, AGENTS, st.booleans(), st.just(""), st.integers(0, 8), dynamic=st.booleans()
)
QUEUE_SIGNALS: st.SearchStrategy[queues.QueueSignal] = st.one_of(
    st.builds(
        QueueJoined, CHANNELS, CHANNELS, st.just("c"), NAMES, st.just("139"), st.just(""), st.just("zh")
    ),
    st.builds(QueueLeft, CHANNELS, CHANNELS, NAMES),
    st.builds(QueueAbandoned, CHANNELS, CHANNELS, NAMES),
    st.builds(ChannelDown, CHANNELS, CHANNELS, st.just(16)),
    MEMBERS,
    st.builds(MemberGone, NAMES, DESKS),
)


@given(st.lists(QUEUE_SIGNALS, max_size=30), st.lists(QUEUE_SIGNALS, max_size=5))
def test_nobody_waits_in_two_queues_and_a_snapshot_puts_all_right(
    before: list[queues.QueueSignal], after: list[queues.QueueSignal]
) -> None:
    state = queues.QueuesState()
    for at, signal in enumerate(before):
        queues.apply(state, signal, float(at))
        waiting = [uniqueid for queue in state.by_name.values() for uniqueid in queue.waiting]
        assert len(waiting) == len(set(waiting))
    queues.apply_snapshot(state, ["hotline"], [], [("hotline", "1.1", 90.0)])
    assert {name: set(queue.waiting) for name, queue in state.by_name.items() if queue.waiting} == {
        "hotline": {"1.1"}
    }
    assert all(not queue.members for queue in state.by_name.values())
    for signal in [*after, *after]:
        queues.apply(state, signal, 100.0)
    for channel in ("1.1", "1.2", "1.3"):
        queues.apply(state, ChannelDown(channel, channel, 16), 101.0)
    assert state.queue_of == {}
    assert all(not queue.waiting for queue in state.by_name.values())
