"""Calls to supervisors for emergencies that nobody has answered, as values. Moments are Unix seconds.

An alarm has at most one live call; so has a telephone, whatever the number of alarms. A call's id follows
from its alarm and its number, so that no process and no restart can make the same one twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

from hotline.outbound.alarms.events import AlarmCallOutcome, AlarmCallStage, Way

CHANNEL_ID: Final = "al-"
"""Begins the Uniqueid of a leg that was placed for an alarm."""
HEARD_S: Final = 180.0
"""Longest time after a telephone was answered: what dialplan/alarm.conf allows, and to spare."""
MOST_ALARMS: Final = 200
CLOSED_KEPT: Final = 5_000


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
class Attempt:
    """One call to one person. `system` names the switch that it was placed on."""

    attempt_id: UUID
    alarm_id: UUID
    unit_id: str
    number: int
    round: int
    callee: Callee
    system: str
    began: float
    stage: AlarmCallStage = "placing"
    in_doubt: bool = False
    seen: bool = False
    """The switch has shown its channel."""
    answered: float | None = None
    ended: float | None = None
    outcome: AlarmCallOutcome | None = None

    @property
    def channel_id(self) -> str:
        """The Uniqueid of its leg, known before it is rung."""
        return f"{CHANNEL_ID}{self.attempt_id}"

    @property
    def live(self) -> bool:
        return self.ended is None


def attempt_id(alarm_id: UUID, number: int) -> UUID:
    return uuid5(alarm_id, f"alarm-call-{number}")


@dataclass(frozen=True, slots=True)
class Alarm:
    """An emergency that asks for the supervisor. `tried` were called in this round, or could not be.

    `answered`: somebody has acknowledged it, `answered_by` is the channel id of the call in which he did so,
    if it was on the telephone; it is kept until its live call is over.
    """

    alarm_id: UUID
    unit_id: str
    attempts: tuple[Attempt, ...] = ()
    round: int = 0
    tried: frozenset[str] = frozenset()
    due: float = 0.0
    answered: bool = False
    answered_by: str = ""
    exhausted: bool = False

    @property
    def live(self) -> Attempt | None:
        """The call that is being placed, rings or is listened to."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].live else None


@dataclass(frozen=True, slots=True)
class Rules:
    """See `AlarmSettings`."""

    ring_s: float = 25.0
    pauses_s: tuple[float, ...] = (30.0, 60.0, 120.0, 300.0)
    doubt_s: float = 30.0
    quiet_s: float = 4.0
    """A call that was sent and shows no sign of life for so long is looked for."""
    again_s: float = 2.0
    """Pause after a call that the switch or the database did not take."""

    @property
    def rounds(self) -> int:
        return len(self.pauses_s) + 1

    @property
    def longest_s(self) -> float:
        """No call is older and still live."""
        return self.ring_s + HEARD_S


@dataclass(slots=True, eq=False)
class Book:
    """All alarms that ask for the supervisor, in the order in which they did. Changed by `reduce.apply`."""

    system: str
    rules: Rules
    alarms: dict[UUID, Alarm] = field(default_factory=dict)
    by_channel: dict[str, UUID] = field(default_factory=dict)
    """Live calls on our own switch by their channel id."""
    resting: dict[str, float] = field(default_factory=dict)
    """Telephones that may still ring by a call of which nothing is known, and until when."""
    closed: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    """Alarms that are answered: none of them is opened again, however late the word of it comes."""

    def __iter__(self) -> Iterator[Alarm]:
        return iter(list(self.alarms.values()))

    def of_channel(self, channel_id: str) -> Alarm | None:
        alarm_id = self.by_channel.get(channel_id)
        return None if alarm_id is None else self.alarms[alarm_id]

    def unknown(self, channel_id: str) -> list[Attempt]:
        """The call of this channel, if it was given up as unknown and its alarm is still open."""
        return [
            one
            for alarm in self.alarms.values()
            for one in alarm.attempts
            if one.outcome == "unknown" and one.channel_id == channel_id
        ]

    def live(self) -> list[Attempt]:
        return [live for alarm in self.alarms.values() if (live := alarm.live) is not None]

    def put(self, alarm: Alarm) -> Alarm:
        """Keep this version; the index follows."""
        before = self.alarms.get(alarm.alarm_id)
        if before is not None and before.live is not None:
            self.by_channel.pop(before.live.channel_id, None)
        self.alarms[alarm.alarm_id] = alarm
        if alarm.live is not None and alarm.live.system == self.system:
            self.by_channel[alarm.live.channel_id] = alarm.alarm_id
        return alarm

    def close(self, alarm_id: UUID) -> None:
        before = self.alarms.pop(alarm_id, None)
        if before is not None and before.live is not None:
            self.by_channel.pop(before.live.channel_id, None)
        self.closed[alarm_id] = None
        self.closed.move_to_end(alarm_id)
        while len(self.closed) > CLOSED_KEPT:
            self.closed.popitem(last=False)
