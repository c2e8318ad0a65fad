"""When a case may be merged into another one, and when that may be undone: pure.

A merged case has the state `merged` and takes no step of its own. It names the case that goes on for it; that
one may be merged in turn, so the survivor is the last of a chain. Only an open case takes others, and a
merged one is not open: there are no circles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from cases.errors import CaseMerged, CaseNotMerged, WrongStep
from cases.events import CaseState
from cases.life.model import OPEN, Case


@dataclass(frozen=True, slots=True)
class CaseName:
    """A case by its id and its numbers."""

    case_id: UUID
    number: str
    spoken_code: str


@dataclass(frozen=True, slots=True)
class CaseMerge:
    """That a case was merged: what it was before, which clock stopped, who did it and why."""

    merge_id: UUID
    case_id: UUID
    into_id: UUID
    state: CaseState
    clock: int | None
    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseFamily:
    """Of each case that was asked for: who goes on for it, and for whom it goes on, oldest first."""

    survivors: Mapping[UUID, CaseName] = field(default_factory=dict)
    followers: Mapping[UUID, Sequence[CaseName]] = field(default_factory=dict)


def require_mergeable(case: Case, into: Case) -> None:
    """Raises `WrongStep`, `CaseMerged`."""
    if case.case_id == into.case_id:
        raise WrongStep("a case is not merged into itself", remedy="choose another case")
    for one in (case, into):
        if one.state is CaseState.MERGED:
            raise CaseMerged(
                f"{one.number} was merged meanwhile", remedy="look at both cases again", number=one.number
            )
        if one.state not in OPEN:
            raise WrongStep(
                f"{one.number} is {one.state}", remedy="choose two open cases", state=one.state.value
            )
    if case.confidential != into.confidential:
        raise WrongStep(
            "only one of the two is confidential", remedy="mark both confidential, or neither, then merge"
        )


def merged(case: Case, into: Case, at: datetime) -> Case:
    """The case after it was merged. Raises as `require_mergeable`."""
    require_mergeable(case, into)
    return replace(case, state=CaseState.MERGED, merged_into=into.case_id, updated_at=at)


def separated(case: Case, merge: CaseMerge | None, survivor: Case, at: datetime) -> Case:
    """The case as it was before. Raises `CaseNotMerged`; `WrongStep` once the survivor is over."""
    if merge is None or case.state is not CaseState.MERGED:
        raise CaseNotMerged(remedy="look at the case again", number=case.number)
    if survivor.state not in OPEN:
        raise WrongStep(
            f"{survivor.number} goes on for it and is {survivor.state}",
            remedy="what is over stays merged; file a new case if the problem is still there",
            state=survivor.state.value,
        )
    return replace(case, state=merge.state, merged_into=None, updated_at=at)
