"""How far a hand-over is, as the call's legs show it: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hotline.calls.model import Call, Leg
from hotline.handovers.events import HandoverState, HandoverView

UNDER_WAY: Final = frozenset({"consult", "transfer"})
"""Places of the leg that calls them (dialplan/control.conf)."""
SETTLES_WITHIN_S: Final = 3.0
"""The leg has come to its place by then."""


@dataclass(frozen=True, slots=True)
class Handover:
    op_id: UUID
    call_id: UUID
    view: HandoverView
    began: float


def state_of(handover: Handover, call: Call | None, at: float) -> HandoverState:
    """`call` is None when it is over."""
    if call is None:
        return "failed"
    if any(_is_theirs(leg, handover.began) and leg.up and leg.bridge for leg in call.legs.values()):
        return "answered"
    if any(leg.place in UNDER_WAY for leg in call.legs.values()) or at - handover.began < SETTLES_WITHIN_S:
        return "calling"
    return "failed"


def _is_theirs(leg: Leg, since: float) -> bool:
    """The far end of the trunk, dialled since then."""
    return leg.role == "citizen" and leg.dialled and leg.began >= since
