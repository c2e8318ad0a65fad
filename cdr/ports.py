"""Ports of the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from cdr.backfill.ports import BackfillSpeechPort
from cdr.recordings.control.ports import Listeners, RecordingSwitch, RunningCalls
from cdr.reports.schedules.ports import EvaluationReports, Mailer, ReportOwners
from core.actor import Actor
from core.audit import Audit, TransactionAudit
from core.bus import BatchBus
from core.second_person import OrdersApproved
from core.storage import Storage
from core.views import Views


class ViewAudit(Audit, TransactionAudit, Views, Protocol):
    """With `viewed`: looks at what was said and recorded, and at a number's calls."""


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
    """The present talker of a talkgroup, as desks see it. `came_from` as of a talk that is over."""

    party: str
    name: str
    priority: int
    emergency: bool
    since: datetime
    came_from: str = ""


class TalkgroupAccess(Protocol):
    async def may_monitor(self, group: str, actor: Actor) -> bool | None:
        """Whether the person has the talkgroup's right to listen, or sees the case of the conference; None
        when there is none.
        """
        ...

    def on_air(self, group: str) -> OnAir | None:
        """The talker who has the floor of the talkgroup now; None while it is idle."""
        ...


class CasesToAccept(Protocol):
    async def hears(self, actor: Actor, call_ids: Sequence[UUID]) -> bool:
        """Whether a case of one of these calls is this acceptor's to verify or to close, or was closed by
        him. `call_ids` are the ids of one call.
        """
        ...


class Scorers(Protocol):
    async def names(self) -> Mapping[str, str]:
        """The name of each person who may score calls, by id."""
        ...


Suspect = Callable[[Actor, str], None]
"""Asks a supervisor to look at what this person does; the word says what it is."""

CurrentActor = Callable[..., Awaitable[Actor]]
"""The FastAPI dependency that gives the signed-in person, or raises `Unauthenticated`."""


@dataclass(frozen=True, slots=True)
class CdrPorts:
    """`actor` is the FastAPI dependency that gives the signed-in person."""

    storage: Storage
    bus: BatchBus
    audit: ViewAudit
    actor: CurrentActor
    roster: Roster
    live_calls: LiveCalls
    cel_counter: CelCounter
    recorder: RecordingSwitch
    running: RunningCalls
    listeners: Listeners
    late_speech: BackfillSpeechPort
    talkgroups: TalkgroupAccess
    second_person: OrdersApproved
    suspect: Suspect
    cases_to_accept: CasesToAccept
    scorers: Scorers
    mailer: Mailer
    report_owners: ReportOwners
    evaluations: EvaluationReports
