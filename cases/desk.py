"""What a desk begins with of the cases: open cases, drafts and articles of this viewer's calls."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from cases.privacy import shown
from cases.room import CasesRoom
from core.actor import Actor, Role
from core.rights import STAFF

AgentsOn = Callable[[UUID], Collection[str]]
"""Who takes part in a live or lately ended call."""


async def open_cases(room: CasesRoom, viewer: Actor) -> dict[str, Any]:
    """`cases`, `reports_waiting`, `reports_oldest`, `report_offer` and `verifications`, for the staff of the
    centre; JSON-ready. Raises `StorageAway`.
    """
    if not viewer.has(*STAFF):
        return {}
    queue = (await room.reports.queue()).model_dump(mode="json")
    offer = room.report_offers.offered_to(viewer.id)
    return {
        "cases": [shown(viewer, case) for case in await room.cases.snapshot(viewer)],
        "reports_waiting": queue["waiting"],
        "reports_oldest": queue["oldest"],
        "report_offer": None if offer is None else offer.model_dump(mode="json"),
        "verifications": [one.model_dump(mode="json") for one in await room.verifications.snapshot(viewer)],
    }


async def incidents(room: CasesRoom, viewer: Actor) -> dict[str, Any]:
    """`incidents` that are open; JSON-ready. Raises `StorageAway`."""
    if not viewer.has(*STAFF):
        return {}
    return {"incidents": [one.model_dump(mode="json") for one in await room.incidents.open_ones()]}


def mode(room: CasesRoom, viewer: Actor) -> dict[str, Any]:
    """`mode`: the operating mode that holds; JSON-ready."""
    return {"mode": room.modes.view().model_dump(mode="json")} if viewer.has(*STAFF) else {}


def drafts(room: CasesRoom, viewer: Actor, agents_on: AgentsOn) -> dict[str, Any]:
    """`drafts` of live calls, and `editing`: whose hands are in which; JSON-ready."""
    seen = [
        draft.model_dump(mode="json")
        for draft in room.drafts.snapshot()
        if _his(viewer, draft.call_id, agents_on)
    ]
    editing = [
        one.model_dump(mode="json") for one in room.editing.snapshot() if _his(viewer, one.call_id, agents_on)
    ]
    return {"drafts": seen, "editing": editing}


def suggestions(room: CasesRoom, viewer: Actor, agents_on: AgentsOn) -> dict[str, Any]:
    """`suggestions`: the articles offered for live calls; JSON-ready."""
    seen = [
        offered.model_dump(mode="json", include={"call_id", "suggestions"})
        for offered in room.articles.suggestions.snapshot()
        if _his(viewer, offered.call_id, agents_on)
    ]
    return {"suggestions": seen}


def _his(viewer: Actor, call_id: UUID | None, agents_on: AgentsOn) -> bool:
    """What was said in a call is for those on it and for supervisors."""
    return viewer.has(Role.SUPERVISOR) or (call_id is not None and viewer.id in agents_on(call_id))
