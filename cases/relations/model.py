"""A relation between two cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.events import RelationKind
from cases.merging.model import CaseName


@dataclass(frozen=True, slots=True)
class CaseRelation:
    """`case_id` is the first of the two that `RelationKind` speaks of."""

    relation_id: UUID
    case_id: UUID
    other_id: UUID
    kind: RelationKind
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RelatedCase:
    """A relation as one of its two cases has it."""

    relation: CaseRelation
    forward: bool
    other: CaseName
