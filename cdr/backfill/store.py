"""The table of attempts to fill gaps, and what is to be filled: that follows from the gaps themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.backfill.model import FILLED
from cdr.calls.store import aliases, calls
from cdr.recordings.store import RecordingState, recordings
from cdr.transcripts.store import gaps, segments
from core.storage import UtcDateTime, Uuid, metadata

late = Table(
    "cdr_late",
    metadata,
    Column("gap_id", Uuid, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_cdr_late_state", "state", "next_at"),
)
"""`state`: `trying`; `filled`, when all of the sound has been worked on; `partly`, when some of it gave no
words although somebody spoke; `given-up`; `no-sound`, when the recording has nothing of it.
"""

TRYING, FILLED_UP, PARTLY, GIVEN_UP, NO_SOUND = "trying", "filled", "partly", "given-up", "no-sound"


async def due(
    connection: AsyncConnection,
    *,
    since: datetime,
    now: datetime,
    shortest_s: float,
    limit: int,
    switch: str = "",
) -> list[Any]:
    """Gaps to fill, newest first: their calls are over and no recording of them is unfinished. `switch`: only
    calls of this one, whose recordings are here.
    """
    named = aliases.alias("named")
    unsettled = (
        select(recordings.c.recording_id)
        .join(named, named.c.alias == recordings.c.call_id)
        .where(named.c.call_id == calls.c.call_id, recordings.c.state == RecordingState.EXPECTED.value)
        .correlate(calls)
        .exists()
    )
    found = await connection.execute(
        select(gaps, late.c.tries, calls.c.call_id.label("of_call"), calls.c.ended_at, calls.c.pauses)
        .join(aliases, aliases.c.alias == gaps.c.call_id)
        .join(calls, calls.c.call_id == aliases.c.call_id)
        .outerjoin(late, late.c.gap_id == gaps.c.segment_id)
        .where(
            gaps.c.reason.in_(sorted(FILLED)),
            gaps.c.started_at >= since,
            gaps.c.end_s - gaps.c.start_s >= shortest_s,
            calls.c.ended_at.is_not(None),
            or_(late.c.gap_id.is_(None), and_(late.c.state == TRYING, late.c.next_at <= now)),
            ~unsettled,
            calls.c.system_name == switch if switch else true(),
        )
        .order_by(gaps.c.started_at.desc(), gaps.c.segment_id)
        .limit(limit)
    )
    return list(found.all())


async def heard_in(connection: AsyncConnection, names: Sequence[UUID], leg_id: UUID) -> Sequence[Any]:
    """The words of a leg that were written down while they were said; `names` are its call's."""
    found = await connection.execute(
        select(segments.c.started_at, segments.c.start_s, segments.c.end_s).where(
            segments.c.call_id.in_(names), segments.c.leg_id == leg_id, segments.c.gap_id.is_(None)
        )
    )
    return found.all()


async def likely_language(connection: AsyncConnection, names: Sequence[UUID]) -> str | None:
    """What was spoken most in this call, None when nothing of it is known."""
    found = await connection.execute(
        select(segments.c.language)
        .where(segments.c.call_id.in_(names))
        .group_by(segments.c.language)
        .order_by(func.count().desc(), segments.c.language)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def put(
    connection: AsyncConnection, gap_id: UUID, state: str, *, tries: int, next_at: datetime, now: datetime
) -> None:
    """Write what is now true of a gap; one that is filled stays filled."""
    values = {"state": state, "tries": tries, "next_at": next_at, "at": now}
    done = await connection.execute(
        update(late).where(late.c.gap_id == gap_id, late.c.state == TRYING).values(**values)
    )
    if done.rowcount:
        return
    known = await connection.execute(select(late.c.gap_id).where(late.c.gap_id == gap_id))
    if known.scalar_one_or_none() is None:
        await connection.execute(insert(late).values(gap_id=gap_id, **values))


async def states_of(connection: AsyncConnection, gap_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The state of each of these gaps that is known here."""
    if not gap_ids:
        return {}
    found = await connection.execute(select(late.c.gap_id, late.c.state).where(late.c.gap_id.in_(gap_ids)))
    return {row.gap_id: row.state for row in found}
