"""The reducers under whatever Asterisk, and the way from it, can do: repeats, losses, late and early
messages, snapshots in between, transfers that join calls. Never an error, each thing at most once, and
the snapshot's state in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hotline.calls.model import (
    AgentRang,
    Call,
    CallOver,
    CallsState,
    Changed,
    Effect,
    LegAnswered,
    phone,
)
from hotline.calls.reduce import apply, know_caller
from hotline.calls.snapshot import apply_snapshot, channel_rows, waiting_rows
from hotline.calls.view import view
from hotline.events import CallView
from hotline.signals import (
    EVENTS,
    EmergencyDialled,
    MemberGone,
    MemberSeen,
    OutsideRefused,
    PhoneReached,
    TapDown,
    signal_of,
)
from tests.hotline.stream import Message, message, recorded
from tests.hotline.world import CallScript

DESKS = frozenset({"agent101", "agent102", "agent103"})


def _calls() -> CallsState:
    return CallsState("hl", desks=DESKS)


@dataclass
class Watcher:
    """Plays messages into the reducer and notes what came out."""

    state: CallsState = field(default_factory=_calls)
    effects: list[Effect] = field(default_factory=list)
    at: float = 1_000.0
    seen: dict[UUID, CallView] = field(default_factory=dict)

    def hears(self, messages: Sequence[Message]) -> None:
        for one in messages:
            self.at += 0.01
            signal = signal_of(one)
            if signal is None or isinstance(
                signal, MemberSeen | MemberGone | PhoneReached | TapDown | OutsideRefused | EmergencyDialled
            ):
                continue
            self.takes(apply(self.state, signal, self.at)[1])

    def connects(self, channels: Sequence[Message], queues: Sequence[Message] = ()) -> None:
        self.at += 0.01
        self.takes(apply_snapshot(self.state, channel_rows(channels), waiting_rows(queues), self.at)[1])

    def takes(self, effects: Sequence[Effect]) -> None:
        """What desks see of a call never differs from what they were told of it."""
        self.effects += effects
        seen = {call.id: view(call, lambda endpoint: endpoint, None) for call in self.state}
        told = {effect.call.id for effect in effects if isinstance(effect, Changed)}
        assert {call for call in seen if self.seen.get(call) != seen[call]} <= told
        self.seen = seen

    def nothing_twice(self) -> None:
        ended = Counter(effect.call.id for effect in self.effects if isinstance(effect, CallOver))
        rang = Counter(effect.leg.id for effect in self.effects if isinstance(effect, AgentRang))
        answered = Counter(effect.leg.id for effect in self.effects if isinstance(effect, LegAnswered))
        assert set(ended.values()) <= {1}
        assert set(rang.values()) <= {1}
        assert set(answered.values()) <= {1}

    def consistent(self) -> None:
        state = self.state
        assert {leg.uniqueid for call in state for leg in call.legs.values()} == set(state.legs)
        assert all(call.legs for call in state)
        assert all(state.by_id[call.id] is call for call in state)
        assert set(state.at_desk) == {leg.endpoint for call in state for leg in call.of_role("agent")}
        assert all(phone(state, endpoint).doing != "idle" for endpoint in state.at_desk)


def row(uniqueid: str, linkedid: str, channel: str, state: int = 6, bridge: str = "") -> Message:
    return message(
        "CoreShowChannel", Uniqueid=uniqueid, Linkedid=linkedid, Channel=channel, ChannelState=str(state),
        BridgeId=bridge, Duration="00:00:07", Exten="12345",
    )  # fmt: skip


STREAMS = {
    name: recorded(name) for name in ("parallel", "abandon", "noanswer", "blind", "attended", "joined", "tap")
}
TORN = st.sampled_from(sorted(STREAMS)).flatmap(
    lambda name: st.tuples(
        st.just(STREAMS[name]),
        st.sets(st.integers(0, len(STREAMS[name]) - 1), max_size=60),
        st.lists(st.integers(0, len(STREAMS[name]) - 1), max_size=30),
    )
)


@given(TORN)
def test_with_messages_lost_and_repeated_nothing_happens_twice(
    torn: tuple[list[Message], set[int], list[int]],
) -> None:
    messages, lost, repeated = torn
    watcher = Watcher()
    for index, one in enumerate(messages):
        if index not in lost:
            watcher.hears([one] * (1 + repeated.count(index)))
            watcher.consistent()
    watcher.connects([])
    watcher.nothing_twice()
    assert len(watcher.state) == 0
    assert watcher.state.legs == {}


@given(st.integers(0, 1_000_000), st.sampled_from(sorted(STREAMS)))
def test_in_any_order_at_all_nothing_happens_twice(seed: int, name: str) -> None:
    messages = list(STREAMS[name])
    Random(seed).shuffle(messages)
    watcher = Watcher()
    watcher.hears(messages)
    watcher.consistent()
    watcher.connects([])
    watcher.nothing_twice()
    assert len(watcher.state) == 0


CHANNEL = st.sampled_from(
    [
        "PJSIP/trunk-00000001",
        "PJSIP/agent101-00000002",
        "PJSIP/agent102-00000003",
        "Local/9@desk-1;1",
        "X",
        "",
    ]
)
ID = st.sampled_from(["hl-1.1", "hl-1.2", "hl-1.3", "hl-2.4", "tap-9", ""])
ANY_MESSAGE = st.builds(
    Message,
    st.sampled_from(sorted(EVENTS)) | st.text(max_size=5),
    st.fixed_dictionaries(
        {},
        optional={
            "Uniqueid": ID, "Linkedid": ID, "Channel": CHANNEL, "DestUniqueid": ID, "DestLinkedid": ID,
            "DestChannel": CHANNEL, "ChannelState": st.sampled_from(["0", "4", "5", "6", "x", "²"]),
            "BridgeUniqueid": st.sampled_from(["b1", "b2", ""]), "Queue": st.sampled_from(["hotline", ""]),
            "Interface": st.sampled_from(["PJSIP/agent101", "junk"]), "CallerIDNum": st.text(max_size=20),
            "TransfererLinkedid": ID, "SecondTransfererLinkedid": ID, "Cause": st.text(max_size=3),
        },
    ),
)  # fmt: skip
ANY_ROW = st.builds(
    row, ID.filter(bool), ID.filter(bool), CHANNEL, st.sampled_from([0, 4, 5, 6]), st.sampled_from(["", "b1"])
)


@given(
    st.lists(
        st.one_of(ANY_MESSAGE, st.lists(ANY_ROW, max_size=4, unique_by=lambda one: one.get("Uniqueid"))),
        max_size=40,
    )
)
def test_whatever_is_said_the_state_stays_sound_and_ends_empty(story: list[Message | list[Message]]) -> None:
    watcher = Watcher()
    for part in story:
        if isinstance(part, list):
            watcher.connects(part)
        else:
            watcher.hears([part])
        watcher.consistent()
    watcher.connects([])
    watcher.nothing_twice()
    assert len(watcher.state) == 0


@given(st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_after_a_gap_the_snapshot_is_right(seen_before: int, more: int, answered: bool) -> None:
    """Whatever part of the call was seen, after the snapshot the calls are those of the switch."""
    script = CallScript()
    leg, rings = script.rings("agent101")
    whole = [*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")]
    before_the_answer = len(whole) - 5
    watcher = Watcher()
    watcher.hears(whole[: seen_before if answered else min(seen_before, before_the_answer)])
    bridge = "b1" if answered else ""
    channels = [
        row(script.citizen, script.linkedid, script.channel, 6, bridge),
        row(leg, script.linkedid, "PJSIP/agent101-00000001", 6 if answered else 5, bridge),
    ]
    waiting = [] if answered else [message("QueueEntry", Queue="hotline", Uniqueid=script.citizen, Wait="3")]
    watcher.connects(channels, waiting)
    (call,) = watcher.state
    assert call.state == ("talking" if answered else "ringing")
    assert call.inbound
    # Messages of before the snapshot come again behind it: they take nothing back.
    watcher.hears(whole[: more if answered else min(more, before_the_answer)])
    assert call.state == ("talking" if answered else "ringing")
    watcher.nothing_twice()


def test_calls_that_vanished_during_a_gap_end_as_lost() -> None:
    watcher = Watcher()
    script = CallScript()
    watcher.hears([*script.arrives(), *script.queues()])
    watcher.connects([])
    (ended,) = [effect for effect in watcher.effects if isinstance(effect, CallOver)]
    assert (ended.cause, ended.call.outcome(ended.cause).value) == ("lost", "unknown")


def test_an_attended_transfer_joins_the_consultation_to_the_citizens_call() -> None:
    """The consultation has a Linkedid of its own; the colleague's leg comes over to the citizen's call."""
    watcher = Watcher()
    script = CallScript()
    leg, rings = script.rings("agent101")
    watcher.hears([*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")])
    second = {"Uniqueid": "hl-2.70", "Linkedid": "hl-2.70", "Channel": "PJSIP/agent101-9"}
    consult = CallScript(7)
    watcher.hears([message("Hold", Uniqueid=leg), message("Newchannel", **second, ChannelState="4")])
    consult.citizen = consult.linkedid = "hl-2.70"
    colleague, colleague_rings = consult.rings("agent102", queue="")
    watcher.hears(colleague_rings)
    assert phone(watcher.state, "agent101").call_id == watcher.state.call_of[leg].id
    third = {"Uniqueid": colleague, "Linkedid": "hl-2.70", "Channel": "PJSIP/agent102-1"}
    citizen = {"Uniqueid": script.citizen, "Linkedid": script.linkedid, "Channel": script.channel}
    joined = {"OrigTransfererLinkedid": script.linkedid, "SecondTransfererLinkedid": "hl-2.70"}
    watcher.hears(
        [
            message("Newstate", **third, ChannelState="6"),
            message("BridgeEnter", **third, BridgeUniqueid="b2"),
            message("BridgeEnter", **second, BridgeUniqueid="b2"),
            message("AttendedTransfer", Result="Success", **joined),
            message("BridgeEnter", **citizen, BridgeUniqueid="b2"),
            *script.hangs_up(leg),
            message("Hangup", Uniqueid="hl-2.70", Linkedid="hl-2.70"),
        ]
    )
    (call,) = watcher.state
    assert call.linkedids == [script.linkedid, "hl-2.70"]
    assert {one.endpoint for one in call.of_role("agent")} == {"agent102"}
    assert call.endpoints == ["agent101", "agent102"]
    rang = [effect.leg.endpoint for effect in watcher.effects if isinstance(effect, AgentRang)]
    assert rang == ["agent101", "agent102"]
    merged = [effect for effect in watcher.effects if isinstance(effect, CallOver)]
    assert [(one.cause, one.merged_into) for one in merged] == [("merged", call.id)]
    watcher.hears([*script.hangs_up(), *script.hangs_up(colleague)])
    watcher.nothing_twice()
    assert len(watcher.state) == 0


def test_a_linkedid_that_changes_in_mid_call_is_an_alias_of_the_first() -> None:
    watcher = Watcher()
    script = CallScript()
    watcher.hears(script.arrives())
    (call,) = watcher.state
    script.linkedid = "hl-9.9"
    watcher.hears(script.queues())
    assert list(watcher.state) == [call]
    assert watcher.state.find("hl-9.9") is call


def test_halves_of_a_local_channel_are_no_legs_of_the_desk() -> None:
    watcher = Watcher()
    script = CallScript()
    watcher.hears(script.arrives())
    for half in ("1", "2"):
        channel = f"Local/agent102@desk-0000000a;{half}"
        watcher.hears(
            [
                message(
                    "Newchannel",
                    Uniqueid=f"hl-3.{half}",
                    Linkedid=script.linkedid,
                    Channel=channel,
                    ChannelState="0",
                )
            ]
        )
    (call,) = watcher.state
    assert [leg.role for leg in call.legs.values()] == ["citizen", "local", "local"]
    assert not any(isinstance(effect, AgentRang) for effect in watcher.effects)


def test_the_oldest_call_gives_way_when_there_are_too_many() -> None:
    watcher = Watcher(state=CallsState("hl", desks=DESKS, max_calls=3))
    for number in range(5):
        watcher.hears(CallScript(number).arrives())
    assert len(watcher.state) == 3
    assert sum(isinstance(effect, CallOver) for effect in watcher.effects) == 2
    watcher.consistent()


def test_a_caller_has_one_number_however_the_trunk_writes_it() -> None:
    for sent in ("13904510001", "+8613904510001", "008613904510001", "8613904510001"):
        state = CallsState("songhua", area_code="0451")
        call = state.new_call("1.1", 0.0)
        know_caller(state, call, sent, "")
        assert call.caller == "13904510001", sent
    state = CallsState("songhua", area_code="0451")
    call = state.new_call("1.1", 0.0)
    know_caller(state, call, "82345678", "")
    assert call.caller == "045182345678"


def test_a_desks_telephone_calls_by_its_name_though_asterisk_drops_its_dash() -> None:
    state = CallsState("hl", desks=frozenset({"agent-1", "agent-12"}))
    for told, shown in (("agent1", "agent-1"), ("agent12", "agent-12"), ("+8613904510001", "13904510001")):
        call = Call("hl-1.1", UUID(int=1), 0.0)
        know_caller(state, call, told, "")
        assert call.caller == shown
