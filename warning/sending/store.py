"""Who is to be told of which warning, and what became of that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.chunks import chunks
from core.storage.dialect import insert_missing
from warning.tables import deliveries, warnings


class WarningDeliveryState(StrEnum):
    """`given`: handed over to its channel; `dropped`: the warning was over before its turn."""

    PENDING = "pending"
    GIVEN = "given"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    delivery_id: UUID
    warning_id: UUID
    channel: str
    address: str
    running: bool


def delivery_id_of(warning_id: UUID, channel: str, address: str) -> UUID:
    """The same addressee of the same warning has one."""
    return uuid5(warning_id, f"{channel}\n{address}")


async def plan(
    transaction: Transaction, warning_id: UUID, channel: str, addresses: Collection[str], at: datetime
) -> None:
    rows = [
        {
            "delivery_id": delivery_id_of(warning_id, channel, address), "warning_id": warning_id,
            "channel": channel, "address": address, "state": WarningDeliveryState.PENDING.value,
            "why": "", "at": at,
        }
        for address in sorted(set(addresses))
    ]  # fmt: skip
    for some in chunks(rows):
        await insert_missing(transaction.connection, deliveries, some)


async def pending(connection: AsyncConnection, most: int, running: str) -> list[PendingDelivery]:
    """The next ones, locked until the transaction ends."""
    wanted = (
        select(
            deliveries.c.delivery_id, deliveries.c.warning_id, deliveries.c.channel, deliveries.c.address,
            (warnings.c.state == running).label("running"),
        )
        .join(warnings, warnings.c.warning_id == deliveries.c.warning_id)
        .where(deliveries.c.state == WarningDeliveryState.PENDING.value)
        .order_by(deliveries.c.delivery_id)
        .limit(most)
        .with_for_update()
    )  # fmt: skip
    return [
        PendingDelivery(row.delivery_id, row.warning_id, row.channel, row.address, bool(row.running))
        for row in await connection.execute(wanted)
    ]


async def settle(
    transaction: Transaction, delivery_id: UUID, state: WarningDeliveryState, why: str, at: datetime
) -> None:
    of_it = deliveries.c.delivery_id == delivery_id
    changed = update(deliveries).where(of_it).values(state=state.value, why=why[:40], at=at)
    await transaction.connection.execute(changed)


async def counts(connection: AsyncConnection, warning_id: UUID) -> Mapping[tuple[str, str], int]:
    """By channel and state."""
    wanted = (
        select(deliveries.c.channel, deliveries.c.state, func.count())
        .where(deliveries.c.warning_id == warning_id)
        .group_by(deliveries.c.channel, deliveries.c.state)
    )
    return {(channel, state): int(n) for channel, state, n in await connection.execute(wanted)}


async def given(connection: AsyncConnection, warning_id: UUID, channel: str) -> Sequence[UUID]:
    return list(await addresses(connection, warning_id, channel))


async def addresses(connection: AsyncConnection, warning_id: UUID, channel: str) -> dict[UUID, str]:
    """Of what was handed over."""
    wanted = select(deliveries.c.delivery_id, deliveries.c.address).where(
        deliveries.c.warning_id == warning_id,
        deliveries.c.channel == channel,
        deliveries.c.state == WarningDeliveryState.GIVEN.value,
    )
    return {row.delivery_id: row.address for row in await connection.execute(wanted)}
