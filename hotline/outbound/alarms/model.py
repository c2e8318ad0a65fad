"""Emergencies that nobody has answered, and whom they ring. Values only; moments are Unix seconds.

A call's id follows from its alarm and its number, so that no process and no restart can make the same one
twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from hotline.outbound.alarms.events import Way
from hotline.outbound.model import AutomatedCall

CHANNEL_ID: Final = "al-"
"""Begins the Uniqueid of a leg that was placed for an alarm."""
HEARD_S: Final = 180.0
"""Longest time after a telephone was answered: what dialplan/alarm.conf allows, and to spare."""
_NUMBER_OF_UNIT: Final = re.compile(r"[^:]+:([0-9]{1,12})")


@dataclass(frozen=True, slots=True)
class Callee:
    """Who may be called. `phone` is a PJSIP endpoint (`desk`) or a number as it is dialled (`outside`);
    `line` is the same for the same telephone, however it is written.
    """

    user_id: str
    name: str
    way: Way
    phone: str
    line: str


@dataclass(frozen=True, slots=True)
class AlarmTarget:
    """One call to one person. `number` counts the calls for this alarm from 1, `round` the rounds from 0."""

    alarm_id: UUID
    unit_id: str
    number: int
    round: int
    callee: Callee

    @property
    def call_id(self) -> UUID:
        return uuid5(self.alarm_id, f"alarm-call-{self.number}")

    @property
    def line(self) -> str:
        return self.callee.line

    @property
    def unit_number(self) -> str:
        """The unit's number, to be said digit by digit: `17` of `app:17`; empty where it has none."""
        found = _NUMBER_OF_UNIT.fullmatch(self.unit_id)
        return found[1] if found is not None else ""

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


AlarmCall = AutomatedCall[AlarmTarget]


@dataclass(frozen=True, slots=True)
class Alarm:
    """An emergency that asks for the supervisor; kept until it is acknowledged and its live call is over.
    `made` are its calls that are over, and one that another switch makes, the first one first. `tried` were
    called in this round, or could not be.
    """

    alarm_id: UUID
    unit_id: str
    made: tuple[AlarmCall, ...] = ()
    round: int = 0
    tried: frozenset[str] = frozenset()
    due: float = 0.0
    acknowledged: bool = False
    exhausted: bool = False

    @property
    def elsewhere(self) -> AlarmCall | None:
        """The call that another switch makes for it."""
        return self.made[-1] if self.made and self.made[-1].ended is None else None
