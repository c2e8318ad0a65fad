"""What this room tells others. Views are also the answers of its routes, so screen and event agree.

No event about a dispatch holds the caller's number; a field unit learns the place and the problem only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core.events import PERSONAL, PUBLIC, Delivery, Event

DraftState = Literal["open", "confirmed", "discarded"]
CaseState = Literal["filed", "done", "verified", "closed", "cancelled"]
DispatchStep = Literal[
    "queued", "delivered", "displayed", "accepted", "on_the_way", "arrived", "done",
    "declined", "returned", "recalled",
]  # fmt: skip


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class EvidenceView(_View):
    """Characters (code points) `start` up to `end` of a transcript segment's text."""

    segment_id: str
    start: int
    end: int


class AlternativeView(_View):
    value: Annotated[str, PERSONAL]
    confidence: float


class FieldView(_View):
    """A field of a draft; `by` is `draft` or `agent`. `shown` says how its value is shown: without a mark,
    with one, or not in the field (`offered`, beside it). `others` are further values, best first.

    `detail` are the parts of a structured value and, as `said`, its words; empty for a field without any.
    """

    value: Annotated[str | None, PERSONAL] = None
    confidence: float = 0.0
    shown: Literal["sure", "doubtful", "offered"] = "offered"
    evidence: list[EvidenceView] = []
    runner_up: AlternativeView | None = None
    others: list[AlternativeView] = []
    by: Literal["draft", "agent"] = "draft"
    rev: int = 0
    detail: Annotated[dict[str, str | int | float], PERSONAL] = {}


class FurtherView(_View):
    """A second problem in the call that has no draft of its own yet: class and the words for it."""

    category: str
    confidence: float
    evidence: list[EvidenceView] = []


class DuplicateView(_View):
    """A filed case that the draft may repeat; `near` with its metres, else the same place in words."""

    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    why: Literal["near", "same-address", "same-crossing"]
    metres: float | None = None
    filed_at: datetime


class AlarmView(_View):
    """Danger to life: the rule that heard it, the number to hand over to, and the words."""

    rule: str
    number: str
    evidence: EvidenceView
    dismissed: bool = False


class DraftView(_View):
    """A draft as a desk shows it; `fields` by their names."""

    draft_id: Annotated[UUID, PUBLIC]
    call_id: Annotated[UUID | None, PUBLIC]
    state: DraftState
    case_id: Annotated[UUID | None, PUBLIC] = None
    rev: int = 0
    fields: dict[str, FieldView]
    alarms: list[AlarmView] = []
    further: list[FurtherView] = []
    duplicates: list[DuplicateView] = []
    about: str | None = None


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
    evidence: list[EvidenceView] = []


class CaseView(_View):
    """A case as a desk shows it: every field of its draft, under the same name. `spoken_code` is the short
    number that a citizen is told.
    """

    case_id: Annotated[UUID, PUBLIC]
    number: Annotated[str, PUBLIC]
    spoken_code: Annotated[str, PUBLIC]
    state: CaseState
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
    department: str | None = None
    confidential: bool
    acceptor: str | None = None
    call_ids: list[UUID]
    filed_at: datetime
    filed_by: str
    updated_at: datetime
    dispatches: list[DispatchView] = []
    articles: list[ArticleUseView] = []


class DraftChanged(Event):
    """A draft as it is now; the next one makes up for a lost one."""

    TYPE: ClassVar[str] = "cases.draft_changed"
    call_id: Annotated[UUID | None, PUBLIC]
    draft: DraftView


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
