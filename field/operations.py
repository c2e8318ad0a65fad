"""What people already did in this room, by `op_id`: a press that comes again does nothing twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, String, Table, select

from core.errors import Conflict
from core.storage import Transaction, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new

operations = Table(
    "radio_operations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("what", String(160), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""`what` is the act and its subject, for example `revoke app:17`."""


async def first(transaction: Transaction, op_id: UUID, what: str, at: datetime) -> bool:
    """True when the operation is new and now belongs to this transaction, False when it was done before.

    A second press that comes at the same moment waits here for the first one's commit. Raises `Conflict`
    when the id was used for something else.
    """
    connection = transaction.connection
    if await insert_if_new(connection, operations, {"op_id": op_id, "what": what, "at": at}):
        return True
    known = await connection.execute(select(operations.c.what).where(operations.c.op_id == op_id))
    if known.scalar_one() != what:
        raise Conflict("this op_id was used for something else", remedy="make a new op_id for a new act")
    return False
