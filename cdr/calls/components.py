"""Which linkedids are one call. A consult call has a linkedid of its own until its transfer joins it; a leg
that changes its linkedid in mid-life ties both, and so does what the hotline saw the switch join.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import joins
from cdr.cel.store import row_of, rows

MOST = 200
"""A call with more linkedids than this is taken as far as it was followed."""

_TYING = ("ATTENDEDTRANSFER", "BLINDTRANSFER", "PICKUP", "LOCAL_OPTIMIZE")


async def linkedids_of(connection: AsyncConnection, system_name: str, linkedid: str) -> list[str]:
    """All linkedids that hang together with this one, sorted."""
    known = {linkedid}
    channels: set[str] = set()
    new = {linkedid}
    while new and len(known) < MOST:
        fresh = await _channels(connection, system_name, new) - channels
        channels |= fresh
        found = await _linkedids(connection, system_name, fresh) if fresh else set()
        found |= await _joined(connection, system_name, new)
        new = found - known
        known |= new
    return sorted(known)


async def _channels(connection: AsyncConnection, system_name: str, linkedids: set[str]) -> set[str]:
    here = (rows.c.system_name == system_name, rows.c.linkedid.in_(linkedids))
    own = set((await connection.execute(select(rows.c.uniqueid).where(*here).distinct())).scalars())
    tying = await connection.execute(select(rows).where(*here, rows.c.event.in_(_TYING)))
    return own.union(*(row_of(row).related_uniqueids() for row in tying))


async def _linkedids(connection: AsyncConnection, system_name: str, channels: set[str]) -> set[str]:
    found = await connection.execute(
        select(rows.c.linkedid)
        .where(rows.c.system_name == system_name, rows.c.uniqueid.in_(channels))
        .distinct()
    )
    return set(found.scalars())


async def _joined(connection: AsyncConnection, system_name: str, linkedids: set[str]) -> set[str]:
    found = await connection.execute(
        select(joins.c.linkedid, joins.c.first).where(
            joins.c.system_name == system_name,
            or_(joins.c.linkedid.in_(linkedids), joins.c.first.in_(linkedids)),
        )
    )
    return {one for row in found for one in row}
