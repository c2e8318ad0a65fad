"""Which citizens' reports a case was filed from: their reporters are told of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.tables import case_reports
from core.storage.dialect import insert_if_new


async def tie(connection: AsyncConnection, case_id: UUID, report_ids: Iterable[UUID]) -> None:
    """The case is about what these reported; again, nothing changes."""
    for report_id in report_ids:
        await insert_if_new(connection, case_reports, {"case_id": case_id, "report_id": report_id})


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    out: dict[UUID, list[UUID]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    query = select(case_reports).where(case_reports.c.case_id.in_(list(case_ids)))
    for row in await connection.execute(query.order_by(case_reports.c.report_id)):
        out[row.case_id].append(row.report_id)
    return out
