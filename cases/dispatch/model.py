"""The life of a dispatch, pure. Reports of units come late, twice and out of order; each is safe to apply.

queued → delivered → displayed → accepted → on the way → arrived → done, or declined, returned, recalled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from cases.errors import CaseReasonMissing, WrongStep
from cases.events import CREW_STEPS, DispatchStep

MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Dispatch:
    """`times` holds when each step was first heard of; `note` is the last that the unit wrote."""

    dispatch_id: UUID
    case_id: UUID
    unit_id: str
    step: DispatchStep
    at: datetime
    by: str
    reason: str = ""
    note: str = ""
    times: Mapping[str, datetime] = field(default_factory=dict)
    takes_over: UUID | None = None
    """The dispatch of another unit that ends as soon as this one is accepted."""
    assignment_id: UUID | None = None
    """Of a department that sent its own unit: it answers for the case, whatever the unit reports."""

    @property
    def taken(self) -> bool:
        """Whether the unit has it: it has accepted, and has not ended it."""
        return not self.ended and self.step.rank >= DispatchStep.ACCEPTED.rank

    @property
    def ended(self) -> bool:
        """Whether no step can follow."""
        return self.step.ends


def report(
    dispatch: Dispatch, step: DispatchStep, *, at: datetime, reason: str = "", note: str = ""
) -> tuple[Dispatch, bool]:
    """The dispatch after a unit's word, and whether it moved.

    A step that lies behind, or comes after the end, is only noted with its time. A unit that declines what
    it had accepted returns it. Never raises: a unit cannot be asked to take its word back.
    """
    if step not in CREW_STEPS:
        return dispatch, False
    times = dispatch.times if step.value in dispatch.times else {**dispatch.times, step.value: at}
    noted = replace(dispatch, times=times, note=note[:MAX_TEXT] or dispatch.note)
    if dispatch.ended:
        return replace(noted, note=dispatch.note or noted.note), False
    if step in {DispatchStep.DECLINED, DispatchStep.RETURNED}:
        taken = dispatch.step.rank >= DispatchStep.ACCEPTED.rank
        ending = DispatchStep.RETURNED if taken else step
        return replace(noted, step=ending, at=at, reason=reason[:MAX_TEXT]), True
    if step.rank <= dispatch.step.rank:
        return noted, False
    return replace(noted, step=step, at=at), True


def relieved(sent: Sequence[Dispatch], after: Dispatch) -> tuple[Dispatch, ...]:
    """Which dispatches of the case the centre takes back because of `after`, one of `sent`: the one that it
    takes over, now that its unit has accepted; or those that were to take over what it has done.
    """
    open_ones = [one for one in sent if not one.ended and one.dispatch_id != after.dispatch_id]
    if after.taken or after.step is DispatchStep.DONE:
        over = [one for one in open_ones if one.dispatch_id == after.takes_over]
    else:
        over = []
    if after.step is DispatchStep.DONE:
        over += [one for one in open_ones if one.takes_over == after.dispatch_id and not one.taken]
    return tuple(over)


def recall(dispatch: Dispatch, *, at: datetime, reason: str) -> Dispatch:
    """Taken back by the centre. Raises `WrongStep` after its end, `CaseReasonMissing` without a reason."""
    if not reason.strip():
        raise CaseReasonMissing("a recall needs a reason", remedy="say why")
    if dispatch.ended:
        raise WrongStep(
            f"a dispatch that is {dispatch.step} cannot be recalled",
            remedy="look at the case again", step=dispatch.step.value,
        )  # fmt: skip
    times = {**dispatch.times, DispatchStep.RECALLED.value: at}
    return replace(dispatch, step=DispatchStep.RECALLED, at=at, reason=reason[:MAX_TEXT], times=times)
