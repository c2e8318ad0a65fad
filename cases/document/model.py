"""What stands in the document of a case, already as its reader may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.timeline.model import TimelineEntry


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """`speaker` is `citizen` or `agent`."""

    at: datetime
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class CallExtract:
    """The first words of a call; `further` counts the lines that were left out."""

    call_id: UUID
    lines: Sequence[SpokenLine]
    further: int = 0


@dataclass(frozen=True, slots=True)
class CasePicture:
    """`by` is who brought it: `unit:ID` or `department:ID`. `data` is a JPEG or PNG without what it says of
    its making.
    """

    photo_id: UUID
    by: str
    taken_at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class PrintedVerification:
    """What an inspector was asked and found. `finding` is empty without an answer, `state` says why; `words`
    are empty for who may not read them.
    """

    asked_at: datetime
    unit_id: str
    state: str
    finding: str
    late: bool
    answered_at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """`case` is `cases.privacy.shown`; `names` has the name of each user, unit and department that an entry
    tells of, as `TimelineEntry.by` has it. `photos_left_out` were not printed.
    """

    case: Mapping[str, Any]
    entries: Sequence[TimelineEntry]
    calls: Sequence[CallExtract]
    pictures: Sequence[CasePicture]
    names: Mapping[str, str]
    made_by: str
    made_at: datetime
    photos_left_out: int = 0
    pair: tuple[CasePicture, CasePicture] | None = None
    """Its place before the work and after it, by cameras; these are not among `pictures`."""
    verifications: Sequence[PrintedVerification] = ()
