"""What people already did in this room, by `op_id`: a press that comes again does nothing twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, String, Table, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from core.errors import Conflict
from core.storage import Transaction, UtcDateTime, Uuid, metadata

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
    make = pg_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(operations).values(op_id=op_id, what=what, at=at).on_conflict_do_nothing()
    if (await connection.execute(statement)).rowcount == 1:
        return True
    known = await connection.execute(select(operations.c.what).where(operations.c.op_id == op_id))
    if known.scalar_one() != what:
        raise Conflict("this op_id was used for something else", remedy="make a new op_id for a new act")
    return False
