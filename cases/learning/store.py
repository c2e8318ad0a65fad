"""Confirmed cases out of the database, with what was drafted and what was filed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.learning.quality import Confirmed
from cases.tables import cases

_PAGE = 500


async def confirmed(
    connection: AsyncConnection, *, since: datetime | None = None, until: datetime | None = None
) -> AsyncIterator[Confirmed]:
    """Oldest first, a page at a time; filed from `since` on and before `until`. Without those that no draft
    was of: emergencies make theirs by themselves.
    """
    last = None
    while True:
        query = select(cases.c.case_id, cases.c.filed_at, cases.c.drafted, cases.c.final)
        query = query.where(cases.c.draft_id.is_not(None))
        if since is not None:
            query = query.where(cases.c.filed_at >= since)
        if until is not None:
            query = query.where(cases.c.filed_at < until)
        if last is not None:
            query = query.where(cases.c.case_id > last)
        rows = (await connection.execute(query.order_by(cases.c.case_id).limit(_PAGE))).all()
        for row in rows:
            yield Confirmed(row.filed_at, row.drafted, row.final)
        if len(rows) < _PAGE:
            return
        last = rows[-1].case_id
