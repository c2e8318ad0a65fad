"""Ports of this room. `gateway/wiring/cases.py` supplies these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cases.assignments.ports import CasePhotoStore, DepartmentStaff, NoPhotoStore, NoStaff
from cases.document.ports import DocumentSource, NoSource
from cases.events import CrewStep, VerificationFinding
from cases.exchange.ports import (
    FormMailer,
    FormWebhook,
    NoFormMailer,
    NoOrderReports,
    NoWebhook,
    OrderReports,
)
from cases.incidents.ports import CallerAnnouncer, NoAnnouncer
from cases.near.ports import NearSource
from cases.operating_mode.ports import ModeApprovals, NoApprovals
from cases.plans.ports import NoDeeds, PlanDeeds
from cases.pruning.ports import CaseHolds, NoHolds
from cases.reports.offers.ports import NoReportAgents, ReportAgents
from cases.superior.attachments.ports import AttachmentFiles, NoAttachmentFiles
from cases.timeline.ports import TimelineSource
from cases.verification.ports import InspectorDirectory, NoInspectors, NoTaskPhotos, TaskPhotos
from core.actor import Actor
from core.audit import TransactionAudit
from core.bus import Bus
from core.errors import Unavailable
from core.place import Position
from core.storage import Storage, Transaction
from core.views import Views

CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a case must know of its call: the caller's number, empty when withheld."""

    number: str = ""
    confidential: bool = False


class CallDirectory(Protocol):
    async def facts(self, call_id: UUID) -> CallFacts | None:
        """None when the call is not known (any more)."""
        ...

    async def may_hear(self, actor: Actor, call_id: UUID) -> bool:
        """True for supervisors, and for an agent who is or was on the call: what was said in it, its drafts
        and its offers are for them.
        """
        ...

    async def takes_part(self, actor: Actor, call_id: UUID) -> bool:
        """True for an agent who is or was on the call: its drafts are his work."""
        ...


@dataclass(frozen=True, slots=True)
class UnitReport:
    """A unit's word about a dispatch; `msg_id` tells a copy, `at` is the unit's own clock."""

    unit_id: str
    dispatch_id: UUID
    step: CrewStep
    msg_id: str
    at: datetime
    reason: str = ""
    note: str = ""
    finding: VerificationFinding | None = None
    """What an inspector found, of a verification task that is answered."""
    position: Position | None = None
    """Where the device was when that was said."""


class NoAudit:
    """Without an audit trail nobody does what has to stand in it; what the program does by itself stands in
    the log of the case.
    """

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        """Raises `Unavailable`."""
        del transaction, subject, detail
        if not actor.id.startswith("system:"):
            raise Unavailable(f"there is no audit trail for {action} here", remedy="do it at the desk")


@dataclass(frozen=True, slots=True)
class PairedPicture:
    """A picture by a camera; `photo_id` is its photo of the case."""

    photo_id: UUID
    camera: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class CameraPair:
    """The place of a case before the work and after it."""

    before: PairedPicture
    after: PairedPicture


class CameraPairs(Protocol):
    async def of_case(self, case_id: UUID) -> CameraPair | None:
        """None unless both pictures are named."""
        ...


class NoCameraPairs:
    async def of_case(self, case_id: UUID) -> CameraPair | None:
        del case_id
        return None


@dataclass(frozen=True, slots=True)
class CasesPorts:
    storage: Storage
    bus: Bus
    calls: CallDirectory
    current_user: CurrentUser
    views: Views
    timeline: Sequence[TimelineSource] = ()
    """What other rooms add to a case's timeline."""
    document: DocumentSource = field(default_factory=NoSource)
    """What other rooms add to the document of a case."""
    announcer: CallerAnnouncer = field(default_factory=NoAnnouncer)
    audit: TransactionAudit = field(default_factory=NoAudit)
    mode_approvals: ModeApprovals = field(default_factory=NoApprovals)
    """Who approves another operating mode."""
    photos: CasePhotoStore = field(default_factory=NoPhotoStore)
    """Pictures of cases, for departments."""
    webhook: FormWebhook = field(default_factory=NoWebhook)
    form_mailer: FormMailer = field(default_factory=NoFormMailer)
    """How forms reach departments that do not work at the desk."""
    order_reports: OrderReports = field(default_factory=NoOrderReports)
    """Takes work orders of another system as reports."""
    inspectors: InspectorDirectory = field(default_factory=NoInspectors)
    """The units that verify."""
    task_photos: TaskPhotos = field(default_factory=NoTaskPhotos)
    """What inspectors took for their tasks."""
    reports_kept_days: int = 365
    """How long reports of citizens are kept; those of inspectors that became no case, too."""
    report_agents: ReportAgents = field(default_factory=NoReportAgents)
    """Whom a report may be offered to."""
    camera_pairs: CameraPairs = field(default_factory=NoCameraPairs)
    """Pictures by cameras before and after the work."""
    staff: DepartmentStaff = field(default_factory=NoStaff)
    """People and units of departments."""
    plan_deeds: PlanDeeds = field(default_factory=NoDeeds)
    """What steps of emergency plans do in other rooms."""
    letters: AttachmentFiles = field(default_factory=NoAttachmentFiles)
    """Where letters of superiors' orders lie."""
    holds: CaseHolds = field(default_factory=NoHolds)
    """Which cases a legal hold keeps."""
    near: Sequence[NearSource] = ()
    """What other rooms know near a place."""
