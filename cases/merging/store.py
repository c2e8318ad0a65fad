"""Merges in the database, and the chains that they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseState
from cases.life.model import Case
from cases.merging.model import CaseFamily, CaseMerge, CaseName
from cases.tables import case_merges, cases

_NAMES = (cases.c.case_id, cases.c.number, cases.c.spoken_code, cases.c.merged_into)


async def add(connection: AsyncConnection, merge: CaseMerge) -> None:
    await connection.execute(insert(case_merges).values({**asdict(merge), "state": merge.state.value}))


async def undo(connection: AsyncConnection, merge_id: UUID, *, at: datetime, by: str) -> None:
    undone = update(case_merges).where(case_merges.c.merge_id == merge_id)
    await connection.execute(undone.values(undone_at=at, undone_by=by))


async def in_force(connection: AsyncConnection, case_id: UUID) -> CaseMerge | None:
    """The merge of the case that was not undone."""
    query = select(case_merges).where(case_merges.c.case_id == case_id, case_merges.c.undone_at.is_(None))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return CaseMerge(
        row.merge_id, row.case_id, row.into_id, CaseState(row.state), row.clock, row.at, row.by, row.reason
    )


async def family(connection: AsyncConnection, found: Sequence[Case]) -> CaseFamily:
    """Who goes on for these cases, and for whom they go on."""
    return CaseFamily(
        await survivors(connection, {one.case_id: one.merged_into for one in found if one.merged_into}),
        await followers(connection, [one.case_id for one in found]),
    )


async def survivors(connection: AsyncConnection, merged_into: dict[UUID, UUID]) -> dict[UUID, CaseName]:
    """The last of each chain, by the case whose first step is given. A level of the chains at a time."""
    out: dict[UUID, CaseName] = {}
    while merged_into:
        query = select(*_NAMES).where(cases.c.case_id.in_(set(merged_into.values())))
        rows = {row.case_id: row for row in await connection.execute(query)}
        further: dict[UUID, UUID] = {}
        for case_id, next_id in merged_into.items():
            row = rows[next_id]
            if row.merged_into is None:
                out[case_id] = CaseName(row.case_id, row.number, row.spoken_code)
            else:
                further[case_id] = row.merged_into
        merged_into = further
    return out


async def followers(connection: AsyncConnection, case_ids: Iterable[UUID]) -> dict[UUID, list[CaseName]]:
    """All that were merged into each of these, also by way of another; by their numbers."""
    out: dict[UUID, list[CaseName]] = {case_id: [] for case_id in case_ids}
    roots: dict[UUID, set[UUID]] = {case_id: {case_id} for case_id in out}
    while roots:
        query = select(*_NAMES).where(cases.c.merged_into.in_(list(roots))).order_by(cases.c.number)
        level: dict[UUID, set[UUID]] = {}
        for row in await connection.execute(query):
            level[row.case_id] = roots[row.merged_into]
            for root in level[row.case_id]:
                out[root].append(CaseName(row.case_id, row.number, row.spoken_code))
        roots = level
    return out


async def chain(connection: AsyncConnection, case: Case) -> list[UUID]:
    """The case, who goes on for it, and so on to the last."""
    out, following = [case.case_id], case.merged_into
    while following is not None:
        out.append(following)
        found = select(cases.c.merged_into).where(cases.c.case_id == following)
        following = (await connection.execute(found)).scalar_one()
    return out


def and_survivors(case_ids: Select[tuple[UUID]]) -> Select[tuple[UUID]]:
    """The ids that a query answers, and those of all cases that go on for them."""
    chain = case_ids.cte("chain", recursive=True)
    further = select(cases.c.merged_into).join(chain, cases.c.case_id == chain.c.case_id)
    return select(chain.union(further.where(cases.c.merged_into.is_not(None))).c.case_id)
