"""Which looks at cases and drafts stand in the audit trail: those beyond one's own work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from cases.events import CaseState, CaseView
from core.actor import Actor, Role
from core.views import Views

MOST_NAMED = 50


def is_own(viewer: Actor, case: CaseView) -> bool:
    """Whether he filed it, accepts it, or has it before him to dispatch or to verify."""
    if viewer.id in {case.filed_by, case.acceptor}:
        return True
    if viewer.has(Role.DISPATCHER) and case.state in {CaseState.FILED, CaseState.DONE}:
        return True
    return viewer.has(Role.ACCEPTOR) and case.state in {CaseState.DONE, CaseState.VERIFIED}


class CaseViewAudit:
    def __init__(self, views: Views) -> None:
        self._views = views

    async def at_case(self, viewer: Actor, case: CaseView) -> None:
        if not is_own(viewer, case):
            await self._views.viewed(viewer, "view-case", f"case:{case.number}")

    async def at_list(
        self, viewer: Actor, cases: Iterable[CaseView], asked: Mapping[str, Any], *, by_word: bool
    ) -> None:
        """A list that shows cases of others: by what it was narrowed. A word that was looked for may be a
        number, so what it found is told instead.
        """
        others = [case.number for case in cases if not is_own(viewer, case)]
        if not others:
            return
        narrowed = ",".join(f"{name}={value}" for name, value in asked.items() if value)
        if by_word:
            detail = {"cases": others[:MOST_NAMED], "further": max(0, len(others) - MOST_NAMED)}
            await self._views.viewed(viewer, "search-cases", f"cases:{narrowed}"[:200], detail)
        else:
            await self._views.viewed(viewer, "list-cases", f"cases:{narrowed}"[:200])

    async def at_positions(self, viewer: Actor) -> None:
        """The map of open cases: they are a dispatcher's own work."""
        if not viewer.has(Role.DISPATCHER):
            await self._views.viewed(viewer, "list-cases", "cases:positions")

    async def at_draft(self, viewer: Actor, call_id: UUID) -> None:
        """Drafts hold what was said. Agents see those of their own calls alone, as they work."""
        if viewer.has(Role.SUPERVISOR):
            await self._views.viewed(viewer, "view-drafts", f"call:{call_id}")

    async def at_report(self, viewer: Actor, which: str) -> None:
        """Drafts without a call hold what a reporter wrote: every look, as at the report itself."""
        await self._views.viewed(viewer, "view-drafts", f"report:{which}")
