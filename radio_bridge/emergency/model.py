"""An emergency alarm from its first message to its end: pure.

It is told again every `ANSWER_WITHIN` until a named person acknowledges it: first to the dispatchers, then to
the next one, then to the supervisor and again to him. It ends by being cleared with a note, never by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from core.place import Position

ANSWER_WITHIN = timedelta(seconds=10)

Asked = Literal["dispatcher", "next_dispatcher", "supervisor"]
LADDER: tuple[Asked, ...] = ("dispatcher", "next_dispatcher", "supervisor")
What = Literal["raised", "escalated", "acknowledged", "cleared"]


class AlarmState(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Person:
    """Who answered: the user's id, and the name that the crew reads."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """All times are the centre's. `asked` is who is to answer now, `due_at` when somebody else will be.

    `repeats` counts the messages of the unit, `heard_at` is the last one. `position` is the newest it sent.
    """

    alarm_id: UUID
    unit_id: str
    state: AlarmState
    asked: Asked
    raised_at: datetime
    said_at: datetime
    heard_at: datetime
    due_at: datetime
    repeats: int = 1
    dispatch_id: UUID | None = None
    position: Position | None = None
    position_at: datetime | None = None
    acknowledged_by: Person | None = None
    acknowledged_at: datetime | None = None
    cleared_by: Person | None = None
    cleared_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the unit: the first one, or the same alarm again."""

    alarm_id: UUID
    unit_id: str
    at: datetime
    said_at: datetime
    dispatch_id: UUID | None = None
    position: Position | None = None
    position_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledge:
    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Clear:
    """Only of what somebody has acknowledged; `note` says what it was."""

    by: Person
    at: datetime
    note: str


Signal = Heard | Tick | Acknowledge | Clear


def apply(alarm: Alarm | None, signal: Signal) -> tuple[Alarm | None, tuple[What, ...]]:
    """The alarm after the signal, and what is to be told. A copy, and what comes too late, tells nothing."""
    if alarm is None:
        return (_raised(signal), ("raised",)) if isinstance(signal, Heard) else (None, ())
    raised, acknowledged = alarm.state is AlarmState.RAISED, alarm.state is AlarmState.ACKNOWLEDGED
    match signal:
        case Heard():
            return _again(alarm, signal), ()
        case Tick(at) if raised and at >= alarm.due_at:
            next_one = LADDER[min(LADDER.index(alarm.asked) + 1, len(LADDER) - 1)]
            return replace(alarm, asked=next_one, due_at=at + ANSWER_WITHIN), ("escalated",)
        case Acknowledge(by, at) if raised:
            known = replace(alarm, state=AlarmState.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at)
            return known, ("acknowledged",)
        case Clear(by, at, note) if acknowledged and note:
            ended = replace(alarm, state=AlarmState.CLEARED, cleared_by=by, cleared_at=at, note=note)
            return ended, ("cleared",)
    return alarm, ()


def _raised(first: Heard) -> Alarm:
    return Alarm(
        alarm_id=first.alarm_id,
        unit_id=first.unit_id,
        state=AlarmState.RAISED,
        asked=LADDER[0],
        raised_at=first.at,
        said_at=first.said_at,
        heard_at=first.at,
        due_at=first.at + ANSWER_WITHIN,
        dispatch_id=first.dispatch_id,
        position=first.position,
        position_at=first.position_at,
    )


def _again(alarm: Alarm, said: Heard) -> Alarm:
    if said.unit_id != alarm.unit_id:
        return alarm
    newer = said.position is not None and (
        alarm.position_at is None or said.position_at is None or said.position_at >= alarm.position_at
    )
    return replace(
        alarm,
        heard_at=max(alarm.heard_at, said.at),
        repeats=alarm.repeats + 1,
        dispatch_id=alarm.dispatch_id or said.dispatch_id,
        position=said.position if newer else alarm.position,
        position_at=said.position_at if newer else alarm.position_at,
    )
