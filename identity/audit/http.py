"""The route of the audit trail. Each query is audited too.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from core.actor import Actor
from core.routes import RoomRouter
from identity.audit.model import MOST_ROWS, AuditFilter
from identity.audit.service import AuditTrail

_Word = Annotated[str, Query(max_length=200)]
_Moment = Annotated[datetime | None, Query(description="ISO 8601 with offset")]


class AuditRow(BaseModel):
    seq: int
    at: str
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """The newest first; `next` goes into `cursor` for the next page, null on the last."""

    rows: list[AuditRow]
    next: str | None


def router(trail: AuditTrail, current: Callable[..., Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(tags=["audit"])

    @routes.get("/audit")
    async def search(
        actor: Annotated[Actor, Depends(current)],
        who: _Word = "",
        action: _Word = "",
        subject: _Word = "",
        text: Annotated[str, Query(max_length=80)] = "",
        since: _Moment = None,
        until: _Moment = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
        cursor: Annotated[str, Query(max_length=40)] = "",
    ) -> AuditPage:
        """`who`, `action` and `subject` match whole, `text` anywhere."""
        wanted = AuditFilter(who, action, subject, text, _aware(since), _aware(until))
        return AuditPage(**await trail.page(actor, wanted, limit=limit, after=cursor))

    return routes


def _aware(moment: datetime | None) -> datetime | None:
    """In UTC; a time without an offset is UTC. None for one that no calendar has once it is in UTC."""
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
