"""Actions on members and callers of queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.values import Dialplan


@dataclass(frozen=True, slots=True)
class QueueAdd:
    name: ClassVar[str] = "QueueAdd"
    rings: ClassVar[bool] = False
    queue: str
    member: str
    member_name: str = ""
    state_interface: str = ""
    penalty: int = 0
    paused: bool = False
    reason: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        headers = [
            ("Queue", values.queue(self.queue)),
            ("Interface", dialplan.phone(self.member)),
            ("Penalty", str(int(self.penalty))),
            ("Paused", parts.yes(self.paused)),
        ]
        if self.member_name:
            headers.append(("MemberName", values.text(self.member_name)))
        if self.state_interface:
            headers.append(("StateInterface", values.member(self.state_interface)))
        if self.reason and self.paused:
            headers.append(("Reason", values.text(self.reason)))
        return headers


@dataclass(frozen=True, slots=True)
class QueueRemove:
    name: ClassVar[str] = "QueueRemove"
    rings: ClassVar[bool] = False
    queue: str
    member: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Queue", values.queue(self.queue)), ("Interface", values.member(self.member))]


@dataclass(frozen=True, slots=True)
class QueuePause:
    """Pause or unpause a member, in one queue or in all; `reason` is a code word, not free text."""

    name: ClassVar[str] = "QueuePause"
    rings: ClassVar[bool] = False
    member: str
    paused: bool
    queue: str = ""
    reason: str = ""

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        headers = [("Interface", values.member(self.member)), ("Paused", parts.yes(self.paused))]
        if self.queue:
            headers.append(("Queue", values.queue(self.queue)))
        if self.reason:
            headers.append(("Reason", values.text(self.reason)))
        return headers


@dataclass(frozen=True, slots=True)
class QueuePenalty:
    """A member with a lower penalty is rung before one with a higher."""

    name: ClassVar[str] = "QueuePenalty"
    rings: ClassVar[bool] = False
    queue: str
    member: str
    penalty: int

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Interface", values.member(self.member)),
            ("Penalty", str(max(0, int(self.penalty)))),
            ("Queue", values.queue(self.queue)),
        ]


@dataclass(frozen=True, slots=True)
class QueuePriority:
    """Put a waiting caller, by the name of his channel, where this level belongs, at once.

    The number is made as in dialplan/reach.conf: level first, then who came earlier (`since`, Unix seconds).
    """

    name: ClassVar[str] = "QueueChangePriorityCaller"
    rings: ClassVar[bool] = False
    queue: str
    channel: str
    level: int
    since: float

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        earlier = 99_999_999 - (int(self.since) - 1_750_000_000) % 100_000_000
        return [
            ("Queue", values.queue(self.queue)),
            ("Caller", values.channel(self.channel)),
            ("Priority", str(_level(self.level) * 100_000_000 + earlier)),
            ("Immediate", "yes"),
        ]


@dataclass(frozen=True, slots=True)
class CallerLevel:
    """The level (0–20) with which a caller enters his next round in the queue."""

    name: ClassVar[str] = "Setvar"
    rings: ClassVar[bool] = False
    channel: str
    level: int

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [
            ("Variable", "FLOW_PRIORITY"),
            ("Value", str(_level(self.level))),
            ("Channel", values.channel(self.channel)),
        ]


def _level(level: int) -> int:
    return max(0, min(int(level), 20))
