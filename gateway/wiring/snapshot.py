"""The shape of what a desk begins with: the first frame of the live link, made by `gateway.wiring.centre`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cases.events import (
    CaseView,
    DraftEditorsChanged,
    DraftView,
    IncidentView,
    OperatingModeView,
    ReportOfferView,
    SuggestionView,
    VerificationSummary,
)
from cdr.events import RecordingPaused
from cdr.views import LedgerSegment
from field.emergency.centre.http import EmergencyAlarmView
from field.events import UnitChanged, UnitPlace
from field.texts.centre.http import TextView
from hotline.events import (
    AgentView,
    AlarmCallView,
    BoardView,
    CallbackOffered,
    CallerContext,
    CallView,
    DrainView,
    QueueView,
)
from identity.events import RightsAlarm, SignInAttack
from identity.http import UserView
from radio_bridge.centre.floor.events import FloorChanged


class Suggested(BaseModel):
    """The articles that are offered for a call."""

    call_id: UUID
    suggestions: list[SuggestionView]


class DeskState(BaseModel):
    """All that now is, as far as this viewer may see it; a room that tells him nothing leaves its part out.

    `contexts` is by call; `pauses` are recordings that are paused now; `away` names the parts whose database
    cannot be reached; `reports_waiting` are drafts without a call that nobody has taken, the oldest since
    `reports_oldest`, and `report_offer` is the one that is offered to the viewer; `verifications` are tasks
    of inspectors without an answer, and those of open drafts.
    """

    calls: list[CallView]
    contexts: dict[UUID, CallerContext]
    queues: list[QueueView]
    agents: list[AgentView]
    segments: list[LedgerSegment]
    pauses: list[RecordingPaused]
    board: BoardView
    drain: DrainView
    callback_offer: CallbackOffered | None
    attacks: list[SignInAttack]
    rights_alarms: list[RightsAlarm]
    cases: list[CaseView]
    reports_waiting: int
    reports_oldest: datetime | None
    report_offer: ReportOfferView | None
    verifications: list[VerificationSummary]
    suggestions: list[Suggested]
    incidents: list[IncidentView]
    mode: OperatingModeView
    drafts: list[DraftView]
    editing: list[DraftEditorsChanged]
    floors: list[FloorChanged]
    units: list[UnitChanged]
    places: list[UnitPlace]
    alarm_calls: list[AlarmCallView]
    emergencies: list[EmergencyAlarmView]
    unread_texts: list[TextView]


class DeskStateSnapshot(DeskState):
    me: UserView
    away: list[str]
