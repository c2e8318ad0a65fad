"""Deliveries of forms in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.exchange.errors import NoSuchDelivery
from cases.exchange.model import DeliveryState, FormDelivery, FormName, ReceiptWay
from cases.exchange.tables import deliveries
from core.ids import uuid7
from core.storage.dialect import insert_if_new

_OWN: Final = tuple(one.name for one in fields(FormDelivery))
MOST_OF_CASE: Final = 200


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What is empty limits nothing. `before`: those that are older than this one."""

    state: DeliveryState | None = None
    department_id: str = ""
    before: UUID | None = None


async def add(connection: AsyncConnection, delivery: FormDelivery) -> bool:
    """Keep it; False when it is there already."""
    return await insert_if_new(connection, deliveries, {name: getattr(delivery, name) for name in _OWN})


async def get(connection: AsyncConnection, delivery_id: UUID, *, lock: bool = False) -> FormDelivery:
    """Raises `NoSuchDelivery`."""
    query = select(deliveries).where(deliveries.c.delivery_id == delivery_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise NoSuchDelivery(remedy="look at the list again")
    return _delivery(row)


async def page(connection: AsyncConnection, wanted: DeliveryFilter, limit: int) -> list[FormDelivery]:
    """The newest first."""
    query = select(deliveries).order_by(deliveries.c.delivery_id.desc()).limit(limit)
    if wanted.state is not None:
        query = query.where(deliveries.c.state == wanted.state.value)
    if wanted.department_id:
        query = query.where(deliveries.c.department_id == wanted.department_id)
    if wanted.before is not None:
        query = query.where(deliveries.c.delivery_id < wanted.before)
    return [_delivery(row) for row in (await connection.execute(query)).mappings()]


async def of_case(connection: AsyncConnection, case_id: UUID) -> list[FormDelivery]:
    """The newest `MOST_OF_CASE`, the newest first."""
    query = select(deliveries).where(deliveries.c.case_id == case_id)
    query = query.order_by(deliveries.c.delivery_id.desc()).limit(MOST_OF_CASE)
    return [_delivery(row) for row in (await connection.execute(query)).mappings()]


async def waiting(connection: AsyncConnection, departments: Sequence[str]) -> list[FormDelivery]:
    """What has not gone to these yet, the oldest first."""
    query = (
        select(deliveries)
        .where(deliveries.c.state == DeliveryState.WAITING.value)
        .order_by(deliveries.c.delivery_id)
    )
    wanted = frozenset(departments)
    rows = (await connection.execute(query)).mappings()
    return [_delivery(row) for row in rows if row["department_id"] in wanted]


async def counts(connection: AsyncConnection) -> Mapping[DeliveryState, int]:
    """How many wait and how many are dead."""
    states = (DeliveryState.WAITING, DeliveryState.DEAD)
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.state.in_([one.value for one in states]))
        .group_by(deliveries.c.state)
    )
    found: dict[str, int] = {row[0]: row[1] for row in await connection.execute(query)}
    return {one: found.get(one.value, 0) for one in states}


async def change(connection: AsyncConnection, delivery_id: UUID, **values: Any) -> None:
    await connection.execute(
        update(deliveries).where(deliveries.c.delivery_id == delivery_id).values(**values)
    )


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete so many at most of those that were made before then and ended; how many."""
    old = (
        select(deliveries.c.delivery_id)
        # The key rises with time: what is younger is not looked at.
        .where(
            deliveries.c.delivery_id < uuid7(int(before.timestamp() * 1000)),
            deliveries.c.created_at < before,
            deliveries.c.state != DeliveryState.WAITING.value,
        )
        .order_by(deliveries.c.delivery_id)
        .limit(limit)
    )
    gone = await connection.execute(delete(deliveries).where(deliveries.c.delivery_id.in_(old)))
    return int(gone.rowcount)


def _delivery(row: RowMapping) -> FormDelivery:
    plain: dict[str, Any] = {name: row[name] for name in _OWN}
    plain |= {
        "form": FormName(row["form"]), "state": DeliveryState(row["state"]), "way": ReceiptWay(row["way"]),
    }  # fmt: skip
    return FormDelivery(**plain)
