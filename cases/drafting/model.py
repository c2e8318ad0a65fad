"""A draft and what it stands on: every value carries the words that it came from.

An agent's edit has `by="agent"` and is never overwritten by drafting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar, cast
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from cases.events import (
    AdditionalProblem,
    Alternative,
    CaseSource,
    Duplicate,
    Evidence,
    FieldValue,
    PartView,
)
from core.models import Frozen
from core.place import Position

__all__ = [
    "NO_CLASS",
    "NUMBER_ONLY",
    "OTHER_STREET",
    "PERSONAL_FIELDS",
    "WHOLE",
    "AdditionalProblem",
    "Alternative",
    "By",
    "DangerAlarm",
    "Detail",
    "Draft",
    "Duplicate",
    "Evidence",
    "FieldCandidate",
    "FieldChange",
    "FieldName",
    "FieldValue",
    "SegmentFindings",
    "Speaker",
    "SpokenSegment",
]

Speaker = Literal["citizen", "agent"]
By = Literal["draft", "agent"]


class FieldName(StrEnum):
    """The fields of a draft. Values: category `scheme@version/code`, district its 6-digit code, urgency
    `normal|urgent|danger`, handoff `110|119|120|122`, intent `report|status|enquiry|complaint|other`,
    time `at|since 2026-11-24T20`, count `2`, `7-8` or `10+`, callback digits, subdistrict its 9-digit code,
    the others text. Time, count and the fields after it are optional and carry a `detail`.
    """

    CATEGORY = "category"
    DISTRICT = "district"
    ADDRESS = "address"
    CROSSING = "crossing"
    DESCRIPTION = "description"
    URGENCY = "urgency"
    HANDOFF = "handoff"
    INTENT = "intent"
    TIME = "time"
    COUNT = "count"
    CALLBACK = "callback"
    CALLER = "caller"
    ASSET = "asset"
    RELATIVE = "relative"
    SUBDISTRICT = "subdistrict"
    CELL = "cell"
    DEPARTMENT = "department"


PERSONAL_FIELDS = frozenset({FieldName.CALLBACK, FieldName.CALLER})
"""Whose number and name it is: never in a description, because that goes to the unit."""
T = TypeVar("T")
_BY_WORDS = frozenset({"", "words"})
MAX_EVIDENCE = 12
"""Pieces of evidence kept for one value: enough to show, and bounded in a long call."""
_Share = Annotated[float, Field(ge=0, le=1)]
Detail = str | int | float
"""A part of a structured value; `said` is always the words themselves."""


class SpokenSegment(Frozen):
    """What one speaker said in one go; a partial is replaced by the segment with the same id.

    `start`, `end` are seconds since the call was answered. `confidence` is how sure the recogniser is of the
    whole text, None where nobody had to recognise it; `certainty` the same for each piece: where it ends, in
    characters, and how sure.
    """

    segment_id: str = Field(min_length=1, max_length=80)
    speaker: Speaker
    text: str = Field(max_length=4000)
    final: bool = True
    start: float = 0.0
    end: float = 0.0
    confidence: _Share | None = None
    certainty: tuple[tuple[Annotated[int, Field(ge=0)], _Share], ...] = ()


NUMBER_ONLY = "?"
"""The street of a house number that was said without one."""

OTHER_STREET = "+"
"""The street that crosses the one that was said before."""


WHOLE = "whole"
"""The source of a candidate that says in its detail how likely each value is by all that was said so far. It
is no value by itself: what is learned from whole calls weighs it.
"""
NO_CLASS = "none"
"""What stands there for no class at all."""


class FieldCandidate(Frozen):
    """Something heard in one segment that may become a field's value.

    `base` is the street of an address with a number, `NUMBER_ONLY` of one that was said without it;
    `OTHER_STREET` marks the second street of a crossing that was said alone. `denied` means that the speaker
    took it back; `corrects` that it replaces what was said before; `weak` that it may be a mishearing, so
    hearing it again makes it no surer, or a house number that stands away from its street; `within` are the
    gazetteer's districts of a place that was said as it is written.
    """

    field: FieldName
    value: str
    weight: float
    evidence: tuple[Evidence, ...]
    base: str = ""
    denied: bool = False
    corrects: bool = False
    weak: bool = False
    source: str = ""
    within: tuple[str, ...] = ()
    detail: Mapping[str, Detail] = Field(default_factory=dict)

    @property
    def in_words(self) -> bool:
        """It points at words of the tables; else a trained classifier guessed it of a whole clause."""
        return self.source in _BY_WORDS


class DangerAlarm(Frozen):
    """Danger to life heard in one segment; `dismissed` when an agent decided after seeing it.

    `sure` and `number_sure` (0 to 1): that it is a danger, and that it is one for this number.
    """

    rule: str
    number: str
    evidence: Evidence
    dismissed: bool = False
    sure: float = 0.95
    number_sure: float = 0.95


class SegmentFindings(Frozen):
    """One segment and what was found in it; drafting can start again from a list of these.

    What is sorted out of it is kept with it: it is looked at again after every further segment of the call.
    """

    segment: SpokenSegment
    candidates: tuple[FieldCandidate, ...] = ()
    alarms: tuple[DangerAlarm, ...] = ()

    def of(self, field: FieldName) -> Sequence[FieldCandidate]:
        """What was found for one field, in the order in which it was found."""
        return self.by_field.get(field, ())

    def whole(self, field: FieldName) -> Mapping[str, float]:
        """The chances of the field's values by all that was said so far; nothing where that was not asked."""
        found = (one for one in self.candidates if one.field is field and one.source == WHOLE)
        return {value: float(chance) for one in found for value, chance in one.detail.items()}

    @cached_property
    def by_field(self) -> Mapping[FieldName, Sequence[FieldCandidate]]:
        """What was found for each field, in the order in which it stands in the text."""
        found: dict[FieldName, list[FieldCandidate]] = {}
        for candidate in self.candidates:
            if candidate.source != WHOLE:
                found.setdefault(candidate.field, []).append(candidate)
        return found

    def kept(self, sort: Callable[[SegmentFindings], T]) -> T:
        """What `sort` makes of it; made once, so `sort` may look at nothing else."""
        if sort not in self.sorted_out:
            self.sorted_out[sort] = sort(self)
        return cast("T", self.sorted_out[sort])

    @cached_property
    def sorted_out(self) -> dict[Callable[[SegmentFindings], Any], Any]:
        """Results of functions over these findings, kept for as long as the findings live."""
        return {}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """What was sorted out of other candidates or alarms is not taken over."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("by_field", "sorted_out"):
            copied.__dict__.pop(name, None)
        return copied


class Draft(Frozen):
    """A draft case of a call. `rev` rises with every change of any field; `began_at` is when the call did.

    `further` are problems beside the one that this draft is about; `opened` the classes for which a draft of
    their own was opened, and `about` the class that such a draft was opened for. `source` is how it came;
    `position` where the citizen says it is, if the channel gives a point.
    """

    draft_id: UUID
    call_id: UUID | None = None
    rev: int = 0
    fields: Mapping[FieldName, FieldValue] = Field(
        default_factory=lambda: {name: FieldValue() for name in FieldName}
    )
    heard: tuple[SegmentFindings, ...] = ()
    dropped: int = 0
    began_at: datetime | None = None
    additional_problems: tuple[AdditionalProblem, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _old_name(cls, value: object) -> object:
        """A stored draft may have the field's earlier name, `further`."""
        if isinstance(value, dict) and "further" in value:
            value = {**value, "additional_problems": value["further"]}
            del value["further"]
        return value

    about: str | None = None
    opened: tuple[str, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    source: CaseSource = CaseSource.TELEPHONE
    position: Position | None = None
    of_report: UUID | None = None
    """The report whose second problem it is; its own report has the draft's id."""
    holder: str = ""
    """Who has taken it over; empty while the agents of its call have it."""
    holder_name: str = ""
    part: PartView | None = None
    """The part of the register that it is about."""
    part_by: By = "draft"
    """Who has put it in: `draft` by the number that was said."""
    parts: tuple[PartView, ...] = ()
    """Parts that bear the number that was said."""
    without_part: tuple[str, ...] = ()
    """Parts that somebody has taken out again: they are not put in by drafting."""

    @field_validator("fields", mode="after")
    @classmethod
    def _every_field(cls, fields: Mapping[FieldName, FieldValue]) -> Mapping[FieldName, FieldValue]:
        """A draft that was stored before a field existed has it empty."""
        missing = {name: FieldValue() for name in FieldName if name not in fields}
        return {**fields, **missing} if missing else fields

    def value(self, name: FieldName) -> str | None:
        """The field's value; None while it is empty."""
        return self.fields[name].value

    @property
    def report_id(self) -> UUID | None:
        """The citizen's report that it was made of, also for its second problem; None for one of a call."""
        if self.of_report is not None:
            return self.of_report
        is_report = self.call_id is None and self.source is not CaseSource.TELEPHONE
        return self.draft_id if is_report else None

    @property
    def alarms(self) -> tuple[DangerAlarm, ...]:
        """Every danger heard in this call, oldest first."""
        return tuple(alarm for heard in self.heard for alarm in heard.alarms)


class FieldChange(Frozen):
    """A field went from `before` to `after`."""

    field: FieldName
    before: str | None
    after: str | None
