"""An emergency from its first message to its end: pure. An alarm is data, a call voice on a talkgroup.

It is told again after each `answer_within` until a named person acknowledges it: first to the dispatchers,
then to the next one, then to the supervisor and again to him. It ends by being cleared with a note, never by
itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from core.place import Position
from field.emergency.limits import ANSWER_WITHIN
from field.events import AlarmState, AskedPerson, EmergencyKind

TOLD_EVERY = timedelta(seconds=10)
"""That the unit says it again, or is somewhere else, is told this often; where it is, after the answer:"""
PLACE_TOLD_AFTERWARDS = timedelta(seconds=60)

LADDER: tuple[AskedPerson, ...] = ("dispatcher", "next_dispatcher", "supervisor")
What = Literal["raised", "repeated", "located", "escalated", "acknowledged", "cleared"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who answered: the user's id, and the name that the crew reads."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class EmergencyAlarm:
    """All times are the centre's. `asked` is who is to answer now, `due_at` when somebody else will be.

    `repeats` counts the messages of the unit, `heard_at` is the last one. `position` is the newest of it.
    `talkgroup` is where the call is, or for an alarm the one that the unit listens to; empty without any.
    `case_id` is the case that it makes, or joins.
    """

    alarm_id: UUID
    unit_id: str
    state: AlarmState
    asked: AskedPerson
    raised_at: datetime
    said_at: datetime
    heard_at: datetime
    due_at: datetime
    kind: EmergencyKind = "alarm"
    talkgroup: str = ""
    case_id: UUID | None = None
    repeats: int = 1
    repeat_told_at: datetime | None = None
    dispatch_id: UUID | None = None
    position: Position | None = None
    position_at: datetime | None = None
    place_told_at: datetime | None = None
    acknowledged_by: Person | None = None
    acknowledged_at: datetime | None = None
    cleared_by: Person | None = None
    cleared_at: datetime | None = None
    note: str = ""
    false_alarm: bool = False

    @property
    def is_open(self) -> bool:
        return self.state is not AlarmState.CLEARED


@dataclass(frozen=True, slots=True)
class EmergencyReceived:
    """A message of the unit: the first one, or the same alarm again. `case_id` counts for the first."""

    alarm_id: UUID
    unit_id: str
    at: datetime
    said_at: datetime
    dispatch_id: UUID | None = None
    position: Position | None = None
    position_at: datetime | None = None
    kind: EmergencyKind = "alarm"
    talkgroup: str = ""
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class EmergencyLocated:
    """Where the unit is, by any bearer; `position_at` is when it was measured."""

    at: datetime
    position: Position
    position_at: datetime


@dataclass(frozen=True, slots=True)
class EmergencyTick:
    at: datetime


@dataclass(frozen=True, slots=True)
class AcknowledgeEmergency:
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Clear:
    """Only of what somebody has acknowledged; `note` says what it was, `false_alarm` that it was nothing."""

    by: Person
    at: datetime
    note: str
    false_alarm: bool = False


Signal = EmergencyReceived | EmergencyLocated | EmergencyTick | AcknowledgeEmergency | Clear


def apply(
    alarm: EmergencyAlarm | None, signal: Signal, *, answer_within: timedelta = ANSWER_WITHIN
) -> tuple[EmergencyAlarm | None, tuple[What, ...]]:
    """The alarm after the signal, and what is to be told. A copy, and what comes too late, tells nothing."""
    if alarm is None:
        return _raised(signal, answer_within) if isinstance(signal, EmergencyReceived) else (None, ())
    match signal:
        case EmergencyReceived():
            return _again(alarm, signal)
        case EmergencyLocated(at, position, position_at):
            return _moved(alarm, at, position, position_at)
        case _:
            return _step(alarm, signal, answer_within)


def _step(
    alarm: EmergencyAlarm, signal: EmergencyTick | AcknowledgeEmergency | Clear, answer_within: timedelta
) -> tuple[EmergencyAlarm, tuple[What, ...]]:
    raised, acknowledged = alarm.state is AlarmState.RAISED, alarm.state is AlarmState.ACKNOWLEDGED
    match signal:
        case EmergencyTick(at) if raised and at >= alarm.due_at:
            next_one = LADDER[min(LADDER.index(alarm.asked) + 1, len(LADDER) - 1)]
            return replace(alarm, asked=next_one, due_at=at + answer_within), ("escalated",)
        case AcknowledgeEmergency(by, at) if raised:
            known = replace(alarm, state=AlarmState.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at)
            return known, ("acknowledged",)
        case Clear(by, at, note, false_alarm) if acknowledged and note:
            ended = replace(alarm, state=AlarmState.CLEARED, cleared_by=by, cleared_at=at, note=note)
            return replace(ended, false_alarm=false_alarm), ("cleared",)
    return alarm, ()


def _raised(first: EmergencyReceived, answer_within: timedelta) -> tuple[EmergencyAlarm, tuple[What, ...]]:
    alarm = EmergencyAlarm(
        alarm_id=first.alarm_id,
        unit_id=first.unit_id,
        state=AlarmState.RAISED,
        asked=LADDER[0],
        raised_at=first.at,
        said_at=first.said_at,
        heard_at=first.at,
        due_at=first.at + answer_within,
        kind=first.kind,
        talkgroup=first.talkgroup,
        case_id=first.case_id,
        repeat_told_at=first.at,
        dispatch_id=first.dispatch_id,
    )
    if first.position is None:
        return alarm, ("raised",)
    placed = replace(alarm, position=first.position, position_at=first.position_at, place_told_at=first.at)
    return placed, ("raised", "located")


def _again(alarm: EmergencyAlarm, said: EmergencyReceived) -> tuple[EmergencyAlarm, tuple[What, ...]]:
    if said.unit_id != alarm.unit_id:
        return alarm, ()
    told: tuple[What, ...] = ()
    after = replace(
        alarm,
        heard_at=max(alarm.heard_at, said.at),
        repeats=alarm.repeats + 1,
        dispatch_id=alarm.dispatch_id or said.dispatch_id,
    )
    if alarm.state is AlarmState.RAISED and _is_due(alarm.repeat_told_at, said.at, TOLD_EVERY):
        after = replace(after, repeat_told_at=said.at)
        told = ("repeated",)
    if said.position is None:
        return after, told
    after, moved = _moved(after, said.at, said.position, said.position_at)
    return after, (*told, *moved)


def _moved(
    alarm: EmergencyAlarm, at: datetime, position: Position, position_at: datetime | None
) -> tuple[EmergencyAlarm, tuple[What, ...]]:
    """The newest position stays; that it is somewhere else is told now and then, while the alarm is open."""
    if alarm.position_at is not None and position_at is not None and position_at < alarm.position_at:
        return alarm, ()
    after = replace(alarm, position=position, position_at=position_at)
    every = TOLD_EVERY if alarm.state is AlarmState.RAISED else PLACE_TOLD_AFTERWARDS
    if not alarm.is_open or position == alarm.position or not _is_due(alarm.place_told_at, at, every):
        return after, ()
    return replace(after, place_told_at=at), ("located",)


def _is_due(told_at: datetime | None, now: datetime, every: timedelta) -> bool:
    return told_at is None or now - told_at >= every
