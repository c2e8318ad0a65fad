"""A mass incident, and whether a draft may be about it: a pure rule that suggests and attaches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.drafting.model import Draft, FieldName
from cases.life.duplicates import named_streets
from cases.life.model import Case
from core.place import Position, distance_m

WITHIN_M = 2_000.0
"""How far from its parent case a mass incident is still near."""
MOST_OPEN = 20


@dataclass(frozen=True, slots=True)
class Incident:
    """`prompt` is what callers hear, empty for nothing; `play` counts its announcements."""

    incident_id: UUID
    case_id: UUID
    title: str
    words: str
    prompt: str
    play: int
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def announcement(self) -> str:
        """Names this announcement: who has heard it does not hear it again."""
        return f"{self.incident_id.hex}-{self.play}" if self.prompt else ""


@dataclass(frozen=True, slots=True)
class AttachedCall:
    """A call that belongs to an incident. `linked`: attaching tied it to the parent case, so undoing unties
    it.
    """

    incident_id: UUID
    call_id: UUID
    draft_id: UUID | None
    linked: bool
    at: datetime
    by: str


def may_belong(parent: Case, draft: Draft, position: Position | None) -> bool:
    """The same class, and not known to be elsewhere; or no class yet, and the same street or near.

    `position` is the draft's own.
    """
    category = draft.value(FieldName.CATEGORY)
    if category is not None and category != parent.category:
        return False
    here = _is_here(parent, draft, position)
    return here is True or (here is None and category is not None)


def _is_here(parent: Case, draft: Draft, position: Position | None) -> bool | None:
    """Whether the draft is at the parent's place; None where that is not known."""
    if position is not None and parent.lon is not None and parent.lat is not None:
        centre = Position(lon=parent.lon, lat=parent.lat, accuracy_m=parent.accuracy_m or 1.0)
        slack = position.accuracy_m + centre.accuracy_m
        if distance_m(position, centre) <= WITHIN_M + slack:
            return True
        return False if distance_m(position, centre) > 2 * WITHIN_M + slack else None
    district = draft.value(FieldName.DISTRICT)
    if district is not None and parent.district is not None and district != parent.district:
        return False
    streets = named_streets(draft.value(FieldName.ADDRESS), draft.value(FieldName.CROSSING))
    if streets & named_streets(parent.address, parent.crossing):
        return True
    return None
