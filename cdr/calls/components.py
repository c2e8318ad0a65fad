"""Which linkedids are one call. A consult call has a linkedid of its own until its transfer joins it; a leg
that changes its linkedid in mid-life ties both, and so does what the hotline saw the switch join.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import joins
from cdr.cel.model import CelRow
from cdr.cel.store import MOST_ROWS, OrderedRow, placed_rows, rows

MOST = 200
"""A call with more linkedids than this is taken as far as it was followed."""

# Made once: to put a statement together costs as much as to carry it out.
_LINKEDIDS = (
    select(rows.c.linkedid)
    .where(
        rows.c.system_name == bindparam("system"), rows.c.uniqueid.in_(bindparam("channels", expanding=True))
    )
    .distinct()
)
_THESE: BindParameter[list[str]] = bindparam("linkedids", expanding=True)
_JOINED = select(joins.c.linkedid, joins.c.first).where(
    joins.c.system_name == bindparam("system"), or_(joins.c.linkedid.in_(_THESE), joins.c.first.in_(_THESE))
)
_TYING = ("ATTENDEDTRANSFER", "BLINDTRANSFER", "PICKUP", "LOCAL_OPTIMIZE")


@dataclass(frozen=True, slots=True)
class LinkedCalls:
    """All linkedids that hang together, sorted, and their rows in the order of time, then of import."""

    linkedids: Sequence[str]
    rows: Sequence[CelRow]


async def component_of(connection: AsyncConnection, system_name: str, linkedid: str) -> LinkedCalls:
    """What hangs together with this linkedid. Each row is read once."""
    known = {linkedid}
    channels: set[str] = set()
    placed: list[OrderedRow] = []
    new = {linkedid}
    while new:
        read = await placed_rows(connection, system_name, sorted(new))
        placed += read
        if len(known) >= MOST:
            break
        fresh = _channels(read) - channels
        channels |= fresh
        found = await _linkedids(connection, system_name, fresh) if fresh else set()
        found |= await _joined(connection, system_name, new)
        new = found - known
        known |= new
    placed.sort(key=attrgetter("at", "seq"))
    return LinkedCalls(sorted(known), [one.row for one in placed[:MOST_ROWS]])


def _channels(read: Iterable[OrderedRow]) -> set[str]:
    own = {one.row.uniqueid for one in read}
    return own.union(*(one.row.related_uniqueids() for one in read if one.row.event in _TYING))


async def _linkedids(connection: AsyncConnection, system_name: str, channels: set[str]) -> set[str]:
    found = await connection.execute(_LINKEDIDS, {"system": system_name, "channels": sorted(channels)})
    return set(found.scalars())


async def _joined(connection: AsyncConnection, system_name: str, linkedids: set[str]) -> set[str]:
    found = await connection.execute(_JOINED, {"system": system_name, "linkedids": sorted(linkedids)})
    return {one for row in found for one in row}
