"""Ports of the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cdr.backfill.ports import BackfillSpeechPort
from cdr.recordings.control.ports import Listeners, RecordingSwitch, RunningCalls
from core.actor import Actor
from core.bus import BatchBus
from core.second_person import OrdersApproved
from core.storage import Storage
from core.views import Views


class Audit(Views, Protocol):
    """With `viewed`: looks at what was said and recorded, and at a number's calls."""

    async def record(self, actor: Actor, action: str, subject: str) -> None:
        """Write down who did what to which record. Raises when that is impossible: then it is not done."""
        ...


class Roster(Protocol):
    def agent_of(self, endpoint: str, at: datetime) -> str | None:
        """The id of the person who sat at this endpoint at that time, None when nobody did."""
        ...


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """What Asterisk says is alive: every uniqueid and linkedid of its channels."""

    ids: frozenset[str]


class LiveCalls(Protocol):
    async def snapshot(self) -> LiveSnapshot | None:
        """The channels as they are now; None when that is not known (no link to Asterisk)."""
        ...


@dataclass(frozen=True, slots=True)
class SeenEvents:
    """How many CEL events the AMI link brought since it came up; taps not counted. `epoch` is the link."""

    epoch: int
    count: int


class CelCounter(Protocol):
    def seen(self) -> SeenEvents | None:
        """None while there is no link."""
        ...


@dataclass(frozen=True, slots=True)
class OnAir:
    """Who talks in a talkgroup now, as everybody is told. `came_from` as of a talk that is over."""

    party: str
    name: str
    priority: int
    emergency: bool
    since: datetime
    came_from: str = ""


class TalkgroupAccess(Protocol):
    """Answers at once, from memory."""

    def may_monitor(self, group: str, actor: Actor) -> bool | None:
        """Whether the person has the talkgroup's right to listen; None when there is no such talkgroup."""
        ...

    def on_air(self, group: str) -> OnAir | None:
        """Who holds the floor of the talkgroup now; None while nobody does."""
        ...


CurrentActor = Callable[..., Awaitable[Actor]]
"""The FastAPI dependency that gives the signed-in person, or raises `Unauthenticated`."""


@dataclass(frozen=True, slots=True)
class CdrPorts:
    """`actor` is the FastAPI dependency that gives the signed-in person. Without `roster`, calls carry no
    agents' names; without `live_calls`, only age closes a dead call; without `cel_counter`, nothing tells
    that Asterisk lost lines to a full disk; without `recorder` and `running`, no recording can be paused;
    without `listeners`, who listens live is not told of a pause; without `late_speech`, gaps of transcripts
    are never filled; without `talkgroups`, nobody hears what was said in one; without `second_person`, nobody
    erases by hand.
    """

    storage: Storage
    bus: BatchBus
    audit: Audit
    actor: CurrentActor
    roster: Roster | None = None
    live_calls: LiveCalls | None = None
    cel_counter: CelCounter | None = None
    recorder: RecordingSwitch | None = None
    running: RunningCalls | None = None
    listeners: Listeners | None = None
    late_speech: BackfillSpeechPort | None = None
    talkgroups: TalkgroupAccess | None = None
    second_person: OrdersApproved | None = None
