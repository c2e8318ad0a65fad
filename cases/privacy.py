"""What a viewer sees of a case and a call: a confidential case is open only to those who handle it, a call to
its own agents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from cases.emergencies.model import LOCATED
from cases.errors import NotYourCase, NotYourDraftCall
from cases.events import CaseView
from cases.life.model import Case
from cases.life.store import CaseLogEntry
from cases.ports import CallDirectory
from core.actor import Actor, Role
from core.events import MASK, Privacy, mask
from core.scopes import Scope

_ALL = frozenset(Privacy)
_WITHOUT_PERSONAL = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})


def sees_all(viewer: Actor, case: CaseView | Case) -> bool:
    """The agent who filed it, supervisors, dispatchers and acceptors; others only if nothing is secret."""
    return not case.confidential or viewer.id == case.filed_by or sees_confidential(viewer)


def sees_confidential(viewer: Actor) -> bool:
    """Whether he sees confidential cases that others filed."""
    return viewer.has(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR)


def within(viewer: Actor, case: CaseView | Case) -> bool:
    """Whether the case is of one of the viewer's districts, or filed by him."""
    return viewer.id == case.filed_by or viewer.within(Scope.DISTRICT, case.district)


def require_district(actor: Actor, case: CaseView | Case) -> None:
    """Raises `OutOfScope`."""
    if not within(actor, case):
        actor.require_within(Scope.DISTRICT, case.district)


def require_case(actor: Actor, case: CaseView | Case) -> None:
    """Raises `NotYourCase` where he sees a confidential case masked: he changes nothing in it either; and
    `OutOfScope`.
    """
    require_district(actor, case)
    if not sees_all(actor, case):
        raise NotYourCase(remedy="ask who filed it, or a supervisor")


def shown(viewer: Actor, case: CaseView) -> dict[str, Any]:
    """The case as JSON for this viewer; what he may not see is masked."""
    return mask(case, _ALL if sees_all(viewer, case) else _WITHOUT_PERSONAL)


def timeline(viewer: Actor, entries: Sequence[CaseLogEntry]) -> list[CaseLogEntry]:
    """A case's log as this viewer may read it: where a crew was is for dispatchers and supervisors."""
    if viewer.has(Role.SUPERVISOR, Role.DISPATCHER):
        return list(entries)
    return [replace(one, reason=MASK) if one.act == LOCATED else one for one in entries]


async def require_call(calls: CallDirectory, viewer: Actor, call_id: UUID) -> None:
    """Raises `NotYourDraftCall`."""
    if not await calls.may_hear(viewer, call_id):
        raise NotYourDraftCall(remedy="ask who took the call, or a supervisor")
