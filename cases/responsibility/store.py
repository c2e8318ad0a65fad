"""The departments of each case in the database, with the names that they had when it was given to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.tables import case_departments


class DepartmentPart(StrEnum):
    """What a department does about a case (主办, 协办)."""

    HOST = "host"
    ASSIST = "assist"


@dataclass(frozen=True, slots=True)
class CaseDepartment:
    """`why` and `row` are of the catalogue's row that decided; `chosen_by` is who chose instead."""

    department_id: str
    part: DepartmentPart
    name_zh: str
    name_en: str
    why: str
    row: int | None
    chosen_by: str | None
    since: datetime


async def put(connection: AsyncConnection, case_id: UUID, departments: Sequence[CaseDepartment]) -> None:
    """These instead of those that the case had; the host first."""
    await connection.execute(delete(case_departments).where(case_departments.c.case_id == case_id))
    rows = [
        {**asdict(one), "case_id": case_id, "part": one.part.value, "place": place}
        for place, one in enumerate(departments)
    ]
    if rows:
        await connection.execute(insert(case_departments), rows)


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[CaseDepartment]]:
    """The departments of each case, the host first."""
    out: dict[UUID, list[CaseDepartment]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    query = (
        select(case_departments)
        .where(case_departments.c.case_id.in_(list(case_ids)))
        .order_by(case_departments.c.place)
    )
    for row in await connection.execute(query):
        out[row.case_id].append(
            CaseDepartment(
                row.department_id, DepartmentPart(row.part), row.name_zh, row.name_en, row.why, row.row,
                row.chosen_by, row.since,
            )
        )  # fmt: skip
    return out
