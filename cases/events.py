"""What this room tells others. Views are also the answers of its routes, so screen and event agree.

No event about a dispatch holds the caller's number; a field unit learns the place and the problem only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cases.area_class import AreaClass
from cases.shown import Shown, stored
from core.events import PERSONAL, PUBLIC, Delivery, Event
from core.place import Position
from core.scopes import Scope, ScopeLimit

DraftState = Literal["open", "confirmed", "discarded"]


class CaseState(StrEnum):
    """`done` awaits verification; only a verified case is closed. `handed_over` is the record of a report
    that went to 110, 119, 120 or 122. `merged`: another case goes on for it, until that is undone.
    """

    FILED = "filed"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    MERGED = "merged"


class CaseSource(StrEnum):
    """How a report came (GB/T 30428.1, source of a case). `emergency`: from a unit's emergency alarm;
    `paper`: written down while the service was down; `superior`: an order from above; `other_system`: handed
    over by another system, as of the police.
    """

    TELEPHONE = "telephone"
    WECHAT = "wechat"
    WEB = "web"
    SMS = "sms"
    EMAIL = "email"
    OPEN311 = "open311"
    INSPECTOR = "inspector"
    EMERGENCY = "emergency"
    VIDEO = "video"
    OTHER_SYSTEM = "other_system"
    SUPERIOR = "superior"
    MEDIA = "media"
    PAPER = "paper"


class PositionSource(StrEnum):
    """Where the coordinates of a case come from: its reporter's device, a unit's, a measured place of the
    gazetteer, the part register, or a shipped place that nobody has measured.
    """

    REPORTER = "reporter"
    UNIT = "unit"
    PLACE = "place"
    PART = "part"
    INVENTED = "invented"


class DeclineReason(StrEnum):
    """Why no case was made of a report: its case exists already, it is not the city's work, it does not say
    what or where, or it reports nothing.
    """

    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    UNCLEAR = "unclear"
    NO_REPORT = "no_report"


class DispatchStep(StrEnum):
    """How far a dispatch has come: the one word for it of the centre, the crew and the desk.

    `queued` until the unit says something; then what it says, in the order in which that normally comes.
    `declined`, `returned` and `recalled` (by the centre) end it without the work.
    """

    QUEUED = "queued"
    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    ACCEPTED = "accepted"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    DONE = "done"
    DECLINED = "declined"
    RETURNED = "returned"
    RECALLED = "recalled"

    @property
    def rank(self) -> int:
        """The place on the way, from 0; every end of it has the same. A report never leads back."""
        return _RANKS[self]

    @property
    def ends(self) -> bool:
        """Whether no step follows: done, declined, returned, recalled."""
        return self.rank == DispatchStep.DONE.rank


CrewStep = Literal[
    DispatchStep.DELIVERED,
    DispatchStep.DISPLAYED,
    DispatchStep.ACCEPTED,
    DispatchStep.DECLINED,
    DispatchStep.ON_THE_WAY,
    DispatchStep.ARRIVED,
    DispatchStep.DONE,
    DispatchStep.RETURNED,
]
"""The steps that a unit may report. `queued` and `recalled` are the centre's alone."""

CREW_STEPS: Final[frozenset[DispatchStep]] = frozenset(get_args(CrewStep))

UNDER_WAY: Final = frozenset({DispatchStep.ACCEPTED, DispatchStep.ON_THE_WAY, DispatchStep.ARRIVED})
"""Steps at which the crew has the job and has not ended it."""

_RANKS: Final[Mapping[DispatchStep, int]] = {
    DispatchStep.QUEUED: 0, DispatchStep.DELIVERED: 1, DispatchStep.DISPLAYED: 2, DispatchStep.ACCEPTED: 3,
    DispatchStep.ON_THE_WAY: 4, DispatchStep.ARRIVED: 5, DispatchStep.DONE: 6, DispatchStep.DECLINED: 6,
    DispatchStep.RETURNED: 6, DispatchStep.RECALLED: 6,
}  # fmt: skip


class AssignmentState(StrEnum):
    """Where an assignment of a case to a department stands. `answered`, `finished` and `withdrawn` leave the
    department nothing to do; what leads from one to another is a table that a city edits.
    """

    WAITING = "waiting"
    HANDLING = "handling"
    RETURNED = "returned"
    SENT_BACK = "sent_back"
    DISPUTED = "disputed"
    EXTENSION_ASKED = "extension_asked"
    SUSPENSION_ASKED = "suspension_asked"
    POSTPONEMENT_ASKED = "postponement_asked"
    SUSPENDED = "suspended"
    POSTPONED = "postponed"
    ANSWERED = "answered"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class AssignmentAction(StrEnum):
    """What happens to an assignment: by its department, by the centre, or with its case (`settle`: the case
    was done without the answer; `finish`: it was closed; `reopen`: it was reopened after closing).
    """

    DISPATCH = "dispatch"
    SIGN = "sign"
    ANSWER = "answer"
    RETURN = "return"
    REFUSE_RETURN = "refuse_return"
    OBJECT = "object"
    UPHOLD = "uphold"
    OVERRULE = "overrule"
    REASSIGN = "reassign"
    ASK_EXTENSION = "ask_extension"
    ASK_SUSPENSION = "ask_suspension"
    ASK_POSTPONEMENT = "ask_postponement"
    APPROVE = "approve"
    REFUSE = "refuse"
    RESUME = "resume"
    DELEGATE = "delegate"
    TAKE_BACK = "take_back"
    REMIND = "remind"
    SUPERVISE = "supervise"
    REWORK = "rework"
    WITHDRAW = "withdraw"
    SETTLE = "settle"
    FINISH = "finish"
    REOPEN = "reopen"


OUTSIDE_INSPECTORS: Final = "department:"
"""Begins, before the id of a department, what stands in place of a unit for inspectors in another system."""


class VerificationState(StrEnum):
    """How far a verification task has come (GB/T 30428.1, 核实 and 核查)."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"
    RECALLED = "recalled"
    EXPIRED = "expired"


class VerificationFinding(StrEnum):
    """What an inspector found: as reported, nothing of it, or something else."""

    CONFIRMED = "confirmed"
    NOT_FOUND = "not_found"
    DIFFERS = "differs"


class CaseProgress(StrEnum):
    """How far a case has come, in one word for citizen and desk: by its state and its dispatches.

    `received`: nobody has it yet; `assigned`: a unit was sent it and has not accepted; `in_progress`: a unit
    has accepted it, or a department has signed for it. `merged`: how far the other case has come is told
    instead.
    """

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    MERGED = "merged"


class RelationKind(StrEnum):
    """How two cases are related. `cause`: the first brought the second about; `follows`: the first is work
    that the second left over; `split`: the first was split from the second.
    """

    CAUSE = "cause"
    SAME_PLACE = "same_place"
    FOLLOWS = "follows"
    SPLIT = "split"


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Evidence(_View):
    """Characters (code points) `start` up to `end` of a transcript segment's text."""

    segment_id: str
    start: int
    end: int


class Alternative(_View):
    value: Annotated[str, PERSONAL]
    confidence: float


class EarlierValue(_View):
    """A value that was overwritten, and can be restored. `author` and `author_name` are empty for drafting;
    `at` is when it was written, None where that is not known.
    """

    value: Annotated[str, PERSONAL]
    by: Literal["draft", "agent"]
    author: str = ""
    author_name: str = ""
    at: datetime | None = None


class FieldValue(_View):
    """One field of a draft as it stands. `value` is None where it was cleared or never known; `by` is `draft`
    or `agent`; `rev` rises with each change of this field. `author` is who wrote it, empty for drafting, and
    `at` when. `earlier` are values that were overwritten, the newest first.

    `shown` says how `value` is shown, and is `offered` where there is none; `confidence` is how likely it is.
    `others` are the next best, best first; `runner_up` is the first of them. `detail` are the parts of a
    structured value and, as `said`, its words; empty for a field without any.
    """

    value: Annotated[str | None, PERSONAL] = None
    confidence: float = Field(default=0.0, ge=0, le=1)
    shown: Shown = Shown.OFFERED
    evidence: tuple[Evidence, ...] = ()
    runner_up: Alternative | None = None
    others: tuple[Alternative, ...] = ()
    by: Literal["draft", "agent"] = "draft"
    rev: int = 0
    detail: Annotated[Mapping[str, str | int | float], PERSONAL] = Field(default_factory=dict)
    author: str = ""
    author_name: str = ""
    at: datetime | None = None
    earlier: tuple[EarlierValue, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _stored_without(cls, field: Any) -> Any:
        """A draft that was stored without `shown` has it by its confidence."""
        if isinstance(field, Mapping) and "shown" not in field:
            return {**field, "shown": stored(field)}
        return field


class AdditionalProblem(_View):
    """A second problem that was told in the same call and has no draft of its own yet: class and words. The
    agent opens a draft for it, or lets it be.
    """

    category: str
    confidence: float
    evidence: tuple[Evidence, ...]


class Duplicate(_View):
    """A filed case that this draft may repeat. `near`: within the metres; else the same place in words,
    because no coordinates are known. `same-street`: filed minutes ago. `incident`: the parent case of a mass
    incident that is open. The agent decides; nothing is merged.
    """

    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    why: Literal["near", "same-address", "same-crossing", "same-street", "incident"]
    metres: float | None = None
    filed_at: datetime


class PartView(_View):
    """A part of the register: a thing of the city that stands somewhere, such as a lamp post (GB/T 30428.2).

    `part_id`: 16 digits, county, major and minor class, sequence. `label` is the number painted on it.
    `category` is the class as cases name it, empty where the catalogue does not know it. Degrees of WGS-84.
    Which part it is tells where a draft is, so that is personal there; the register itself is not.
    """

    part_id: Annotated[str, PERSONAL]
    label: Annotated[str, PERSONAL] = ""
    name: str
    category: str = ""
    district: str = ""
    address: Annotated[str, PERSONAL] = ""
    owner: str = ""
    authority: str = ""
    maintainer: str = ""
    state: str = ""
    cell: Annotated[str, PERSONAL] = ""
    position: Annotated[Position | None, PERSONAL] = None
    metres: float | None = None
    """From where was asked."""


class DangerAlarmView(_View):
    """Danger to life: the rule that heard it, the number to hand over to, and the words."""

    rule: str
    number: str
    evidence: Evidence
    dismissed: bool = False


class DraftView(_View):
    """A draft as a desk shows it; `fields` by their names. One without a call came by the channel that
    `source` names; `taken_by` is the agent who has taken it out of the queue. `holder` is who has taken it
    over: he alone edits it; empty while it is in the hands of the agents of its call.
    """

    draft_id: Annotated[UUID, PUBLIC]
    call_id: Annotated[UUID | None, PUBLIC]
    state: DraftState
    case_id: Annotated[UUID | None, PUBLIC] = None
    rev: int = 0
    fields: dict[str, FieldValue]
    alarms: list[DangerAlarmView] = []
    additional_problems: list[AdditionalProblem] = []
    duplicates: list[Duplicate] = []
    about: str | None = None
    source: CaseSource = CaseSource.TELEPHONE
    taken_by: str | None = None
    holder: str = ""
    holder_name: str = ""
    part: PartView | None = None
    """The part that it is about, of which the case will have owner and position."""
    parts: list[PartView] = []
    """Parts that bear the number that was said, for somebody to choose from."""


class DraftEditorView(_View):
    """Somebody whose hands are in a field of a draft, and since when."""

    person: str
    name: str
    field: str
    since: datetime


class DispatchView(_View):
    dispatch_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    unit_id: str
    step: DispatchStep
    reason: Annotated[str | None, PERSONAL] = None
    note: Annotated[str | None, PERSONAL] = None
    at: datetime
    takes_over: Annotated[UUID | None, PUBLIC] = None
    """The dispatch that ends when this one is accepted."""
    assignment_id: Annotated[UUID | None, PUBLIC] = None
    """The assignment of the department that sent its own unit."""


class ArticleUseView(_View):
    """An article's version that was told in a call or put into a case; the version's words stay for ever."""

    use_id: Annotated[UUID, PUBLIC]
    article_id: Annotated[UUID, PUBLIC]
    number: int
    name: str
    language: Literal["zh", "en"]
    title: str
    sha256: str
    call_id: Annotated[UUID | None, PUBLIC] = None
    case_id: Annotated[UUID | None, PUBLIC] = None
    actor: str
    at: datetime


class SuggestionView(_View):
    """An article that fits what is being said. `words` are the citizen's own, `evidence` where he said them;
    `by_category` that the draft's class is among the article's.
    """

    article_id: Annotated[UUID, PUBLIC]
    number: int
    name: str
    language: Literal["zh", "en"]
    title: str
    score: float
    by_category: bool = False
    words: Annotated[list[str], PERSONAL] = []
    evidence: list[Evidence] = []


class DeadlineState(StrEnum):
    """Where a clock stands: running, past its warning, past its deadline, or stopped."""

    RUNNING = "running"
    WARNED = "warned"
    OVERDUE = "overdue"
    STOPPED = "stopped"


class OutsideDeadlineView(_View):
    """Until when somebody outside wants it handled: `12345` by its work order, a `superior` by his order.
    `reference` is his number of it.
    """

    due_at: datetime
    set_by: str
    reference: str


class CaseDeadlineView(_View):
    """The clock of a case that runs or ran last. `limit` is the city's own wording. `assumed`: the class has
    several conditions and nobody chose one, so the strictest limit counts. `was_overdue`: a deadline of this
    case once passed, also of an earlier clock. `area_class`: the limit is the row's own for areas of that
    class; None where the row's general limit counts. `decided_by` says whose deadline `due_at` is: the
    `limit`'s, `12345`'s or a `superior`'s.
    """

    stage: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    provisional: bool
    limit: str
    condition_zh: str
    condition_en: str
    assumed: bool
    state: DeadlineState
    stopped_at: datetime | None = None
    was_overdue: bool = False
    area_class: AreaClass | None = None
    decided_by: str = "limit"
    outside: OutsideDeadlineView | None = None


class ResponsibleDepartmentView(_View):
    id: str
    name_zh: str
    name_en: str


class CaseResponsibilityView(_View):
    """Who answers for a case. `why` and `row` are of the row of the responsibility catalogue that decided;
    where a person chose the host, `chosen_by` is who, and the reason stands in the case's log.
    """

    host: ResponsibleDepartmentView
    assists: list[ResponsibleDepartmentView] = []
    why: str = ""
    row: int | None = None
    chosen_by: str | None = None


class AssignmentClockView(_View):
    """The clock of an assignment that runs or ran last. `due_at` and `warn_at` are None while it is paused,
    unless a deadline from outside goes on. `extended_h`: counted hours that were granted beyond the limit.
    `was_overdue`: the department was late once, whatever came after. `decided_by`: as of a case's clock.
    """

    started_at: datetime
    limit: str
    due_at: datetime | None
    warn_at: datetime | None
    paused_at: datetime | None
    extended_h: float
    provisional: bool
    state: DeadlineState
    stopped_at: datetime | None
    was_overdue: bool
    area_class: AreaClass | None = None
    decided_by: str = "limit"
    outside: OutsideDeadlineView | None = None


class AssignmentHandlerView(_View):
    """Whom the department gave its case to: one of its people, or a unit of its own with the job `job_id`."""

    id: str
    name: str
    job_id: Annotated[UUID | None, PUBLIC] = None


class AssignmentView(_View):
    """A case in the hands of a department. `rev` rises with every act: who acts says which one he saw.

    `asked_…` are of the request that was made last, `decided_by` who refused last; `answer` and `photos` are
    the department's answer, `before` its photos of how it was. `part`: the host answers for the case,
    others assist; the case is done when all that `must_answer` have answered.
    """

    assignment_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    case_number: Annotated[str, PUBLIC]
    department: ResponsibleDepartmentView
    part: Literal["host", "assist"]
    must_answer: bool
    state: AssignmentState
    rev: int
    since: datetime
    updated_at: datetime
    last_act: AssignmentAction
    last_by: str
    last_by_name: str
    asked_by: str = ""
    asked_text: Annotated[str, PERSONAL] = ""
    asked_h: float | None = None
    decided_by: str = ""
    answer: Annotated[str, PERSONAL] = ""
    photos: list[UUID] = []
    before: list[UUID] = []
    handler: AssignmentHandlerView | None = None
    returns: int = 0
    reworks: int = 0
    reminders: int = 0
    supervision: int = 0
    clock: AssignmentClockView | None = None


class CaseReferenceView(_View):
    """Another case by its names."""

    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    spoken_code: Annotated[str, PUBLIC]


class MergedCaseView(CaseReferenceView):
    """A case that was merged into this one, itself or by way of another; `report_ids` as of a case."""

    report_ids: list[UUID] = []


class CaseRelationView(_View):
    """A related case. `forward`: this case is the first of the two that `RelationKind` speaks of."""

    relation_id: Annotated[UUID, PUBLIC]
    kind: RelationKind
    forward: bool
    other: CaseReferenceView
    reason: Annotated[str, PERSONAL]
    at: datetime
    by: str


class CaseClosingView(_View):
    """The standard condition under which a case was closed, in the words of that time; `version` is that of
    the city's table.
    """

    condition_id: str
    condition_zh: str
    condition_en: str
    version: str


class SuperiorOrderView(_View):
    """The order behind a case: `ordered_by` is a person or an office, `reference` its number of the order."""

    ordered_by: str
    reference: str
    due_at: datetime | None


class CaseView(_View):
    """A case as a desk shows it: every field of its draft, under the same name. `spoken_code` is the short
    number that a citizen is told.

    `version` rises with every act on the case. `survivor` is the case that goes on for a merged one, the last
    of a chain; `merged` are those for which this one goes on, whose calls stand in `call_ids` after its own.
    `report_ids` are the citizens' reports that it was filed from.
    """

    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    spoken_code: Annotated[str, PUBLIC]
    state: CaseState
    progress: CaseProgress = CaseProgress.RECEIVED
    category: str | None
    category_name: str | None
    category_name_en: str | None = None
    district: str | None
    district_name: str | None = None
    address: Annotated[str | None, PERSONAL]
    crossing: Annotated[str | None, PERSONAL]
    description: Annotated[str | None, PERSONAL]
    urgency: str | None
    handoff: str | None = None
    intent: str | None = None
    time: str | None = None
    count: str | None = None
    callback: Annotated[str | None, PERSONAL] = None
    caller: Annotated[str | None, PERSONAL] = None
    asset: str | None = None
    relative: Annotated[str | None, PERSONAL] = None
    subdistrict: str | None = None
    subdistrict_name: str | None = None
    cell: Annotated[str | None, PERSONAL] = None
    beat: Annotated[str | None, PERSONAL] = None
    area_class: AreaClass | None = None
    """The class of the area (管理区域) that it lies in, by its beat or the city's default."""
    part_id: Annotated[str | None, PERSONAL] = None
    owner: str | None = None
    """Who owns the part, as the register names it."""
    position_source: PositionSource | None = None
    department: str | None = None
    confidential: bool
    acceptor: str | None = None
    source: CaseSource = CaseSource.TELEPHONE
    taken_at: datetime | None = None
    """When somebody wrote it on paper; `filed_at` is when it was entered."""
    taken_by: str | None = None
    ordered: SuperiorOrderView | None = None
    call_ids: list[UUID]
    filed_at: datetime
    filed_by: str
    updated_at: datetime
    deadline: CaseDeadlineView | None = None
    responsible: CaseResponsibilityView | None = None
    dispatches: list[DispatchView] = []
    articles: list[ArticleUseView] = []
    version: int = 0
    survivor: CaseReferenceView | None = None
    merged: list[MergedCaseView] = []
    relations: list[CaseRelationView] = []
    report_ids: list[UUID] = []
    closing: CaseClosingView | None = None


class IncidentView(_View):
    """A mass incident: its parent case, what agents read about it, what waiting callers hear, and the calls
    that belong to it.
    """

    incident_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    spoken_code: Annotated[str, PUBLIC]
    title: str
    words: str = ""
    prompt: str = ""
    category_name: str | None = None
    category_name_en: str | None = None
    district: str | None = None
    call_ids: list[UUID] = []
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    ended_by: str = ""


class IncidentChanged(Event):
    """A mass incident as it is now, also one that was ended; the next one makes up for a lost one."""

    TYPE: ClassVar[str] = "cases.incident_changed"
    incident: IncidentView


class OperatingMode(StrEnum):
    """Peace, emergency, wartime (平时、应急、战时): each above the one before."""

    PEACE = "peace"
    EMERGENCY = "emergency"
    WARTIME = "wartime"


class OperatingModeView(BaseModel):
    """A version of the mode. `alone`: one person switched, and `confirmed_by` is the second, empty until he
    has; `overdue`: he should have. `roles` are those that people of a role have besides.
    """

    mode: OperatingMode
    before: OperatingMode
    version: int
    why: str
    by: str
    since: datetime
    alone: bool
    confirmed_by: str
    confirmed_at: datetime | None
    overdue: bool
    incident_id: UUID | None
    greeting: str
    roles: dict[str, list[str]]


class OperatingModeChanged(Event):
    """Another mode holds, or a second person has confirmed it."""

    TYPE: ClassVar[str] = "cases.operating_mode_changed"
    DELIVERY: ClassVar[Delivery] = "durable"
    mode: OperatingModeView


class DraftChanged(Event):
    """A draft as it is now; the next one makes up for a lost one."""

    TYPE: ClassVar[str] = "cases.draft_changed"
    call_id: Annotated[UUID | None, PUBLIC]
    draft: DraftView


class ReportsWaiting(Event):
    """How many drafts without a call wait for an agent, and since when the oldest does; it follows every
    change of their queue.
    """

    TYPE: ClassVar[str] = "cases.reports_waiting"
    waiting: int
    oldest: datetime | None = None


class ReportOfferView(_View):
    """A report as an agent is offered it, until `until`: nothing of it that a citizen wrote or who he is."""

    draft_id: Annotated[UUID, PUBLIC]
    until: datetime
    source: CaseSource
    urgency: Literal["danger", "urgent", "normal"]
    waiting_since: datetime
    category_name: str | None
    category_name_en: str | None
    district_name: str | None


class ReportOffered(Event):
    """To one agent: this report is for him to take, until the offer goes on to the next one."""

    TYPE: ClassVar[str] = "cases.report_offered"
    agent_id: str
    offer: ReportOfferView


class ReportOfferOver(Event):
    """`taken`: somebody has it, or it is decided; `withdrawn`: its agent is free no more."""

    TYPE: ClassVar[str] = "cases.report_offer_over"
    agent_id: str
    draft_id: Annotated[UUID, PUBLIC]
    why: Literal["taken", "declined", "expired", "withdrawn"]


class ReportDeclined(Event):
    """No case was made of a report. `draft_id` is the report's id too."""

    TYPE: ClassVar[str] = "cases.report_declined"
    DELIVERY: ClassVar[Delivery] = "durable"
    draft_id: Annotated[UUID, PUBLIC]
    source: CaseSource
    reason: DeclineReason
    actor: str


class DraftEditorsChanged(Event):
    """Everybody who edits this draft now; the next one makes up for a lost one."""

    TYPE: ClassVar[str] = "cases.draft_editors_changed"
    call_id: Annotated[UUID | None, PUBLIC]
    draft_id: Annotated[UUID, PUBLIC]
    editors: list[DraftEditorView]


class FiledWhileEditing(Event):
    """For one editor, `agent_id`: `by` filed the draft while she was typing in it. Her page has her text."""

    TYPE: ClassVar[str] = "cases.filed_while_editing"
    agent_id: str
    call_id: Annotated[UUID | None, PUBLIC]
    draft_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    by: str
    by_name: str


class ArticlesSuggested(Event):
    """Up to three articles for a call as it goes on, in their places; the next makes up for a lost one."""

    TYPE: ClassVar[str] = "cases.articles_suggested"
    call_id: Annotated[UUID, PUBLIC]
    suggestions: list[SuggestionView]


class ArticleUsed(Event):
    """An agent put an article's version into his answer. At least one of `call_id`, `case_id` is there."""

    TYPE: ClassVar[str] = "cases.article_used"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID | None, PUBLIC]
    case_id: Annotated[UUID | None, PUBLIC]
    use: ArticleUseView


WHO_CALLED: Final = {"caller", "callback"}
"""The fields of a case that say who called and whom to call back: in the ledger they stand once, in the form
as it was filed.
"""


def _limit(case: CaseView) -> ScopeLimit:
    return ScopeLimit(Scope.DISTRICT, case.district, frozenset({case.filed_by}))


class CaseFiled(Event):
    """A draft was confirmed. `call_id` is the call in which it was; `drafted` and `final` stand side by side:
    what drafting alone made of the call, and what the agent confirmed.
    """

    TYPE: ClassVar[str] = "cases.case_filed"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID | None, PUBLIC]
    draft_id: Annotated[UUID | None, PUBLIC]
    confidential: bool
    case: CaseView
    drafted: Annotated[dict[str, str | None], PERSONAL]
    final: Annotated[dict[str, str | None], PERSONAL]

    def limited_by(self) -> ScopeLimit:
        return _limit(self.case)


class CaseChanged(Event):
    """A case took a step, or a call was linked to it. `reason` is what the actor wrote."""

    TYPE: ClassVar[str] = "cases.case_changed"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID | None, PUBLIC]
    confidential: bool
    case: CaseView
    act: str
    actor: str
    reason: Annotated[str, PERSONAL] = ""

    def limited_by(self) -> ScopeLimit:
        return _limit(self.case)


class CaseDeadlineWarned(Event):
    """A case is near its deadline; each clock of a case warns once."""

    TYPE: ClassVar[str] = "cases.deadline_warned"
    DELIVERY: ClassVar[Delivery] = "durable"
    confidential: bool
    case: CaseView

    def limited_by(self) -> ScopeLimit:
        return _limit(self.case)


class CaseDeadlinePassed(Event):
    """The deadline of a case has passed and the case was not done; once for each clock of a case."""

    TYPE: ClassVar[str] = "cases.deadline_passed"
    DELIVERY: ClassVar[Delivery] = "durable"
    confidential: bool
    case: CaseView

    def limited_by(self) -> ScopeLimit:
        return _limit(self.case)


class AssignmentChanged(Event):
    """An assignment took an act, its clock warned or ran out (`deadline_warned`, `deadline_passed`), or the
    unit that the department sent reported a step (`job_done`, …). `text` is what the actor wrote.
    `by_department`: he acts for a department, and not for the centre too.
    """

    TYPE: ClassVar[str] = "cases.assignment_changed"
    DELIVERY: ClassVar[Delivery] = "durable"
    confidential: bool
    assignment: AssignmentView
    act: str
    actor: str
    text: Annotated[str, PERSONAL] = ""
    district: str | None = None
    by_department: bool = False

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.DISTRICT, self.district)


class ExchangeFormQueued(Event):
    """A form to a department was written down; it goes to the receiver of `delivery_id` alone. A form that is
    sent again has another event.
    """

    TYPE: ClassVar[str] = "cases.exchange_form_queued"
    DELIVERY: ClassVar[Delivery] = "durable"
    delivery_id: Annotated[UUID, PUBLIC]


class DispatchQueued(Event):
    """A job for a unit. Everything the unit needs and nothing about the caller."""

    TYPE: ClassVar[str] = "cases.dispatch_queued"
    DELIVERY: ClassVar[Delivery] = "durable"
    dispatch_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    unit_id: str
    case_number: Annotated[str, PUBLIC]
    category: str
    category_name: str
    place: str
    description: str = ""
    urgent: bool = False
    confidential: bool = False
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    with_units: list[str] = Field(default_factory=list)
    """Other units that have this case now, or may believe so."""


class DispatchShared(Event):
    """Which other units have the case of this dispatch has changed: all of them, as it is now."""

    TYPE: ClassVar[str] = "cases.dispatch_shared"
    DELIVERY: ClassVar[Delivery] = "durable"
    dispatch_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    unit_id: str
    with_units: list[str] = Field(default_factory=list)


class DispatchRecalled(Event):
    """The centre takes a job back from its unit."""

    TYPE: ClassVar[str] = "cases.dispatch_recalled"
    DELIVERY: ClassVar[Delivery] = "durable"
    dispatch_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    unit_id: str
    reason: str = ""


class DispatchChanged(Event):
    """A dispatch took a step. `call_id` is the call that the case was filed from."""

    TYPE: ClassVar[str] = "cases.dispatch_changed"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID | None, PUBLIC]
    confidential: bool
    dispatch: DispatchView


class VerificationAsked(Event):
    """A verification task for an inspector. Everything the inspector needs and nothing about the caller;
    `number` is short, for people who speak of it.
    """

    TYPE: ClassVar[str] = "cases.verification_asked"
    DELIVERY: ClassVar[Delivery] = "durable"
    task_id: Annotated[UUID, PUBLIC]
    unit_id: str
    number: Annotated[str, PUBLIC]
    category: str
    category_name: str
    place: Annotated[str, PERSONAL]
    description: Annotated[str, PERSONAL] = ""
    urgent: bool = False
    confidential: bool = False
    lon: Annotated[float | None, PERSONAL] = None
    lat: Annotated[float | None, PERSONAL] = None
    accuracy_m: float | None = None
    due_at: datetime


class VerificationSummary(BaseModel):
    """A verification task without words: what was said of it stands with the draft or the case."""

    model_config = ConfigDict(frozen=True)

    task_id: Annotated[UUID, PUBLIC]
    draft_id: Annotated[UUID | None, PUBLIC] = None
    case_id: Annotated[UUID | None, PUBLIC] = None
    unit_id: str
    state: Annotated[VerificationState, PUBLIC]
    due_at: Annotated[datetime, PUBLIC]


class VerificationChanged(VerificationSummary, Event):
    """A verification task took a step. `reason` is what the inspector reads when it is taken back. `district`
    is that of the draft or the case; `people` asked for it or filed the case. `act` is what was done to the
    task, or `file`: its draft became a case.
    """

    TYPE: ClassVar[str] = "cases.verification_changed"
    DELIVERY: ClassVar[Delivery] = "durable"
    confidential: bool = False
    reason: Annotated[str, PERSONAL] = ""
    district: str | None = None
    people: list[str] = Field(default_factory=list)
    act: str = ""

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.DISTRICT, self.district, frozenset(self.people))
