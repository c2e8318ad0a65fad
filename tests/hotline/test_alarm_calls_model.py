"""Calls for alarms, whatever comes in whatever order: one live call for a telephone and for an alarm, none
after somebody has acknowledged, never more than the rounds allow, never the same call twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hotline.outbound.alarms.model import Alarm, AlarmCall, AlarmTarget, Callee
from hotline.outbound.alarms.policy import (
    AlarmAcknowledged,
    AlarmExhausted,
    AlarmPolicy,
    AlarmRaised,
    AlarmsLooked,
    RereadAlarm,
)
from hotline.outbound.book import CallBook
from hotline.outbound.effects import CommitKey, Effect, HangUp, Ring, SaveCall, Say, Settle
from hotline.outbound.model import CallTiming
from hotline.outbound.reduce import apply
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

ANNA = Callee("anna", "安娜", "desk", "agent-1", "desk:agent-1")
BORIS = Callee("boris", "鲍里斯", "outside", "13904510009", "outside:+8613904510009")
ANNAS_MOBILE = Callee("carl", "卡尔", "desk", "agent-1", "desk:agent-1")
"""He sits at Anna's telephone."""
A1, A2 = UUID(int=1), UUID(int=2)
TIMING = CallTiming(ring_s=20, doubt_s=10)
ROUNDS = RetryPlan((30.0, 60.0))


def new_book() -> CallBook[AlarmTarget]:
    return CallBook("sh", TIMING, AlarmPolicy(ROUNDS))


@dataclass
class Scene:
    people: tuple[Callee, ...] = (ANNA, BORIS)
    book: CallBook[AlarmTarget] = field(default_factory=new_book)
    at: float = 1_000.0

    def take(self, signal: CallSignal) -> list[Effect]:
        return list(apply(self.book, signal, self.at)[1])

    def opened(self, alarm: UUID = A1, calls: tuple[AlarmCall, ...] = ()) -> None:
        self.take(AlarmRaised(alarm, "app:17", calls))

    def looked(self, after: float = 0.0) -> list[Effect]:
        self.at += after
        return self.take(AlarmsLooked(self.people))

    def rings(self, after: float = 0.0) -> AlarmCall:
        """The one call that is placed now."""
        (ring,) = [effect for effect in self.looked(after) if isinstance(effect, Ring)]
        return ring.call

    @property
    def policy(self) -> AlarmPolicy:
        assert isinstance(self.book.policy, AlarmPolicy)
        return self.book.policy

    def alarm(self, alarm: UUID = A1) -> Alarm:
        return self.policy.alarms[alarm]

    def live(self) -> AlarmCall:
        """The one call that is live."""
        (call,) = self.book.live.values()
        return call


def test_the_next_one_is_called_when_the_first_does_not_answer_and_then_there_is_a_pause() -> None:
    scene = Scene()
    scene.opened()
    first = scene.rings()
    assert (first.target.callee, first.target.number, first.target.round) == (ANNA, 1, 0)
    assert scene.looked(1) == [], "one at a time"
    scene.take(Rang(first.channel_id))
    (kept,) = scene.take(Over(first.channel_id, 16))
    assert isinstance(kept, SaveCall)
    assert kept.call.outcome == "no_answer"
    second = scene.rings()
    assert second.target.callee == BORIS
    scene.take(Over(second.channel_id, 17))
    assert scene.alarm().made[-1].outcome == "busy"
    assert scene.looked(29) == []
    third = scene.rings(1)
    assert (third.target.callee, third.target.number, third.target.round) == (ANNA, 3, 1)


def test_after_the_last_round_no_telephone_rings_and_that_is_told_once() -> None:
    scene = Scene(people=(ANNA,))
    scene.opened()
    for pause in (0.0, 30.0, 60.0):
        scene.take(Over(scene.rings(pause).channel_id, 16))
    (told,) = scene.looked()
    assert isinstance(told, AlarmExhausted)
    assert len(told.alarm.made) == len(ROUNDS.pauses_s) + 1
    assert scene.looked(10_000) == []
    scene.people = (ANNA, BORIS)
    assert scene.rings().target.callee == BORIS, "somebody who has not been called yet"


def test_pressing_1_acknowledges_by_this_person_and_he_is_told_so() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    scene.take(PickedUp(call.channel_id))
    effects = scene.take(Pressed(call.channel_id, "1"))
    assert [type(one) for one in effects] == [SaveCall, CommitKey]
    assert [type(one) for one in scene.take(Pressed(call.channel_id, "1"))] == [CommitKey], "until it is kept"
    (said,) = scene.take(KeyCommitted(call.channel_id, "done"))
    assert isinstance(said, Say)
    assert said.words == "acknowledged"
    assert scene.looked(1) == []
    (kept,) = scene.take(Over(call.channel_id, 16))
    assert isinstance(kept, SaveCall)
    assert kept.call.outcome == "acknowledged"
    assert not scene.policy.alarms
    scene.opened()
    assert scene.looked(60) == [], "what is answered is never opened again"


def test_acknowledged_at_a_desk_what_rings_is_hung_up_until_it_is_gone() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    scene.take(Rang(call.channel_id))
    assert scene.take(AlarmAcknowledged(A1)) == [HangUp(scene.live())]
    assert [type(one) for one in scene.looked(1)] == [HangUp], "it may not have been there yet"
    (kept,) = scene.take(Over(call.channel_id, 16))
    assert isinstance(kept, SaveCall)
    assert kept.call.outcome == "stopped"
    assert scene.looked(60) == []


def test_who_listens_while_somebody_else_acknowledges_hears_that() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    scene.take(PickedUp(call.channel_id))
    (said,) = scene.take(AlarmAcknowledged(A1))
    assert isinstance(said, Say)
    assert said.words == "answered"
    assert scene.looked(14) == []
    assert [type(one) for one in scene.looked(2)] == [HangUp], "he has heard it, or nothing was said"


def test_two_alarms_ring_two_telephones_and_never_one_twice() -> None:
    scene = Scene()
    scene.opened(A1)
    scene.opened(A2)
    rung = [one.call for one in scene.looked() if isinstance(one, Ring)]
    assert [(one.target.alarm_id, one.target.callee) for one in rung] == [(A1, ANNA), (A2, BORIS)]
    scene.people = (ANNA, ANNAS_MOBILE)
    scene.take(Over(rung[1].channel_id, 16))
    assert scene.looked(1) == [], "the only telephone that is left rings for the other alarm"
    scene.take(Over(rung[0].channel_id, 16))
    again = [one.call for one in scene.looked() if isinstance(one, Ring)]
    assert [(one.target.alarm_id, one.target.callee) for one in again] == [(A1, ANNAS_MOBILE)]


def test_a_call_in_doubt_is_looked_for_and_its_telephone_rests_when_nobody_can_tell() -> None:
    scene = Scene(people=(ANNA,))
    scene.opened()
    call = scene.rings()
    assert [type(one) for one in scene.take(InDoubt(call.channel_id))] == [Settle]
    assert [type(one) for one in scene.looked(1)] == [Settle]
    scene.take(Unknown(call.channel_id))
    assert scene.alarm().made[-1].outcome == "unknown"
    scene.people = (ANNAS_MOBILE,)
    assert scene.looked(20) == [], "it may ring still"
    assert scene.rings(5).target.callee == ANNAS_MOBILE


def test_who_presses_1_in_a_call_that_was_given_up_as_unknown_acknowledges_all_the_same() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    scene.take(InDoubt(call.channel_id))
    scene.take(Unknown(call.channel_id))
    other = scene.rings()
    (acknowledge,) = scene.take(Pressed(call.channel_id, "1"))
    assert isinstance(acknowledge, CommitKey)
    assert acknowledge.call.target.callee == ANNA
    kept, ended, said = scene.take(KeyCommitted(call.channel_id, "done"))
    assert isinstance(kept, SaveCall)
    assert kept.call.outcome == "acknowledged"
    assert isinstance(said, Say)
    assert said.words == "acknowledged"
    assert isinstance(ended, HangUp)
    assert ended.call.channel_id == other.channel_id


def test_a_restart_goes_on_with_the_call_that_rings_and_makes_no_other() -> None:
    before = Scene()
    before.opened()
    call = before.rings()
    after = Scene()
    after.opened(A1, (call,))
    assert [type(one) for one in after.looked(1)] == [Settle]
    after.take(Alive(call.channel_id))
    assert after.looked(1) == []
    after.take(Rang(call.channel_id))
    after.take(Over(call.channel_id, 16))
    assert after.rings().target.number == 2


def test_another_process_that_calls_for_the_alarm_is_left_to_it_until_its_call_is_over() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    effects = scene.take(Taken(call.channel_id, again=False))
    assert effects == [RereadAlarm(A1)]
    theirs = replace(call, system="other")
    scene.opened(A1, (theirs,))
    assert scene.looked(3) == [RereadAlarm(A1)]
    scene.opened(A1, (replace(theirs, ended=1_010.0, stage="over", outcome="no_answer"),))
    assert scene.rings().target.callee == BORIS


def test_a_call_that_cannot_be_written_down_has_never_been_and_is_made_a_little_later() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    assert scene.take(NotKept(call.channel_id)) == []
    assert scene.looked(1) == []
    assert scene.rings(1.5).target.call_id == call.target.call_id == uuid5(A1, "alarm-call-1")


def test_a_call_that_could_not_be_written_down_holds_no_alarm_that_somebody_answered_meanwhile() -> None:
    scene = Scene()
    scene.opened()
    call = scene.rings()
    scene.take(AlarmAcknowledged(A1))
    assert scene.take(NotKept(call.channel_id)) == []
    assert scene.policy.alarms == {}
    assert scene.looked(60) == []


def presses_1(channel: str) -> CallSignal:
    return Pressed(channel, "1")


def is_refused(channel: str) -> CallSignal:
    return KeyCommitted(channel, "refused")


# --- any order of anything ---------------------------------------------------------------------------


class AnyOrder(RuleBasedStateMachine):
    """The switch is the test: it knows which telephones ring, and may say it late, twice, or never."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(people=(ANNA, BORIS, ANNAS_MOBILE))
        self.rung: list[AlarmCall] = []
        self.ringing: dict[str, AlarmCall] = {}
        self.answered: set[UUID] = set()
        self.not_kept = 0

    def give(self, signal: CallSignal) -> None:
        for effect in self.scene.take(signal):
            if isinstance(effect, Ring):
                call = effect.call
                assert call.target.alarm_id not in self.answered, "nobody is called for what is answered"
                lines = {one.target.line for one in self.ringing.values()}
                assert call.target.line not in lines, "that telephone rings already"
                self.ringing[call.channel_id] = call
                self.rung.append(call)
            if isinstance(effect, HangUp):
                self.ringing.pop(effect.call.channel_id, None)

    def channel(self, index: int) -> str:
        return self.rung[index % len(self.rung)].channel_id

    @rule(alarm=st.sampled_from([A1, A2]))
    def opens(self, alarm: UUID) -> None:
        """The word of it may be older than the answer, but not older than this run."""
        if alarm in self.answered and alarm not in self.scene.policy.closed:
            return
        self.give(AlarmRaised(alarm, "app:17"))

    @rule(after=st.floats(min_value=0, max_value=40))
    def looks(self, after: float) -> None:
        self.scene.at += after
        # Whatever the gateway knows: no telephone rings longer than it was told to.
        for channel, call in list(self.ringing.items()):
            if self.scene.at - call.began > TIMING.ring_s:
                del self.ringing[channel]
        self.give(AlarmsLooked(self.scene.people))

    @rule(alarm=st.sampled_from([A1, A2]))
    def acknowledges_at_a_desk(self, alarm: UUID) -> None:
        self.answered.add(alarm)
        self.give(AlarmAcknowledged(alarm))

    @precondition(lambda self: bool(self.rung))
    @rule(index=st.integers(min_value=0, max_value=1_000))
    def acknowledges_on_the_telephone(self, index: int) -> None:
        """It does not ring then."""
        call = self.rung[index % len(self.rung)]
        self.ringing.pop(call.channel_id, None)
        self.give(PickedUp(call.channel_id))
        self.give(Pressed(call.channel_id, "1"))
        self.answered.add(call.target.alarm_id)
        if call.channel_id in {**self.scene.book.live, **self.scene.book.unknown}:
            self.give(KeyCommitted(call.channel_id, "done"))
        else:
            self.give(AlarmAcknowledged(call.target.alarm_id))

    @precondition(lambda self: bool(self.rung))
    @rule(
        index=st.integers(min_value=0, max_value=1_000),
        what=st.sampled_from([Rang, PickedUp, presses_1, Alive, InDoubt, is_refused]),
    )
    def tells(self, index: int, what: Callable[[str], CallSignal]) -> None:
        self.give(what(self.channel(index)))

    @precondition(lambda self: bool(self.rung))
    @rule(index=st.integers(min_value=0, max_value=1_000), cause=st.sampled_from([-1, 0, 16, 17, 21]))
    def ends(self, index: int, cause: int) -> None:
        channel = self.channel(index)
        self.ringing.pop(channel, None)
        self.give(Over(channel, cause))

    @precondition(lambda self: bool(self.rung))
    @rule(index=st.integers(min_value=0, max_value=1_000))
    def nobody_knows(self, index: int) -> None:
        """The telephone may ring on."""
        self.give(Unknown(self.channel(index)))

    @precondition(lambda self: bool(self.ringing))
    @rule(what=st.sampled_from(["not_kept", "refused"]))
    def was_not_placed(self, what: str) -> None:
        channel = next(reversed(self.ringing))
        call = self.scene.book.live.get(channel)
        if call is None or call.stage != "placing" or call.in_doubt:
            return
        del self.ringing[channel]
        if what == "not_kept":
            self.not_kept += 1
            self.rung = [one for one in self.rung if one.channel_id != channel]
            self.give(NotKept(channel))
        else:
            self.give(CallNotPlaced(channel, "not_placed"))

    @rule()
    def starts_again(self) -> None:
        """A new run knows the database alone."""
        old, alarms = self.scene.book, dict(self.scene.policy.alarms)
        self.scene.book = new_book()
        for alarm in alarms.values():
            live = [one for one in old.live.values() if one.target.alarm_id == alarm.alarm_id]
            self.give(AlarmRaised(alarm.alarm_id, alarm.unit_id, (*alarm.made, *live)))
            if alarm.alarm_id in self.answered:
                self.give(AlarmAcknowledged(alarm.alarm_id))

    @invariant()
    def one_live_call_for_each_telephone_and_alarm(self) -> None:
        live = list(self.scene.book.live.values())
        assert len({one.target.line for one in live}) == len(live)
        assert len({one.target.alarm_id for one in live}) == len(live)
        assert list(self.scene.book.live) == [one.channel_id for one in live]
        for alarm in self.scene.policy.alarms.values():
            assert all(one.ended is not None for one in alarm.made)

    @invariant()
    def no_call_is_made_twice_and_their_number_is_bounded(self) -> None:
        made = [one.channel_id for one in self.rung]
        assert len(set(made)) == len(made)
        for alarm in (A1, A2):
            calls = [one for one in self.rung if one.target.alarm_id == alarm]
            assert len(calls) <= (len(ROUNDS.pauses_s) + 1) * len(self.scene.people)
            assert [one.target.number for one in calls] == list(range(1, len(calls) + 1))

    @invariant()
    def what_is_answered_is_closed_when_its_call_is_over(self) -> None:
        live = {one.target.alarm_id for one in self.scene.book.live.values()}
        for alarm in self.scene.policy.alarms.values():
            assert not alarm.acknowledged or alarm.alarm_id in live


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(stateful_step_count=40, deadline=None)


@given(st.lists(st.floats(min_value=0.1, max_value=200), max_size=80))
def test_unanswered_each_person_is_called_once_a_round_and_the_pauses_are_kept(waits: list[float]) -> None:
    scene = Scene()
    scene.opened()
    rung: list[AlarmCall] = []
    for wait in waits:
        for effect in scene.looked(wait):
            if isinstance(effect, Ring):
                rung.append(effect.call)
                scene.take(Over(effect.call.channel_id, 16))
    for number in {one.target.round for one in rung}:
        people = [one.target.callee.user_id for one in rung if one.target.round == number]
        assert len(set(people)) == len(people)
        if number:
            before = [one for one in rung if one.target.round == number - 1]
            assert len(before) == 2, "a round is over when everybody was called"
            pause = ROUNDS.pauses_s[number - 1]
            assert next(one for one in rung if one.target.round == number).began - before[-1].began >= pause
