"""Calls to crews, whatever comes in whatever order: each id rings once, a telephone has one live call, and
who has pressed a key is told what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hotline.outbound.book import CallBook
from hotline.outbound.crews.policy import CrewPolicy, CrewPurpose, CrewTarget
from hotline.outbound.effects import CommitKey, Effect, HangUp, Ring, SaveCall, Say, Settle
from hotline.outbound.model import AutomatedCall, CallTiming
from hotline.outbound.reduce import apply
from hotline.outbound.requests import CallsRestored, RequestsLooked
from hotline.outbound.signals import (
    Alive,
    CallNotPlaced,
    CallSignal,
    InDoubt,
    KeyCommitted,
    NotKept,
    Over,
    PickedUp,
    Pressed,
    Rang,
    Taken,
    Unknown,
)

TIMING = CallTiming(ring_s=20, doubt_s=10)


def new_book() -> CallBook[CrewTarget]:
    return CallBook("sh", TIMING, CrewPolicy())


def wanted(number: int = 1, purpose: CrewPurpose = "job", line: str = "outside:+8613904510009") -> CrewTarget:
    return CrewTarget(UUID(int=number), purpose, "app:17", line.removeprefix("outside:+86"), line, "50042")


@dataclass
class Scene:
    wants: list[CrewTarget] = field(default_factory=lambda: [wanted()])
    book: CallBook[CrewTarget] = field(default_factory=new_book)
    at: float = 1_000.0
    effects: list[Effect] = field(default_factory=list)

    def take(self, signal: CallSignal) -> list[Effect]:
        _, effects = apply(self.book, signal, self.at)
        self.effects += effects
        return list(effects)

    def looked(self, after: float = 0.0) -> list[Effect]:
        self.at += after
        return self.take(RequestsLooked(tuple(self.wants)))

    def outcomes(self) -> list[str]:
        return [one.call.outcome for one in self.effects if isinstance(one, SaveCall) and one.call.outcome]


def channel(number: int = 1) -> str:
    return f"cw-{UUID(int=number)}"


def test_a_crew_picks_up_presses_1_and_hears_that_it_is_kept() -> None:
    scene = Scene()
    (ring,) = scene.looked()
    assert isinstance(ring, Ring)
    assert ring.call.channel_id == channel()
    scene.take(Rang(channel()))
    scene.take(PickedUp(channel()))
    assert isinstance(scene.take(Pressed(channel(), "1"))[-1], CommitKey)
    assert isinstance(scene.take(Pressed(channel(), "1"))[-1], CommitKey), "until it is written down"
    (said,) = scene.take(KeyCommitted(channel(), "done"))
    assert isinstance(said, Say)
    assert said.words == "accepted"
    # Answered, it is not wanted any more: nobody hangs up on him.
    scene.wants = []
    assert scene.looked(1) == []
    scene.take(Over(channel(), 16))
    assert scene.outcomes() == ["answered"]
    scene.wants = [wanted()]
    assert scene.looked(100) == [], "its id has rung"


@pytest.mark.parametrize(("key", "words"), [("1", "accepted"), ("2", "declined")])
def test_the_first_key_stays(key: str, words: str) -> None:
    scene = Scene()
    scene.looked()
    scene.take(PickedUp(channel()))
    scene.take(Pressed(channel(), key))
    (write,) = scene.take(Pressed(channel(), "1"))
    assert isinstance(write, CommitKey)
    assert write.call.key == key
    (said,) = scene.take(KeyCommitted(channel(), "done"))
    assert isinstance(said, Say)
    assert said.words == words


def test_what_is_answered_elsewhere_stops_ringing_and_who_has_picked_up_hears_that() -> None:
    scene = Scene()
    scene.looked()
    scene.take(Rang(channel()))
    scene.wants = []
    assert [type(one) for one in scene.looked(1)] == [HangUp]
    assert [type(one) for one in scene.looked(1)] == [HangUp], "until it is gone"
    scene.take(PickedUp(channel()))
    said = scene.effects[-1]
    assert isinstance(said, Say)
    assert said.words == "gone"
    scene.looked(20)
    assert isinstance(scene.effects[-1], HangUp), "also who hears nothing is let go"
    scene.take(Over(channel(), 16))
    assert scene.outcomes() == ["stopped"]


@pytest.mark.parametrize(
    ("signals", "outcome"),
    [
        ([Over(channel(), 17)], "busy"),
        ([Rang(channel()), Over(channel(), 21)], "rejected"),
        ([Rang(channel()), Over(channel(), 16)], "no_answer"),
        ([Over(channel(), 34)], "unreachable"),
        ([PickedUp(channel()), Over(channel(), 16)], "no_key"),
        ([PickedUp(channel()), Pressed(channel(), "1"), Over(channel(), 16)], "lost"),
        ([CallNotPlaced(channel(), "not_placed")], "not_placed"),
        ([InDoubt(channel()), Unknown(channel())], "unknown"),
    ],
)
def test_what_became_of_a_call(signals: list[CallSignal], outcome: str) -> None:
    scene = Scene()
    scene.looked()
    for signal in signals:
        scene.take(signal)
    assert scene.outcomes() == [outcome]


def test_a_recall_that_was_heard_needs_no_key() -> None:
    scene = Scene([wanted(purpose="recall")])
    scene.looked()
    scene.take(PickedUp(channel()))
    assert scene.take(Pressed(channel(), "1")) == []
    scene.take(Over(channel(), 16))
    assert scene.outcomes() == ["heard"]


def test_a_talk_is_connected_by_1_alone_and_ends_when_it_ends() -> None:
    scene = Scene([wanted(purpose="talk")])
    scene.looked()
    scene.take(PickedUp(channel()))
    assert scene.take(Pressed(channel(), "2")) == []
    scene.take(Pressed(channel(), "1"))
    said = scene.take(KeyCommitted(channel(), "done"))[-1]
    assert isinstance(said, Say)
    assert said.words == "connect"
    assert scene.looked(1_000) == []
    scene.take(Over(channel(), 16))
    assert scene.outcomes() == ["talked"]


def test_two_jobs_for_one_telephone_ring_one_after_the_other() -> None:
    scene = Scene([wanted(1), wanted(2)])
    assert len(scene.looked()) == 1
    assert scene.looked(1) == []
    scene.take(Over(channel(1), 16))
    assert [type(one) for one in scene.looked(1)] == [Ring]


def test_who_presses_1_in_a_call_that_was_given_up_as_unknown_accepts_all_the_same() -> None:
    scene = Scene()
    scene.looked()
    scene.take(InDoubt(channel()))
    scene.take(Unknown(channel()))
    scene.wants = [wanted(2)]
    assert scene.looked(1) == [], "the telephone may still ring"
    (write,) = scene.take(Pressed(channel(), "1"))
    assert isinstance(write, CommitKey)
    assert write.call.key == "1"
    assert [type(one) for one in scene.take(KeyCommitted(channel(), "done"))] == [Say]
    assert [type(one) for one in scene.looked(30)] == [Ring]


def test_a_restart_goes_on_with_the_call_that_rings_and_makes_no_other() -> None:
    scene = Scene()
    call = AutomatedCall(wanted(), "sh", 990.0, stage="ringing")
    other = AutomatedCall(wanted(2, line="outside:+8613900000000"), "other", 990.0)
    scene.take(CallsRestored((call, other)))
    assert [type(one) for one in scene.looked()] == [Settle]
    scene.take(Alive(channel()))
    assert scene.looked(1) == []
    assert list(scene.book.live) == [channel(1)], "another switch's call is not ours"


NUMBERS = st.integers(1, 4)


class Crews(RuleBasedStateMachine):
    """Two telephones, four calls of three kinds, and a switch that says anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene([])
        self.all = [
            wanted(1), wanted(2, "recall"), wanted(3, "talk", "outside:+8613900000000"),
            wanted(4, "job", "outside:+8613900000000"),
        ]  # fmt: skip

    @rule(after=st.floats(0, 60), which=st.sets(NUMBERS))
    def time_passes(self, after: float, which: set[int]) -> None:
        self.scene.wants = [one for one in self.all if one.call_id.int in which]
        self.scene.looked(after)

    @rule(number=NUMBERS, cause=st.sampled_from([-1, 16, 17, 21, 34]))
    def over(self, number: int, cause: int) -> None:
        self.scene.take(Over(channel(number), cause))

    @rule(number=NUMBERS, key=st.sampled_from(["1", "2"]))
    def presses(self, number: int, key: str) -> None:
        self.scene.take(Pressed(channel(number), key))

    @rule(number=NUMBERS, how=st.sampled_from(["done", "gone"]))
    def written(self, number: int, how: str) -> None:
        known = [one for one in self.scene.effects if isinstance(one, CommitKey)]
        if any(one.call.channel_id == channel(number) for one in known):
            self.scene.take(KeyCommitted(channel(number), how))  # type: ignore[arg-type]

    @rule(number=NUMBERS, what=st.sampled_from([Alive, Rang, PickedUp, InDoubt, Unknown, NotKept]))
    def anything(self, number: int, what: type) -> None:
        self.scene.take(what(channel(number)))

    @rule(number=NUMBERS, again=st.booleans())
    def taken(self, number: int, again: bool) -> None:
        self.scene.take(Taken(channel(number), again))

    @rule(number=NUMBERS)
    def refused(self, number: int) -> None:
        self.scene.take(CallNotPlaced(channel(number), "not_placed"))

    @invariant()
    def one_live_call_for_a_telephone(self) -> None:
        lines = [call.target.line for call in self.scene.book.live.values()]
        assert len(lines) == len(set(lines))

    @invariant()
    def no_id_rings_again_once_it_was_kept(self) -> None:
        rung: set[UUID] = set()
        for effect in self.scene.effects:
            if not isinstance(effect, Ring | SaveCall):
                continue
            call_id = effect.call.target.call_id
            if isinstance(effect, SaveCall) and effect.call.outcome is not None:
                rung.add(call_id)
            assert not (isinstance(effect, Ring) and call_id in rung)

    @invariant()
    def each_call_ends_once(self) -> None:
        ended = [
            one.call.target.call_id
            for one in self.scene.effects
            if isinstance(one, SaveCall) and one.call.outcome
        ]
        assert len(ended) == len(set(ended))

    @invariant()
    def nobody_is_connected_without_his_own_key(self) -> None:
        for effect in self.scene.effects:
            if isinstance(effect, Say) and effect.words in {"accepted", "declined", "connect"}:
                assert effect.call.key in {"1", "2"}
                assert (effect.words == "connect") == (effect.call.target.purpose == "talk")

    def teardown(self) -> None:
        for _ in range(4):
            self.scene.wants = []
            self.scene.looked(9_000)
            for call in list(self.scene.book.live.values()):
                self.scene.take(Unknown(call.channel_id))
        assert not self.scene.book.live


TestCrews = Crews.TestCase
TestCrews.settings = settings(max_examples=100, stateful_step_count=30)


def test_a_call_keeps_its_facts_when_it_is_replaced() -> None:
    call = AutomatedCall(wanted(), "sh", 1.0)
    assert replace(call, seen=True).target is call.target
