"""Devices of GB/T 28181 in the database, so that every process and every restart knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import upsert
from sensing.tables import gb_devices


@dataclass(slots=True)
class GbDeviceRow:
    """`state` is `up` or `away`, `why` it is away; `without_place` cameras of its list have no position and
    are not in the register.
    """

    device: str
    state: str
    why: str
    since: datetime
    heard_at: datetime | None = None
    maker: str = ""
    model: str = ""
    firmware: str = ""
    cameras: int = 0
    without_place: int = 0
    catalogue_at: datetime | None = None
    alarms: int = 0
    alarm_at: datetime | None = None


async def devices(connection: AsyncConnection) -> list[GbDeviceRow]:
    """All that were ever heard of, by id."""
    rows = await connection.execute(select(gb_devices).order_by(gb_devices.c.device))
    return [GbDeviceRow(**row._mapping) for row in rows]  # noqa: SLF001


async def put(transaction: Transaction, rows: Sequence[GbDeviceRow]) -> None:
    await upsert(transaction.connection, gb_devices, [asdict(one) for one in rows], keys=["device"])
