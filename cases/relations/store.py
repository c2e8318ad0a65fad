"""Relations between cases in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import RelationKind
from cases.merging.model import CaseName
from cases.relations.model import CaseRelation, RelatedCase
from cases.tables import case_relations, cases

_IN_FORCE = case_relations.c.undone_at.is_(None)


async def add(connection: AsyncConnection, relation: CaseRelation) -> None:
    await connection.execute(insert(case_relations).values({**asdict(relation), "kind": relation.kind.value}))


async def undo(connection: AsyncConnection, relation_id: UUID, *, at: datetime, by: str) -> None:
    undone = update(case_relations).where(case_relations.c.relation_id == relation_id)
    await connection.execute(undone.values(undone_at=at, undone_by=by))


async def get(connection: AsyncConnection, relation_id: UUID) -> CaseRelation | None:
    """None also for one that was undone."""
    query = select(case_relations).where(case_relations.c.relation_id == relation_id, _IN_FORCE)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _relation(row)


async def between(
    connection: AsyncConnection, one: UUID, other: UUID, kind: RelationKind
) -> CaseRelation | None:
    """The relation of this kind that the two have already, whichever is the first."""
    ends = (case_relations.c.case_id, case_relations.c.other_id)
    pair = or_(and_(ends[0] == one, ends[1] == other), and_(ends[0] == other, ends[1] == one))
    query = select(case_relations).where(pair, case_relations.c.kind == kind.value, _IN_FORCE)
    row = (await connection.execute(query)).first()
    return None if row is None else _relation(row)


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[RelatedCase]]:
    """The relations of each case, oldest first."""
    out: dict[UUID, list[RelatedCase]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    wanted = list(out)
    query = (
        select(case_relations)
        .where(or_(case_relations.c.case_id.in_(wanted), case_relations.c.other_id.in_(wanted)), _IN_FORCE)
        .order_by(case_relations.c.at, case_relations.c.relation_id)
    )
    found = [_relation(row) for row in await connection.execute(query)]
    if not found:
        return out
    ends = {end for one in found for end in (one.case_id, one.other_id)}
    rows = await connection.execute(
        select(cases.c.case_id, cases.c.number, cases.c.spoken_code).where(cases.c.case_id.in_(ends))
    )
    names = {row.case_id: CaseName(row.case_id, row.number, row.spoken_code) for row in rows}
    for one in found:
        if one.case_id in out:
            out[one.case_id].append(RelatedCase(one, forward=True, other=names[one.other_id]))
        if one.other_id in out:
            out[one.other_id].append(RelatedCase(one, forward=False, other=names[one.case_id]))
    return out


def _relation(row: Row[Any]) -> CaseRelation:
    return CaseRelation(
        row.relation_id, row.case_id, row.other_id, RelationKind(row.kind), row.at, row.by, row.reason
    )
