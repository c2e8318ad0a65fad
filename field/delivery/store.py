"""The tables of chains: one row for each dispatch, one for each delivery of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from field.delivery.model import DeliveryAttempt, DispatchDelivery, Route
from field.events import DeliveryStage

chains = Table(
    "radio_chains",
    metadata,
    Column("dispatch_id", Uuid, primary_key=True),
    Column("unit_id", String(64), nullable=False),
    Column("case_id", Uuid),
    Column("urgent", Boolean, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("plan", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", UtcDateTime),
    Column("overdue_at", UtcDateTime),
    Column("overdue", String(16)),
    Column("offered_at", UtcDateTime),
    Index("ix_radio_chains_due", "state", "due_at"),
    Index("ix_radio_chains_opened", "opened_at"),
    Index("ix_radio_chains_case", "case_id"),
)
"""`due_at` is when time does something next."""

deliveries = Table(
    "radio_deliveries",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("dispatch_id", Uuid, nullable=False),
    Column("unit_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("bearer", String(8), nullable=False),
    Column("address", String(64), nullable=False),
    Column("reports", String(12), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("why", Text, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("displayed_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_radio_deliveries_dispatch", "dispatch_id", "number", unique=True),
    Index("ix_radio_deliveries_waiting", "bearer", "stage"),
)

BATCH = 100
ALIVE = [stage for stage in DeliveryStage if not stage.over]


async def add(transaction: Transaction, delivery: DispatchDelivery, due: datetime | None) -> None:
    await transaction.connection.execute(
        insert(chains).values(
            dispatch_id=delivery.dispatch_id,
            unit_id=delivery.unit_id,
            case_id=delivery.case_id,
            urgent=delivery.urgent,
            opened_at=delivery.opened_at,
            plan=[asdict(route) for route in delivery.plan],
            **_moved(delivery, due),
        )
    )
    for one in delivery.deliveries:
        await _add_delivery(transaction.connection, one)


async def save(
    transaction: Transaction, before: DispatchDelivery, after: DispatchDelivery, due: datetime | None
) -> None:
    """Keep what changed."""
    connection = transaction.connection
    await connection.execute(
        update(chains).where(chains.c.dispatch_id == after.dispatch_id).values(**_moved(after, due))
    )
    known = {one.number: one for one in before.deliveries}
    for one in after.deliveries:
        if one.number not in known:
            await _add_delivery(connection, one)
        elif one != known[one.number]:
            await connection.execute(
                update(deliveries).where(deliveries.c.delivery_id == one.delivery_id).values(**_came(one))
            )


async def find(
    connection: AsyncConnection, dispatch_id: UUID, *, change: bool = False
) -> DispatchDelivery | None:
    """`change` keeps others from changing it until the transaction ends."""
    wanted = select(chains).where(chains.c.dispatch_id == dispatch_id)
    row = (await connection.execute(wanted.with_for_update() if change else wanted)).first()
    if row is None:
        return None
    found = await connection.execute(
        select(deliveries).where(deliveries.c.dispatch_id == dispatch_id).order_by(deliveries.c.number)
    )
    return _chain(row, [_delivery(one) for one in found])


async def due(connection: AsyncConnection, now: datetime) -> list[UUID]:
    """Dispatches on which time does something now, those that are late most first."""
    rows = await connection.execute(
        select(chains.c.dispatch_id)
        .where(chains.c.state == "open", chains.c.due_at <= now)
        .order_by(chains.c.due_at)
        .limit(BATCH)
    )
    return list(rows.scalars())


async def waiting(connection: AsyncConnection, bearer: str) -> list[DeliveryAttempt]:
    """Deliveries that this bearer has not taken yet, the oldest first."""
    rows = await connection.execute(
        select(deliveries)
        .where(
            deliveries.c.bearer == bearer,
            deliveries.c.stage.in_([DeliveryStage.QUEUED, DeliveryStage.UNREACHABLE]),
        )
        .order_by(deliveries.c.queued_at)
        .limit(BATCH)
    )
    return [_delivery(row) for row in rows]


async def live_calls(connection: AsyncConnection) -> list[DeliveryAttempt]:
    """Calls to crews that are to be placed or may be ringing, the oldest first."""
    rows = await connection.execute(
        select(deliveries)
        .where(deliveries.c.bearer == "call", deliveries.c.stage.in_(ALIVE))
        .order_by(deliveries.c.queued_at)
        .limit(BATCH)
    )
    return [_delivery(row) for row in rows]


async def delivery(connection: AsyncConnection, wanted: UUID) -> DeliveryAttempt | None:
    row = (await connection.execute(select(deliveries).where(deliveries.c.delivery_id == wanted))).first()
    return None if row is None else _delivery(row)


async def units_of_case(connection: AsyncConnection, case_id: UUID) -> frozenset[str]:
    """Units that have or had this case."""
    rows = await connection.execute(select(chains.c.unit_id).where(chains.c.case_id == case_id))
    return frozenset(rows.scalars())


async def overdue(connection: AsyncConnection, limit: int) -> Sequence[DispatchDelivery]:
    """Chains that the dispatcher was told of and that nobody has ended since, the oldest first."""
    rows = await connection.execute(
        select(chains)
        .where(chains.c.overdue_at.is_not(None), chains.c.state.in_(["open", "declined"]))
        .order_by(chains.c.overdue_at)
        .limit(limit)
    )
    return [_chain(row, []) for row in rows]


async def forget(transaction: Transaction, before: datetime) -> int:
    """Delete chains that are over and older; how many."""
    connection = transaction.connection
    old = select(chains.c.dispatch_id).where(chains.c.opened_at < before, chains.c.state != "open")
    await connection.execute(delete(deliveries).where(deliveries.c.dispatch_id.in_(old)))
    gone = await connection.execute(
        delete(chains).where(chains.c.opened_at < before, chains.c.state != "open")
    )
    return gone.rowcount


async def _add_delivery(connection: AsyncConnection, one: DeliveryAttempt) -> None:
    await connection.execute(
        insert(deliveries).values(
            delivery_id=one.delivery_id,
            dispatch_id=one.dispatch_id,
            unit_id=one.unit_id,
            number=one.number,
            purpose=one.purpose,
            bearer=one.bearer,
            address=one.address,
            reports=one.reports,
            queued_at=one.queued_at,
            **_came(one),
        )
    )


def _moved(delivery: DispatchDelivery, due: datetime | None) -> dict[str, Any]:
    return {
        "state": delivery.state,
        "due_at": due,
        "overdue_at": delivery.overdue_at,
        "overdue": delivery.overdue,
        "offered_at": delivery.offered_at,
    }


def _came(one: DeliveryAttempt) -> dict[str, Any]:
    return {
        "stage": one.stage, "why": one.why, "sent_at": one.sent_at, "delivered_at": one.delivered_at,
        "displayed_at": one.displayed_at, "answered_at": one.answered_at, "ended_at": one.ended_at,
    }  # fmt: skip


def _chain(row: Row[Any], found: Sequence[DeliveryAttempt]) -> DispatchDelivery:
    return DispatchDelivery(
        dispatch_id=row.dispatch_id,
        unit_id=row.unit_id,
        case_id=row.case_id,
        urgent=row.urgent,
        opened_at=row.opened_at,
        plan=tuple(Route(**route) for route in row.plan),
        deliveries=tuple(found),
        state=row.state,
        overdue_at=row.overdue_at,
        overdue=row.overdue,
        offered_at=row.offered_at,
    )


def _delivery(row: Row[Any]) -> DeliveryAttempt:
    return DeliveryAttempt(
        delivery_id=row.delivery_id,
        dispatch_id=row.dispatch_id,
        unit_id=row.unit_id,
        number=row.number,
        purpose=row.purpose,
        bearer=row.bearer,
        address=row.address,
        reports=row.reports,
        queued_at=row.queued_at,
        stage=DeliveryStage(row.stage),
        why=row.why,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        displayed_at=row.displayed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
    )
