"""The life of a case, pure: filed → done → verified → closed, or cancelled.

*Done* awaits verification; closing is an act of its own, by the acceptor who verified. A step that does
not fit raises; the same step again, from where it already led, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from cases.area_class import AreaClass
from cases.errors import CaseReasonMissing, WrongStep
from cases.events import CaseSource, CaseState, PositionSource
from core.place import Position

UNSURE_M: Final = 100.0
"""The accuracy of a case's place that came without one."""


def position_of(lon: float | None, lat: float | None, accuracy_m: float | None) -> Position | None:
    """Where a case is, out of its columns; None where nobody knows."""
    if lon is None or lat is None:
        return None
    return Position(lon=lon, lat=lat, accuracy_m=accuracy_m or UNSURE_M)


class CaseAction(StrEnum):
    """What somebody does to a case. `reopen` sends it back to handling: the work was not done;
    `reopen_closed` does that with a case that was closed.
    """

    DONE = "done"
    VERIFY = "verify"
    CLOSE = "close"
    CANCEL = "cancel"
    REOPEN = "reopen"
    REOPEN_CLOSED = "reopen_closed"


URGENT: Final = frozenset({"urgent", "danger"})
"""The urgencies of a case that somebody has to come to at once."""
OPEN = frozenset({CaseState.FILED, CaseState.DONE, CaseState.VERIFIED})
REOPENING = frozenset({CaseAction.REOPEN, CaseAction.REOPEN_CLOSED})
NEEDS_REASON = frozenset({CaseAction.CANCEL, *REOPENING, CaseAction.CLOSE})
_LEADS: Mapping[CaseAction, tuple[frozenset[CaseState], CaseState]] = {
    CaseAction.DONE: (frozenset({CaseState.FILED}), CaseState.DONE),
    CaseAction.VERIFY: (frozenset({CaseState.DONE, CaseState.VERIFIED}), CaseState.VERIFIED),
    CaseAction.CLOSE: (frozenset({CaseState.VERIFIED}), CaseState.CLOSED),
    CaseAction.CANCEL: (frozenset({CaseState.FILED, CaseState.DONE}), CaseState.CANCELLED),
    CaseAction.REOPEN: (frozenset({CaseState.DONE, CaseState.VERIFIED}), CaseState.FILED),
    CaseAction.REOPEN_CLOSED: (frozenset({CaseState.CLOSED}), CaseState.FILED),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A confirmed report: every field of its draft (`cases.drafting.model.FieldName` says what each holds),
    and what the case itself has. `category` is `scheme@version/code`, `district` the 6-digit code.
    """

    case_id: UUID
    number: str
    spoken_code: str
    state: CaseState
    category: str
    district: str | None
    address: str | None
    crossing: str | None
    description: str
    urgency: str | None
    handoff: str | None
    confidential: bool
    filed_at: datetime
    filed_by: str
    updated_at: datetime
    draft_id: UUID | None = None
    acceptor: str | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    intent: str | None = None
    time: str | None = None
    count: str | None = None
    callback: str | None = None
    caller: str | None = None
    asset: str | None = None
    relative: str | None = None
    subdistrict: str | None = None
    cell: str | None = None
    beat: str | None = None
    area_class: AreaClass | None = None
    part_id: str | None = None
    owner: str | None = None
    position_source: PositionSource | None = None
    department: str | None = None
    source: CaseSource = CaseSource.TELEPHONE
    taken_at: datetime | None = None
    taken_by: str | None = None
    merged_into: UUID | None = None
    """The case that goes on for it, which may have been merged into another one since."""
    filed_order: int = 0
    """The place of the case in the order of filing; from the database."""

    @property
    def invented(self) -> bool:
        """Whether nobody has measured its coordinates."""
        return self.position_source is PositionSource.INVENTED

    @property
    def place(self) -> str:
        """Where a unit has to go, in words."""
        return self.crossing or self.address or ""


def act(case: Case, what: CaseAction, *, by: str, at: datetime, reason: str = "") -> Case:
    """The case after the act.

    Raises `WrongStep` when the act does not fit the state or the actor, `CaseReasonMissing` where one is due.
    """
    sources, target = _LEADS[what]
    if what in NEEDS_REASON and not reason.strip():
        raise CaseReasonMissing(f"{what} needs a reason", remedy="say why in the note")
    if case.state not in sources:
        raise WrongStep(
            f"a case that is {case.state} cannot take the step {what}",
            remedy="look at the case again", state=case.state.value,
        )  # fmt: skip
    if what is CaseAction.CLOSE and case.acceptor != by:
        raise WrongStep(
            "only the acceptor who verified the case closes it",
            remedy="verify it yourself, then close it", acceptor=case.acceptor or "",
        )  # fmt: skip
    acceptor = case.acceptor
    if what is CaseAction.VERIFY:
        acceptor = by
    elif what in REOPENING:
        acceptor = None
    return replace(case, state=target, acceptor=acceptor, updated_at=at)
