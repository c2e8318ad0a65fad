"""Calls for alarms: supervisors are called one after the other, in rounds, until somebody acknowledges.

An alarm has at most one live call. One of which nothing is known ends as `unknown`, and the next call is
another one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final
from uuid import UUID

from hotline.outbound.alarms.model import HEARD_S, Alarm, AlarmCall, AlarmTarget, Callee
from hotline.outbound.book import CallBook
from hotline.outbound.effects import Effect, HangUp, PolicyEffect, SaveCall
from hotline.outbound.model import CallOutcome, KeyReply
from hotline.outbound.policy import CallPolicy
from hotline.outbound.reduce import restore, ring, watch, withdraw
from hotline.outbound.retries import RetryPlan
from hotline.outbound.signals import PolicySignal

MOST_ALARMS: Final = 200
CLOSED_KEPT: Final = 5_000

AlarmBook = CallBook[AlarmTarget]


@dataclass(frozen=True, slots=True)
class AlarmRaised(PolicySignal):
    """An alarm asks for the supervisor. `calls` were made for it, the first one first."""

    alarm_id: UUID
    unit_id: str
    calls: tuple[AlarmCall, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmAcknowledged(PolicySignal):
    """Somebody has acknowledged the alarm, and not in one of our calls."""

    alarm_id: UUID


@dataclass(frozen=True, slots=True)
class AlarmsLooked(PolicySignal):
    """Time has passed; `people` are those who may be called now, in their order."""

    people: tuple[Callee, ...]


@dataclass(frozen=True, slots=True)
class RereadAlarm(PolicyEffect):
    """Another process calls for this alarm: read what it has done."""

    alarm_id: UUID


@dataclass(frozen=True, slots=True)
class AlarmExhausted(PolicyEffect):
    alarm: Alarm


class AlarmPolicy(CallPolicy[AlarmTarget]):
    """All alarms that ask for the supervisor, in the order in which they did."""

    gone = "answered"
    rejected: ClassVar[CallOutcome] = "declined"

    def __init__(self, rounds: RetryPlan) -> None:
        self._rounds = rounds
        self.alarms: dict[UUID, Alarm] = {}
        self.closed: OrderedDict[UUID, None] = OrderedDict()
        """Acknowledged: none of them is opened again, however late the word of it comes."""

    def heard_s(self, target: AlarmTarget) -> float:  # noqa: ARG002
        return HEARD_S

    def keys(self, target: AlarmTarget) -> frozenset[str]:  # noqa: ARG002
        return frozenset({"1"})

    def reply(self, call: AlarmCall) -> KeyReply:  # noqa: ARG002
        return KeyReply("acknowledged", "acknowledged")

    def wants(self, call: AlarmCall) -> bool:
        alarm = self.alarms.get(call.target.alarm_id)
        return alarm is not None and not alarm.acknowledged

    def live(self, book: AlarmBook) -> list[AlarmCall]:
        """Who is being called now, on this switch or on another one."""
        elsewhere = [alarm.elsewhere for alarm in self.alarms.values()]
        return [*book.live.values(), *(call for call in elsewhere if call is not None)]

    def apply(self, book: AlarmBook, signal: PolicySignal, at: float) -> Iterator[Effect]:
        match signal:
            case AlarmRaised():
                self._raised(book, signal)
            case AlarmAcknowledged(alarm_id):
                yield from self._acknowledged(book, alarm_id, at)
            case AlarmsLooked(people):
                yield from watch(book, at)
                for alarm in list(self.alarms.values()):
                    yield from self._look_at(book, alarm, people, at)

    # --- alarms -----------------------------------------------------------------------------------------

    def _raised(self, book: AlarmBook, signal: AlarmRaised) -> None:
        known = self.alarms.get(signal.alarm_id)
        if signal.alarm_id in self.closed or (known is None and len(self.alarms) >= MOST_ALARMS):
            return
        if known is not None and not self._is_news(book, known, signal.calls):
            return
        mine = known.made if known is not None else ()
        calls = tuple(
            mine[index] if index < len(mine) and mine[index].system == book.system else one
            for index, one in enumerate(signal.calls)
        )
        restore(book, calls)
        newest = max((one.target.round for one in calls), default=0)
        self.alarms[signal.alarm_id] = Alarm(
            signal.alarm_id,
            signal.unit_id,
            tuple(one for one in calls if one.channel_id not in book.live),
            round=newest,
            tried=frozenset(one.target.callee.user_id for one in calls if one.target.round == newest),
            due=0.0 if known is None else known.due,
        )

    def _is_news(self, book: AlarmBook, known: Alarm, calls: Sequence[AlarmCall]) -> bool:
        """Whether another process has done more for this alarm than is known here."""
        if known.acknowledged or _live(book, known) is not None:
            return False
        return len(calls) > len(known.made) - (known.elsewhere is not None)

    def _acknowledged(
        self, book: AlarmBook, alarm_id: UUID, at: float, by: AlarmCall | None = None
    ) -> Iterator[Effect]:
        """`by` is the call in which it was done. What rings is ended, also what may ring."""
        alarm = self.alarms.get(alarm_id)
        if alarm is None or alarm.acknowledged:
            if alarm is None:
                self._close(alarm_id)
            return
        alarm = self.alarms[alarm_id] = replace(alarm, acknowledged=True)
        own = "" if by is None else by.channel_id
        for one in alarm.made:
            if one.outcome == "unknown" and one.channel_id != own:
                yield HangUp(one)
        live = _live(book, alarm)
        if live is None:
            self._close(alarm_id)
        elif live.channel_id != own:
            yield from withdraw(book, live, at)

    def _close(self, alarm_id: UUID) -> None:
        self.alarms.pop(alarm_id, None)
        self.closed[alarm_id] = None
        self.closed.move_to_end(alarm_id)
        while len(self.closed) > CLOSED_KEPT:
            self.closed.popitem(last=False)

    # --- whom to call -----------------------------------------------------------------------------------

    def _look_at(
        self, book: AlarmBook, alarm: Alarm, people: Sequence[Callee], at: float
    ) -> Iterator[Effect]:
        elsewhere = alarm.elsewhere
        if elsewhere is not None and at - elsewhere.began <= book.longest_s(elsewhere):
            yield RereadAlarm(alarm.alarm_id)
        elif elsewhere is not None:
            # The other process has left it behind.
            ended = replace(elsewhere, stage="over", ended=at, outcome="unknown")
            self.alarms[alarm.alarm_id] = replace(alarm, made=alarm.made[:-1])
            book.give_up(ended)
            yield SaveCall(ended)
            yield from self.ended(book, ended, at)
        elif _live(book, alarm) is None and not alarm.acknowledged and at >= alarm.due and people:
            yield from self._call_next(book, alarm, people, at)

    def _call_next(
        self, book: AlarmBook, alarm: Alarm, people: Sequence[Callee], at: float
    ) -> Iterator[Effect]:
        left = [one for one in people if one.user_id not in alarm.tried]
        if not left:
            if alarm.exhausted:
                return
            last = max((one.ended or at for one in alarm.made), default=at)
            due = self._rounds.after(alarm.round + 1, last)
            if due is None:
                alarm = self.alarms[alarm.alarm_id] = replace(alarm, exhausted=True)
                yield AlarmExhausted(alarm)
                return
            alarm = replace(alarm, round=alarm.round + 1, tried=frozenset(), due=due)
            self.alarms[alarm.alarm_id] = alarm
            if at < due:
                return
            left = list(people)
        number = alarm.made[-1].target.number + 1 if alarm.made else 1
        busy = {call.target.line for call in self.live(book)}
        for callee in left:
            target = AlarmTarget(alarm.alarm_id, alarm.unit_id, number, alarm.round, callee)
            if callee.line not in busy and book.free(target):
                self.alarms[alarm.alarm_id] = replace(alarm, exhausted=False)
                yield ring(book, target, at)
                return

    # --- what becomes of a call -------------------------------------------------------------------------

    def committed(self, book: AlarmBook, call: AlarmCall, at: float) -> Iterator[Effect]:
        if call.outcome == "unknown":
            yield SaveCall(replace(call, outcome="acknowledged"))
        yield from self._acknowledged(book, call.target.alarm_id, at, by=call)

    def unmade(self, book: AlarmBook, call: AlarmCall, at: float, *, there: bool) -> Iterator[Effect]:
        alarm = self.alarms.get(call.target.alarm_id)
        if alarm is None:
            return
        if alarm.acknowledged:
            self._close(alarm.alarm_id)
            return
        self.alarms[alarm.alarm_id] = replace(alarm, due=at + book.timing.again_s)
        if there:
            yield RereadAlarm(alarm.alarm_id)

    def ended(self, book: AlarmBook, call: AlarmCall, at: float) -> Iterator[Effect]:
        alarm = self.alarms.get(call.target.alarm_id)
        if alarm is None:
            return
        if alarm.acknowledged:
            self._close(alarm.alarm_id)
            return
        due = at + book.timing.again_s if call.outcome == "not_placed" else at
        tried = alarm.tried | {call.target.callee.user_id}
        self.alarms[alarm.alarm_id] = replace(alarm, made=(*alarm.made, call), tried=tried, due=due)
        yield from ()


def _live(book: AlarmBook, alarm: Alarm) -> AlarmCall | None:
    """The call that is placed for it on this switch."""
    return next((call for call in book.live.values() if call.target.alarm_id == alarm.alarm_id), None)
