"""Under which condition each case was closed, in the words of that time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.closing.model import ClosingCondition
from cases.tables import case_closings


async def add(
    connection: AsyncConnection, case_id: UUID, met: ClosingCondition, *, at: datetime, by: str
) -> None:
    row = {
        "case_id": case_id,
        "condition_id": met.condition_id,
        "condition_zh": met.condition_zh,
        "condition_en": met.condition_en,
        "version": met.version,
        "at": at,
        "by": by,
    }
    await connection.execute(insert(case_closings).values(row))


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, ClosingCondition]:
    """Of each closed case, that of its last closing."""
    if not case_ids:
        return {}
    query = (
        select(case_closings).where(case_closings.c.case_id.in_(list(case_ids))).order_by(case_closings.c.seq)
    )
    return {
        row.case_id: ClosingCondition(row.condition_id, row.condition_zh, row.condition_en, row.version)
        for row in await connection.execute(query)
    }
