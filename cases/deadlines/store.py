"""The clocks of cases in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.clocks.model import Counting
from cases.deadlines.model import CaseClock, ClockEnd, ClockStage, ClockTerms, ConditionChoice
from cases.tables import case_clocks

_TERMS: Final = tuple(one.name for one in fields(ClockTerms))
_OWN: Final = tuple(one.name for one in fields(CaseClock) if one.name not in {"terms", "seq"})


async def add(connection: AsyncConnection, clock: CaseClock) -> None:
    await connection.execute(insert(case_clocks).values(**_row(clock)))


async def save(connection: AsyncConnection, clock: CaseClock) -> None:
    """Write what was found of a clock, and its end. What it counts never changes."""
    await connection.execute(
        update(case_clocks)
        .where(case_clocks.c.seq == clock.seq)
        .values(
            warned_at=clock.warned_at,
            passed_at=clock.passed_at,
            stopped_at=clock.stopped_at,
            ended=clock.ended,
            next_at=clock.next_at,
        )
    )


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[CaseClock]]:
    """The clocks of each case, oldest first."""
    out: dict[UUID, list[CaseClock]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    query = select(case_clocks).where(case_clocks.c.case_id.in_(list(case_ids))).order_by(case_clocks.c.seq)
    for row in (await connection.execute(query)).mappings():
        out[row["case_id"]].append(_clock(row))
    return out


async def running(connection: AsyncConnection, case_id: UUID) -> CaseClock | None:
    """The clock of the case that has not ended."""
    found = (await of_cases(connection, [case_id]))[case_id]
    return next((one for one in found if one.stopped_at is None), None)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[tuple[UUID, datetime]]:
    """The cases of whose clocks something has to be found, and since when; who waits longest first."""
    query = (
        select(case_clocks.c.case_id, case_clocks.c.next_at)
        .where(case_clocks.c.next_at < now)
        .order_by(case_clocks.c.next_at)
        .limit(limit)
    )
    return [(row.case_id, row.next_at) for row in await connection.execute(query)]


def _row(clock: CaseClock) -> dict[str, Any]:
    terms = {name: getattr(clock.terms, name) for name in _TERMS}
    return {**terms, **{name: getattr(clock, name) for name in _OWN}, "next_at": clock.next_at}


def _clock(row: RowMapping) -> CaseClock:
    terms = {name: row[name] for name in _TERMS} | {
        "counting": Counting(row["counting"]),
        "choice": ConditionChoice(row["choice"]),
    }
    own = {name: row[name] for name in _OWN} | {
        "stage": ClockStage(row["stage"]),
        "ended": None if row["ended"] is None else ClockEnd(row["ended"]),
    }
    return CaseClock(**own, terms=ClockTerms(**terms), seq=row["seq"])
