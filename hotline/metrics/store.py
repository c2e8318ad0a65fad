"""Reads back what happened before the start, so that a restart does not set the figures to nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hotline.dispositions.store import calls

PART = 1_000


async def ended_between(
    connection: AsyncConnection, since: datetime, until: datetime
) -> AsyncIterator[Sequence[Any]]:
    """Calls that came in and ended then, in order and in parts: `call_id, queue, outcome, queued_at,
    answered_at, ended_at`.
    """
    query = (
        select(
            calls.c.call_id,
            calls.c.queue,
            calls.c.outcome,
            calls.c.queued_at,
            calls.c.answered_at,
            calls.c.ended_at,
        )
        .where(calls.c.ended_at > since, calls.c.ended_at < until, calls.c.direction == "inbound")
        .order_by(calls.c.ended_at)
    )
    result = await connection.stream(query)
    async for part in result.partitions(PART):
        yield part
