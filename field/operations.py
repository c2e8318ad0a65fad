"""What people already did in this room, by `op_id`: a press that comes again does nothing twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, String, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction, UtcDateTime, Uuid, metadata
from core.storage.operations import claim

operations = Table(
    "radio_operations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("what", String(160), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""`what` is the act and its subject, for example `revoke app:17`."""


async def first(transaction: Transaction, op_id: UUID, what: str, at: datetime) -> bool:
    """True when the operation is new, False when it was done before. Raises as
    `core.storage.operations.claim`.
    """
    operation = {"op_id": op_id, "what": what, "at": at}
    return await claim(transaction.connection, operations, operation, same=["what"]) is None


async def last(connection: AsyncConnection, what: str) -> datetime | None:
    """When it was done last."""
    wanted = select(func.max(operations.c.at)).where(operations.c.what == what)
    found: datetime | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found
