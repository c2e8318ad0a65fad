"""Superiors' orders in the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.superior.model import SuperiorOrder
from cases.superior.tables import superior_orders


async def add(connection: AsyncConnection, case_id: UUID, order: SuperiorOrder) -> None:
    values = {"ordered_by": order.ordered_by, "reference": order.reference, "due_at": order.due_at}
    await connection.execute(insert(superior_orders).values(case_id=case_id, **values))


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, SuperiorOrder]:
    """Those of these cases that have one."""
    if not case_ids:
        return {}
    query = select(superior_orders).where(superior_orders.c.case_id.in_(list(case_ids)))
    rows = await connection.execute(query)
    return {row.case_id: SuperiorOrder(row.ordered_by, row.reference, row.due_at) for row in rows}
