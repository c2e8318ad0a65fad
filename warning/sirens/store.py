"""Orders to sirens in the database: one row for each siren and warning."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.dialect import insert_if_new
from warning.tables import siren_orders


class SirenOrderState(StrEnum):
    """`ordered`: its number is fixed and it may have been written; `taken`: the siren has begun; `sounded` to
    the end. `stopping`: the warning was ended, and the siren is to be.
    """

    WAITING = "waiting"
    ORDERED = "ordered"
    TAKEN = "taken"
    SOUNDED = "sounded"
    REFUSED = "refused"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    STOPPING = "stopping"
    STOPPED = "stopped"


OPEN: Final = (
    SirenOrderState.WAITING, SirenOrderState.ORDERED, SirenOrderState.TAKEN, SirenOrderState.STOPPING,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SirenOrder:
    """`actual`: of no exercise and no test. `number` is that of the order at its controller, None before it
    is fixed; `tries` since the state.
    """

    delivery_id: UUID
    siren: str
    actual: bool
    program: int
    made_at: datetime
    until: datetime
    state: SirenOrderState
    number: int | None
    tries: int
    due_at: datetime


async def add(connection: AsyncConnection, order: SirenOrder) -> bool:
    """False when it is there already."""
    row = {name: getattr(order, name) for name in siren_orders.c.keys()}  # noqa: SIM118
    return await insert_if_new(connection, siren_orders, {**row, "state": order.state.value})


async def open_ones(connection: AsyncConnection) -> list[SirenOrder]:
    """Those with which something is still to be done; the oldest first."""
    wanted = (
        select(siren_orders)
        .where(siren_orders.c.state.in_([state.value for state in OPEN]))
        .order_by(siren_orders.c.made_at, siren_orders.c.delivery_id)
    )
    return [_order(row) for row in await connection.execute(wanted)]


async def change(
    connection: AsyncConnection, order: SirenOrder, state: SirenOrderState, **values: Any
) -> bool:
    """Whether it was still in the state in which it was read."""
    done = await connection.execute(
        update(siren_orders)
        .where(siren_orders.c.delivery_id == order.delivery_id, siren_orders.c.state == order.state.value)
        .values(state=state.value, **values)
    )
    return bool(done.rowcount)


async def withdraw(connection: AsyncConnection, delivery_ids: Collection[UUID], now: datetime) -> None:
    """What has not been ordered is not any more; what may sound is to be stopped."""
    of_them = siren_orders.c.delivery_id.in_(delivery_ids)
    for before, after in (
        ((SirenOrderState.WAITING,), SirenOrderState.WITHDRAWN),
        ((SirenOrderState.ORDERED, SirenOrderState.TAKEN), SirenOrderState.STOPPING),
    ):
        states = [state.value for state in before]
        await connection.execute(
            update(siren_orders)
            .where(of_them, siren_orders.c.state.in_(states))
            .values(state=after.value, tries=0, due_at=now)
        )


async def states_of(
    connection: AsyncConnection, delivery_ids: Sequence[UUID]
) -> Mapping[UUID, SirenOrderState]:
    wanted = select(siren_orders.c.delivery_id, siren_orders.c.state).where(
        siren_orders.c.delivery_id.in_(delivery_ids)
    )
    return {row.delivery_id: SirenOrderState(row.state) for row in await connection.execute(wanted)}


def _order(row: Row[Any]) -> SirenOrder:
    told = {name: row._mapping[name] for name in siren_orders.c.keys()}  # noqa: SLF001, SIM118
    return SirenOrder(**{**told, "state": SirenOrderState(told["state"])})
