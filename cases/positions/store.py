"""The coordinates of cases that crews are to go to, in the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseState, PositionSource
from cases.life.model import position_of
from cases.tables import cases
from core.place import Position

MOST: Final = 5000


@dataclass(frozen=True, slots=True)
class LocatedCase:
    """A case that is filed and not done, and where it is."""

    case_id: UUID
    position: Position
    invented: bool = False


async def of_open(
    connection: AsyncConnection, *, districts: Collection[str] = (), filed_by: str = ""
) -> list[LocatedCase]:
    """The newest first, `MOST` at most; with `districts` those of them, of no district, and what `filed_by`
    has filed. A case whose coordinates nobody knows is not among them.
    """
    query = (
        select(cases.c.case_id, cases.c.lon, cases.c.lat, cases.c.accuracy_m, cases.c.position_source)
        .where(cases.c.state == CaseState.FILED.value, cases.c.lon.is_not(None), cases.c.lat.is_not(None))
        .order_by(cases.c.filed_at.desc())
        .limit(MOST)
    )
    if districts:
        within = cases.c.district.in_(sorted(districts)) | cases.c.district.is_(None)
        query = query.where(within | (cases.c.filed_by == filed_by))
    return [
        LocatedCase(row.case_id, where, row.position_source == PositionSource.INVENTED.value)
        for row in await connection.execute(query)
        if (where := position_of(row.lon, row.lat, row.accuracy_m)) is not None
    ]


@dataclass(frozen=True, slots=True)
class NumberedCase:
    """An open case that is not confidential, at a measured place."""

    case_id: UUID
    number: str
    position: Position


async def numbered(connection: AsyncConnection) -> list[NumberedCase]:
    """Those that are filed and not done, the newest first, `MOST` at most."""
    query = (
        select(cases.c.case_id, cases.c.number, cases.c.lon, cases.c.lat, cases.c.accuracy_m)
        .where(
            cases.c.state == CaseState.FILED.value,
            cases.c.lon.is_not(None),
            cases.c.lat.is_not(None),
            cases.c.confidential.is_(False),
            cases.c.position_source.is_distinct_from(PositionSource.INVENTED.value),
        )
        .order_by(cases.c.filed_at.desc())
        .limit(MOST)
    )
    return [
        NumberedCase(row.case_id, row.number, where)
        for row in await connection.execute(query)
        if (where := position_of(row.lon, row.lat, row.accuracy_m)) is not None
    ]
