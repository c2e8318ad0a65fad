"""The ledger of agents and the queues under any sequence of what can happen to them."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hotline.agents.membership import drift, wanted
from hotline.agents.model import (
    TAKES_CALLS,
    CallDisposed,
    CallMerged,
    CallOwed,
    DeviceSeen,
    Ledger,
    LedgerSignal,
    PauseAsked,
    PhoneSeen,
    ReadyAsked,
    RingMissed,
    SignedIn,
    SignedOut,
    TakenOver,
    Ticked,
    WrapUpAsked,
    apply,
)
from hotline.calls.model import IDLE, Phone
from hotline.events import AgentState
from hotline.queue import model as queues
from hotline.signals import ChannelDown, MemberGone, MemberSeen, QueueAbandoned, QueueJoined, QueueLeft

AGENTS = st.sampled_from(["li", "wang"])
DESKS = st.sampled_from(["agent101", "agent102", "agent103"])
CALLS = st.sampled_from([UUID(int=1), UUID(int=2), UUID(int=3)])
PHONES = st.one_of(
    st.just(IDLE),
    st.builds(lambda call: Phone("ringing", call), CALLS),
    st.builds(lambda doing, call: Phone(doing, call, (call,)), st.sampled_from(["talking", "hold"]), CALLS),
)
SIGNALS: st.SearchStrategy[LedgerSignal] = st.one_of(
    st.builds(SignedIn, AGENTS, st.just("x"), DESKS),
    st.builds(SignedOut, AGENTS),
    st.builds(ReadyAsked, AGENTS),
    st.builds(PauseAsked, AGENTS, st.just("lunch")),
    st.builds(WrapUpAsked, AGENTS),
    st.builds(PhoneSeen, DESKS, PHONES, st.frozensets(CALLS, max_size=2)),
    st.builds(TakenOver, CALLS, DESKS),
    st.builds(CallMerged, CALLS, CALLS),
    st.builds(CallDisposed, CALLS),
    st.builds(CallOwed, AGENTS, CALLS),
    st.builds(RingMissed, DESKS),
    st.builds(DeviceSeen, DESKS, st.integers(0, 8)),
    st.just(Ticked()),
)


def _ledger() -> Ledger:
    ledger = Ledger()
    for agent, endpoint in (("li", "agent101"), ("wang", "agent102"), ("zhao", "agent103")):
        ledger.know(agent, agent, endpoint)
    return ledger


@given(st.lists(SIGNALS, max_size=40))
def test_whatever_happens_no_agent_with_something_to_do_is_rung(story: list[LedgerSignal]) -> None:
    ledger = _ledger()
    for at, signal in enumerate(story):
        apply(ledger, signal, float(at))
        for agent in ledger.agents.values():
            assert agent.shown is agent.state
            should = wanted(agent)
            assert (should is None) == (not agent.signed_in)
            if should is not None and not should.paused:
                assert agent.shown in TAKES_CALLS
                assert not agent.owed
            if agent.signed_in:
                assert ledger.by_endpoint[agent.endpoint] is agent
        seated = [agent.endpoint for agent in ledger.agents.values() if agent.signed_in]
        assert len(seated) == len(set(seated))


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
        apply(ledger, ReadyAsked(agent.id), 102.0)
        assert agent.owed == []
        assert agent.shown in {AgentState.READY, AgentState.UNREACHABLE, AgentState.SIGNED_OUT}


@given(st.lists(SIGNALS, max_size=20))
def test_members_as_the_ledger_wants_them_are_no_drift(story: list[LedgerSignal]) -> None:
    ledger = _ledger()
    for at, signal in enumerate(story):
        apply(ledger, signal, float(at))
    members = {
        f"PJSIP/{agent.endpoint}": MemberSeen(
            "hotline", f"PJSIP/{agent.endpoint}", should.member, should.paused, should.reason, 1, dynamic=True
        )
        for agent in ledger.agents.values()
        if (should := wanted(agent)) is not None
    }
    assert drift(ledger, ["hotline"], {"hotline": members}, "PJSIP") == []


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
    state = queues.Queues()
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
