"""Work orders of another system in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.exchange.order_model import OrderState, WorkOrder
from cases.exchange.tables import orders
from core.storage.dialect import insert_if_new

MOST_OF_DAY = 20_000


async def add(connection: AsyncConnection, order: WorkOrder) -> bool:
    """Keep it; False when it is there already."""
    return await insert_if_new(connection, orders, {**asdict(order), "state": order.state.value})


async def by_reference(connection: AsyncConnection, reference: str) -> WorkOrder | None:
    return await _one(connection, orders.c.reference == reference)


async def of_draft(connection: AsyncConnection, draft_id: UUID) -> WorkOrder | None:
    return await _one(connection, orders.c.draft_id == draft_id)


async def of_case(connection: AsyncConnection, case_id: UUID) -> Sequence[WorkOrder]:
    return await _all(connection, orders.c.case_id == case_id)


async def registered(connection: AsyncConnection, since: datetime, until: datetime) -> Sequence[WorkOrder]:
    """Those that were registered in `[since, until)`, `MOST_OF_DAY` at most."""
    return await _all(connection, orders.c.registered_at >= since, orders.c.registered_at < until)


async def change(connection: AsyncConnection, reference: str, **values: Any) -> None:
    await connection.execute(update(orders).where(orders.c.reference == reference).values(**values))


async def _one(connection: AsyncConnection, condition: ColumnElement[bool]) -> WorkOrder | None:
    found = await _all(connection, condition)
    return found[0] if found else None


async def _all(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> Sequence[WorkOrder]:
    query = select(orders).where(*conditions).order_by(orders.c.reference).limit(MOST_OF_DAY)
    return [
        WorkOrder(**{**row, "state": OrderState(row["state"])})
        for row in (await connection.execute(query)).mappings()
    ]
