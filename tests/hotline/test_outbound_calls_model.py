"""Automated calls of any policy, whatever comes in whatever order: each id rings once, a telephone rings for
one call at a time, nothing is committed that nobody pressed, and each call ends.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hotline.outbound.book import CallBook
from hotline.outbound.effects import CommitKey, Effect, HangUp, Ring, SaveCall, Say, Settle
from hotline.outbound.hours import CallingHours
from hotline.outbound.model import AutomatedCall, CallTiming, KeyReply
from hotline.outbound.reduce import SPEAK_S, apply, restore
from hotline.outbound.requests import RequestPolicy, RequestsLooked
from hotline.outbound.retries import RetryPlan
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
HEARD_S: Final = 60.0
STAGES: Final = ("placing", "ringing", "listening", "pressed", "talking", "over")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a citizen is to be told; with `keys` he can answer."""

    number: int
    line: str
    choice: frozenset[str] = frozenset()

    @property
    def call_id(self) -> UUID:
        return UUID(int=self.number)

    @property
    def channel_id(self) -> str:
        return f"no-{self.number}"


class NoticePolicy(RequestPolicy[Notice]):
    """The least that a policy has to say."""

    def heard_s(self, target: Notice) -> float:
        return HEARD_S

    def keys(self, target: Notice) -> frozenset[str]:
        return target.choice

    def reply(self, call: AutomatedCall[Notice]) -> KeyReply:
        return KeyReply("thanks", "answered")


def new_book() -> CallBook[Notice]:
    return CallBook("sh", TIMING, NoticePolicy())


NOTICES: Final = (
    Notice(1, "a"), Notice(2, "a", frozenset("1")), Notice(3, "b", frozenset("12")), Notice(4, "b"),
    Notice(5, "c", frozenset("1")),
)  # fmt: skip
NUMBERS = st.integers(1, len(NOTICES))


@dataclass
class Scene:
    book: CallBook[Notice] = field(default_factory=new_book)
    at: float = 1_000.0

    def take(self, signal: CallSignal) -> list[Effect]:
        return list(apply(self.book, signal, self.at)[1])

    def looked(self, *wanted: Notice, after: float = 0.0) -> list[Effect]:
        self.at += after
        return self.take(RequestsLooked(wanted))


# --- one call ----------------------------------------------------------------------------------------


def test_who_has_nothing_to_press_has_heard_it() -> None:
    scene = Scene()
    (placed,) = scene.looked(NOTICES[0])
    assert isinstance(placed, Ring)
    scene.take(PickedUp("no-1"))
    assert scene.take(Pressed("no-1", "1")) == []
    (saved,) = scene.take(Over("no-1", 16))
    assert isinstance(saved, SaveCall)
    assert saved.call.outcome == "heard"
    assert scene.looked(NOTICES[0], after=1_000) == [], "its id has rung"


def test_after_the_last_words_a_call_is_hung_up() -> None:
    scene = Scene()
    scene.looked(NOTICES[1])
    scene.take(PickedUp("no-2"))
    scene.take(Pressed("no-2", "1"))
    (said,) = scene.take(KeyCommitted("no-2", "done"))
    assert isinstance(said, Say)
    assert said.words == "thanks"
    assert scene.looked(after=SPEAK_S) == []
    assert [type(one) for one in scene.looked(after=1)] == [HangUp]
    (saved,) = scene.take(Over("no-2", 16))
    assert isinstance(saved, SaveCall)
    assert (saved.call.outcome, saved.call.key) == ("answered", "1")


def test_a_search_that_finds_no_trace_of_a_call_that_was_seen_meanwhile_does_not_end_it() -> None:
    scene = Scene()
    scene.looked(NOTICES[0])
    scene.take(InDoubt("no-1"))
    scene.take(Alive("no-1"))
    assert scene.take(CallNotPlaced("no-1", "unreachable", searched=True)) == []
    assert list(scene.book.live) == ["no-1"]


def test_what_is_not_wanted_and_in_doubt_is_looked_for_and_ended() -> None:
    scene = Scene()
    scene.looked(NOTICES[0])
    scene.take(InDoubt("no-1"))
    assert [type(one) for one in scene.looked(after=1)] == [Settle, HangUp]


def test_the_telephone_of_a_call_of_which_nobody_can_tell_rests_until_it_cannot_ring_any_more() -> None:
    scene = Scene()
    scene.looked(NOTICES[0])
    scene.take(Unknown("no-1"))
    assert scene.looked(NOTICES[1], after=TIMING.ring_s) == []
    assert [type(one) for one in scene.looked(NOTICES[1], after=TIMING.quiet_s)] == [Ring]


def test_the_first_key_that_counts_stays_also_in_a_call_that_was_given_up_as_unknown() -> None:
    scene = Scene()
    scene.looked(NOTICES[2])
    scene.take(PickedUp("no-3"))
    for key, ends in (("9", False), ("2", False), ("1", True), ("1", False)):
        effects = scene.take(Pressed("no-3", key))
        assert [one.call.key for one in effects if isinstance(one, CommitKey)] == (
            ["2"] if key != "9" else []
        )
        if ends:
            scene.take(Unknown("no-3"))
    (said,) = scene.take(KeyCommitted("no-3", "done"))
    assert isinstance(said, Say)
    assert (said.words, said.call.key) == ("thanks", "2")


def test_no_more_calls_are_live_than_may_be() -> None:
    scene = Scene()
    scene.book.most = 1
    assert len(scene.looked(*NOTICES)) == 1
    assert scene.looked(*NOTICES) == []
    scene.take(Over("no-1", 16))
    assert len(scene.looked(*NOTICES)) == 1


# --- any order of anything ---------------------------------------------------------------------------


class AnyOrder(RuleBasedStateMachine):
    """The machine is the database and the switch: it knows which telephones ring, and may say it late, twice,
    or never.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene()
        self.rows: dict[str, AutomatedCall[Notice]] = {}
        """Written down before they ring."""
        self.unsent: dict[str, AutomatedCall[Notice]] = {}
        self.sent: Counter[str] = Counter()
        self.ringing: dict[str, AutomatedCall[Notice]] = {}
        self.pressed: dict[str, set[str]] = {}
        self.done: set[str] = set()
        self.ended: Counter[str] = Counter()

    def give(self, signal: CallSignal) -> None:
        for effect in self.scene.take(signal):
            assert not isinstance(effect, Ring) or effect.call.channel_id not in self.rows
            if isinstance(effect, Ring):
                self.unsent[effect.call.channel_id] = effect.call
            elif isinstance(effect, SaveCall):
                self.saves(effect.call)
            elif isinstance(effect, HangUp):
                self.ringing.pop(effect.call.channel_id, None)
            elif isinstance(effect, CommitKey):
                channel = effect.call.channel_id
                assert effect.call.key in self.pressed[channel] & effect.call.target.choice
            elif isinstance(effect, Say) and effect.words == "thanks":
                assert effect.call.channel_id in self.done, "it was committed"

    def saves(self, call: AutomatedCall[Notice]) -> None:
        before = self.rows.get(call.channel_id)
        if before is not None:
            assert STAGES.index(before.stage) <= STAGES.index(call.stage), "no call goes back"
            self.rows[call.channel_id] = call
        self.ended[call.channel_id] += call.outcome is not None

    @rule(after=st.floats(0, 40), which=st.sets(NUMBERS))
    def time_passes(self, after: float, which: set[int]) -> None:
        self.scene.at += after
        for channel, call in list(self.ringing.items()):
            if self.scene.at - call.began > TIMING.ring_s:
                del self.ringing[channel]
        self.give(RequestsLooked(tuple(one for one in NOTICES if one.number in which)))

    @precondition(lambda self: bool(self.unsent))
    @rule(how=st.sampled_from(["placed", "in_doubt", "not_kept", "line_busy", "there", "refused"]))
    def is_sent(self, how: str) -> None:
        """What `automated` does with a `Ring`: the row first, then the switch, once."""
        channel, call = self.unsent.popitem()
        if how == "not_kept":
            self.give(NotKept(channel))
        elif how in {"line_busy", "there"}:
            self.give(Taken(channel, again=how == "line_busy"))
        else:
            self.rows[channel] = call
            live = self.scene.book.live.get(channel)
            if live is None or live.unwanted:
                self.give(CallNotPlaced(channel, "stopped"))
            elif how == "refused":
                self.give(CallNotPlaced(channel, "not_placed"))
            else:
                self.sent[channel] += 1
                lines = {one.target.line for one in self.ringing.values()}
                assert call.target.line not in lines, "that telephone rings already"
                self.ringing[channel] = call
                if how == "in_doubt":
                    self.give(InDoubt(channel))

    def told(self, number: int) -> str:
        """The switch tells nothing of what it was not sent."""
        channel = f"no-{number}"
        return channel if self.sent[channel] else ""

    @rule(number=NUMBERS, what=st.sampled_from([Alive, Rang, InDoubt]))
    def tells(self, number: int, what: type[Rang]) -> None:
        self.give(what(self.told(number)))

    @rule(number=NUMBERS)
    def picks_up(self, number: int) -> None:
        """It does not ring then."""
        channel = self.told(number)
        self.ringing.pop(channel, None)
        self.give(PickedUp(channel))

    @rule(number=NUMBERS, key=st.sampled_from(["1", "2", "9"]))
    def presses(self, number: int, key: str) -> None:
        if channel := self.told(number):
            self.ringing.pop(channel, None)
            self.pressed.setdefault(channel, set()).add(key)
            self.give(Pressed(channel, key))

    @rule(number=NUMBERS, how=st.sampled_from(["done", "gone", "refused"]))
    def commits(self, number: int, how: str) -> None:
        channel = self.told(number)
        call = self.scene.book.live.get(channel) or self.scene.book.unknown.get(channel)
        if how == "done" and call is not None and call.key:
            self.done.add(channel)
        self.give(KeyCommitted(channel, how))  # type: ignore[arg-type]

    @rule(number=NUMBERS, cause=st.sampled_from([-1, 16, 17, 21, 34]))
    def ends(self, number: int, cause: int) -> None:
        channel = self.told(number)
        self.ringing.pop(channel, None)
        self.give(Over(channel, cause))

    @rule(number=NUMBERS)
    def nobody_knows(self, number: int) -> None:
        """The telephone may ring on."""
        self.give(Unknown(self.told(number)))

    @rule()
    def starts_again(self) -> None:
        """A new run knows the database alone; what was not written down is lost, and was not sent."""
        self.unsent.clear()
        self.scene.book = new_book()
        restore(self.scene.book, self.rows.values())
        for row in self.rows.values():
            if row.ended is not None:
                self.scene.book.close(row.channel_id)

    @invariant()
    def no_call_is_sent_twice(self) -> None:
        assert all(count == 1 for count in self.sent.values())

    @invariant()
    def one_live_call_for_a_telephone(self) -> None:
        live = list(self.scene.book.live.values())
        assert len({call.target.line for call in live}) == len(live)
        assert not set(self.scene.book.live) & set(self.scene.book.done)

    @invariant()
    def each_call_ends_once(self) -> None:
        assert all(count <= 1 for count in self.ended.values())

    def teardown(self) -> None:
        """What is not wanted, in doubt, or too old is over at last, whatever the switch has told."""
        for _ in range(3):
            self.scene.at += 1_000
            self.give(RequestsLooked(()))
        assert not self.scene.book.live


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(stateful_step_count=40, deadline=None)


# --- once more, later --------------------------------------------------------------------------------


@given(
    st.lists(st.floats(1, 90_000), max_size=5),
    st.times(),
    st.times(),
    st.integers(-1, 8),
    st.floats(0, 4e9),
)
def test_the_next_attempt_is_after_its_pause_within_the_hours_and_after_the_last_there_is_none(
    pauses: list[float], start: time, end: time, attempts: int, at: float
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    hours = CallingHours(start.replace(microsecond=0), end.replace(microsecond=0), zone)
    due = RetryPlan(tuple(pauses), hours).after(attempts, at)
    assert (due is None) == (attempts < 1 or attempts > len(pauses))
    if due is not None:
        assert due >= at + pauses[attempts - 1]
        assert hours.open(due)


def test_a_call_keeps_its_target_when_it_is_replaced() -> None:
    call = AutomatedCall(NOTICES[0], "sh", 1.0)
    assert replace(call, seen=True).target is call.target
