"""An entry of a case's timeline, and what its sources are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core.events import PERSONAL, PUBLIC


class TimelineKind(StrEnum):
    """`act` is what somebody did to the case, `dispatch` a step of one, `verification` one of
    an inspector's task (its id is in `dispatch_id`), `citizen` what its reporter added or rated, `conference`
    what happened in the case's conference, `view` that somebody looked.
    """

    CALL = "call"
    DRAFT = "draft"
    ACT = "act"
    DISPATCH = "dispatch"
    VERIFICATION = "verification"
    POSITION = "position"
    PHOTO = "photo"
    TEXT = "text"
    ARTICLE = "article"
    CITIZEN = "citizen"
    CONFERENCE = "conference"
    VIEW = "view"


class TimelineEntry(BaseModel):
    """`by` is a user, `unit:<id>` or `system:<part>`; empty for a citizen. `act` says what happened,
    `words` what was written about it. For who may hear a call it has its `recordings`, and whether there is a
    `transcript`.
    """

    model_config = ConfigDict(frozen=True)

    kind: TimelineKind
    at: datetime
    by: str
    act: str
    words: Annotated[str, PERSONAL] = ""
    call_id: Annotated[UUID | None, PUBLIC] = None
    recordings: list[UUID] = []
    transcript: bool = False
    draft_id: Annotated[UUID | None, PUBLIC] = None
    dispatch_id: Annotated[UUID | None, PUBLIC] = None
    unit_id: str | None = None
    photo_id: Annotated[UUID | None, PUBLIC] = None
    article_id: Annotated[UUID | None, PUBLIC] = None
    lon: Annotated[float | None, PERSONAL] = None
    lat: Annotated[float | None, PERSONAL] = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class TimelineSubject:
    """The case that a timeline is about. `units` are those it was given to, each with the time in which it
    had the case.
    """

    case_id: UUID
    number: str
    call_ids: Sequence[UUID]
    units: Mapping[str, tuple[datetime, datetime]]
