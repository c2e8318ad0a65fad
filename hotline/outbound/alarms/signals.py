"""What can happen to calls for alarms, and what follows from it. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from hotline.outbound import signals as placed
from hotline.outbound.alarms.model import Alarm, Attempt, Callee

Words = Literal["acknowledged", "answered", "lost"]
"""What a person hears who has picked up: his own answer is in, somebody else's, or it was not kept."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An alarm asks for the supervisor. `attempts` were made for it, the first one first."""

    alarm_id: UUID
    unit_id: str
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody has acknowledged the alarm; `by` is the channel id of the call in which 1 was pressed."""

    alarm_id: UUID
    by: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """Time has passed; `people` are those who may be called now, in their order."""

    people: tuple[Callee, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """Such a call, or one to the same telephone, is in the database already: nothing was sent."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """He has pressed 1. Told each second until something comes of it."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Who was called may not acknowledge."""

    channel_id: str


Signal = placed.Signal | Opened | Answered | Looked | Taken | Pressed | Refused


@dataclass(frozen=True, slots=True)
class Ring:
    """Write the call down, then place it. Comes once for each channel id."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Keep:
    """The call as it is now is a fact: write it down and tell it."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class HangUp:
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Say:
    attempt: Attempt
    words: Words


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """In the name of who was called."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of it; never place it again."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Reread:
    """Another process calls for this alarm: read what it has done."""

    alarm_id: UUID


@dataclass(frozen=True, slots=True)
class Exhausted:
    alarm: Alarm


Effect = Ring | Keep | HangUp | Say | Acknowledge | Settle | Reread | Exhausted
