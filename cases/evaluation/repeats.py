"""Whether a case repeats an earlier complaint: the same class at the same place, or from the same caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.tables import facts
from cases.life.model import Case
from cases.tables import case_calls, cases

_SAME_ACT: Final = timedelta(seconds=5)
"""A call that is tied so soon is the one that the case was filed from."""


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """`days`: how far back an earlier complaint counts."""

    days: float = 30.0


async def root_of(
    connection: AsyncConnection, case: Case, rule: RepeatRule, known: Mapping[UUID, UUID | None]
) -> UUID | None:
    """The first of the complaints that this one repeats; None where it repeats none. Only what was true when
    it was filed counts, so that the answer is the same whenever it is asked. `known`: the roots of cases that
    are not kept yet.
    """
    found = [
        row
        for query in _queries(case, rule, await _caller(connection, case))
        for row in await connection.execute(query)
    ]
    if not found:
        return None
    earlier: UUID = max(found, key=lambda row: row.filed_order).case_id
    if earlier in known:
        return known[earlier] or earlier
    root: UUID | None = await connection.scalar(
        select(facts.c.repeat_root).where(facts.c.subject_id == earlier)
    )
    return root or earlier


async def _caller(connection: AsyncConnection, case: Case) -> str:
    query = (
        select(case_calls.c.caller_key)
        .where(case_calls.c.case_id == case.case_id, case_calls.c.linked_at <= case.filed_at + _SAME_ACT)
        .order_by(case_calls.c.linked_at)
        .limit(1)
    )
    return str(await connection.scalar(query) or "")


def _queries(case: Case, rule: RepeatRule, caller: str) -> list[Select[Any]]:
    base = (
        select(cases.c.case_id, cases.c.filed_order)
        .where(
            cases.c.category == case.category,
            cases.c.filed_order < case.filed_order,
            cases.c.filed_at >= case.filed_at - timedelta(days=rule.days),
        )
        .order_by(cases.c.filed_order.desc())
        .limit(1)
    )
    same_district = cases.c.district.is_(None) if case.district is None else cases.c.district == case.district
    out = [
        base.where(column == value, same_district)
        for column, value in ((cases.c.address, case.address), (cases.c.crossing, case.crossing))
        if value
    ]
    if caller:
        own = select(case_calls.c.case_id).where(
            case_calls.c.caller_key == caller, case_calls.c.linked_at <= case.filed_at
        )
        out.append(base.where(cases.c.case_id.in_(own)))
    return out
