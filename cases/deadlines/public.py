"""When cases are to be done, as everybody may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.deadlines.model import ClockEnd
from cases.merging.store import survivors
from cases.tables import case_clocks, cases
from core.storage import Storage


async def expected_times(storage: Storage, case_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """The deadline of each case whose clock runs; of a merged one, of the case that goes on for it. A paused
    clock, a case that is done and a confidential one have none. Raises `StorageAway`.
    """
    if not case_ids:
        return {}
    async with storage.read() as connection:
        found = await _standing(connection, case_ids)
        merged = {one: case.merged_into for one, case in found.items() if case.merged_into is not None}
        onward = {one: into.case_id for one, into in (await survivors(connection, merged)).items()}
        further = await _standing(connection, sorted(set(onward.values()) - found.keys()))
    known = {**found, **further}
    due = {one: known[onward.get(one, one)].due_at for one in found if onward.get(one, one) in known}
    return {one: at for one, at in due.items() if at is not None}


_CASES: Final = (
    select(
        cases.c.case_id, cases.c.merged_into, cases.c.confidential, case_clocks.c.due_at,
        case_clocks.c.stopped_at,
    )
    .select_from(
        cases.outerjoin(
            case_clocks,
            and_(
                case_clocks.c.case_id == cases.c.case_id,
                func.coalesce(case_clocks.c.ended, "") != ClockEnd.REPLACED.value,
            ),
        )
    )
    .where(cases.c.case_id.in_(bindparam("ids", expanding=True)))
    .order_by(case_clocks.c.seq)
)  # fmt: skip
"""Made once: to make a statement takes longer than to ask it."""


class _Standing(NamedTuple):
    """`due_at` is None where nobody is told one."""

    merged_into: UUID | None
    due_at: datetime | None


async def _standing(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, _Standing]:
    if not case_ids:
        return {}
    found = {}
    for row in await connection.execute(
        _CASES, {"ids": list(set(case_ids))}
    ):  # the clock that runs or ran last comes last
        told = row.stopped_at is None and not row.confidential
        found[row.case_id] = _Standing(row.merged_into, row.due_at if told else None)
    return found
