"""What a viewer sees of a case: a confidential one is open only to those who handle it."""

from __future__ import annotations

from typing import Any

from cases.events import CaseView
from core.actor import Actor, Role
from core.events import Privacy, mask

STAFF = (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR, Role.ADMIN)
_ALL = frozenset(Privacy)
_WITHOUT_PERSONAL = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})


def sees_all(viewer: Actor, case: CaseView) -> bool:
    """The agent who filed it, supervisors, dispatchers and acceptors; others only if nothing is secret."""
    if not case.confidential or viewer.id == case.filed_by:
        return True
    return viewer.has(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR)


def shown(viewer: Actor, case: CaseView) -> dict[str, Any]:
    """The case as JSON for this viewer; what he may not see is masked."""
    return mask(case, _ALL if sees_all(viewer, case) else _WITHOUT_PERSONAL)
