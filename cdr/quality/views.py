"""What the routes of quality answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from cdr.quality.model import ScoringAnswer, ScoringForm


class ScoringFormView(BaseModel):
    """One version of a form. A retired form takes no more scores."""

    form_id: UUID
    number: int
    content: ScoringForm
    made_by: str
    made_at: datetime
    retired: bool


class ScoringFormList(BaseModel):
    forms: list[ScoringFormView]


class ScorecardView(BaseModel):
    """`score` is 0 to 100, None when no question applied; `fatal`: a fatal question had no points."""

    card_id: UUID
    call_id: UUID
    call_at: datetime
    queue: str
    agent: str
    form_id: UUID
    number: int
    form: ScoringForm
    scorer: str
    calibration_id: UUID | None
    answers: dict[str, ScoringAnswer]
    score: float | None
    fatal: bool
    note: str
    made_at: datetime


class ScorecardPage(BaseModel):
    """The newest first; `next` is the cursor of the following page."""

    cards: list[ScorecardView]
    next: str | None


class QuestionDifferenceView(BaseModel):
    question_id: str
    first: int | None
    second: int | None
    difference: float | None
    agrees: bool


class ComparisonView(BaseModel):
    """`agreement` is the share of questions with the same answer; `score_difference` the first less the
    second.
    """

    questions: list[QuestionDifferenceView]
    agreement: float
    score_difference: float | None


class CalibrationView(BaseModel):
    """`first` and `second` score the call blind; `waits_for` names who has not yet. Until nobody is waited
    for, `cards` has one's own alone and `comparison` is empty.
    """

    calibration_id: UUID
    call_id: UUID
    agent: str
    form_id: UUID
    number: int
    form: ScoringForm
    first: str
    second: str
    opened_by: str
    opened_at: datetime
    waits_for: list[str]
    cards: list[ScorecardView]
    comparison: ComparisonView | None


class CalibrationList(BaseModel):
    calibrations: list[CalibrationView]


class ScorerView(BaseModel):
    user_id: str
    name: str


class ScorerList(BaseModel):
    scorers: list[ScorerView]


class RecordingMarkView(BaseModel):
    """`at_s`: seconds from the beginning of the call's sound."""

    mark_id: UUID
    call_id: UUID
    at_s: float
    note: str
    made_by: str
    made_at: datetime


class RecordingMarkList(BaseModel):
    marks: list[RecordingMarkView]
