"""What is old in the tables beside a case, and what of it belongs to nothing that is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseState
from cases.exchange.order_model import OrderState
from cases.exchange.reconciliation_model import ReconciliationState
from cases.exchange.tables import orders, reconciliations
from cases.merging.store import survivors
from cases.tables import cases, drafts
from cases.verification.model import LIVE
from cases.verification.tables import verifications

_OVER: Final = frozenset({CaseState.CLOSED, CaseState.CANCELLED, CaseState.HANDED_OVER})
_ENDED_ORDERS: Final = frozenset(
    {OrderState.DECLINED, OrderState.CLOSED, OrderState.CANCELLED, OrderState.HANDED_OVER}
)


@dataclass(frozen=True, slots=True)
class OldTask:
    task_id: UUID
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class OldOrder:
    reference: str
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class OldComparison:
    day: date
    references: frozenset[str]
    """The orders that it names."""


async def finished(connection: AsyncConnection, case_ids: Collection[UUID], before: datetime) -> set[UUID]:
    """Those of these cases that were over before then; of a merged one the case that goes on counts."""
    if not case_ids:
        return set()
    columns = (cases.c.case_id, cases.c.state, cases.c.updated_at, cases.c.merged_into)
    rows = (await connection.execute(select(*columns).where(cases.c.case_id.in_(case_ids)))).all()
    last = await survivors(connection, {row.case_id: row.merged_into for row in rows if row.merged_into})
    roots = {case_id: name.case_id for case_id, name in last.items()}
    wanted = select(*columns).where(cases.c.case_id.in_(set(roots.values())))
    known = {row.case_id: row for row in [*rows, *await connection.execute(wanted)]}
    found = set()
    for row in rows:
        goes_on = known[roots.get(row.case_id, row.case_id)]
        if goes_on.state in _OVER and max(row.updated_at, goes_on.updated_at) < before:
            found.add(row.case_id)
    return found


async def old_tasks(
    connection: AsyncConnection, before: datetime, after: UUID | None, limit: int
) -> list[OldTask]:
    """Tasks that ended before then, of a case or of a draft that is not open; by their ids, after `after`.

    Whether the case is over is not asked here. A task about a place of the ground alone stays with its
    patches.
    """
    one = verifications.c
    of_open_draft = exists().where(drafts.c.draft_id == one.draft_id, drafts.c.state == "open")
    query = (
        select(one.task_id, one.case_id)
        .where(
            one.asked_at < before,
            one.due_at < before,
            or_(one.answered_at.is_(None), one.answered_at < before),
            one.state.not_in(LIVE),
            or_(one.case_id.is_not(None), and_(one.draft_id.is_not(None), ~of_open_draft)),
        )
        .order_by(one.task_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(one.task_id > after)
    return [OldTask(row.task_id, row.case_id) for row in await connection.execute(query)]


async def old_orders(connection: AsyncConnection, before: datetime, after: str, limit: int) -> list[OldOrder]:
    """Orders that were declined, or filed, before then; by their numbers, after `after`. Whether the case is
    over is not asked here.
    """
    one = orders.c
    query = (
        select(one.reference, one.case_id)
        .where(
            one.received_at < before,
            one.reference > after,
            or_(one.case_id.is_not(None), one.state == OrderState.DECLINED.value),
        )
        .order_by(one.reference)
        .limit(limit)
    )
    return [OldOrder(row.reference, row.case_id) for row in await connection.execute(query)]


async def old_comparisons(
    connection: AsyncConnection, before: date, after: str, limit: int
) -> list[OldComparison]:
    """Comparisons of days before then whose list is not being sent; by their days, after `after`."""
    one = reconciliations.c
    query = (
        select(one.day, one.differences)
        .where(
            one.day < before.isoformat(),
            one.day > after,
            one.state != ReconciliationState.ASKING.value,
        )
        .order_by(one.day)
        .limit(limit)
    )
    return [
        OldComparison(
            date.fromisoformat(row.day), frozenset(each["reference"] for each in row.differences["first"])
        )
        for row in await connection.execute(query)
    ]


async def open_orders(connection: AsyncConnection, references: Collection[str]) -> set[str]:
    """Those of these orders that have not come to an end."""
    wanted = select(orders.c.reference).where(
        orders.c.reference.in_(references), orders.c.state.not_in(_ENDED_ORDERS)
    )
    return set((await connection.execute(wanted)).scalars())


async def drop_tasks(connection: AsyncConnection, task_ids: Iterable[UUID]) -> None:
    await connection.execute(delete(verifications).where(verifications.c.task_id.in_(list(task_ids))))


async def drop_orders(connection: AsyncConnection, references: Iterable[str]) -> None:
    await connection.execute(delete(orders).where(orders.c.reference.in_(list(references))))


async def drop_comparisons(connection: AsyncConnection, days: Iterable[date]) -> None:
    wanted = [day.isoformat() for day in days]
    await connection.execute(delete(reconciliations).where(reconciliations.c.day.in_(wanted)))
