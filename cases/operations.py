"""Operations by their id: the same one again gets the same answer and does nothing twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from cases.tables import operations
from core.errors import Conflict
from core.storage import Transaction


async def claim(transaction: Transaction, op_id: UUID, kind: str, result: UUID, at: datetime) -> UUID | None:
    """None when the operation is new and now belongs to this transaction; else what it made before.

    A second press that comes at the same moment waits here for the first one's commit. Raises `Conflict`
    when the id was used for something else.
    """
    connection = transaction.connection
    make = pg_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(operations).values(op_id=op_id, kind=kind, result=result, at=at).on_conflict_do_nothing()
    if (await connection.execute(statement)).rowcount == 1:
        return None
    row = (await connection.execute(select(operations).where(operations.c.op_id == op_id))).one()
    if row.kind != kind:
        raise Conflict("this op_id was used for something else", remedy="make a new op_id for a new act")
    earlier: UUID = row.result
    return earlier


async def release(transaction: Transaction, op_id: UUID) -> None:
    """The operation that was claimed was refused and changed nothing: its id may be tried again."""
    await transaction.connection.execute(delete(operations).where(operations.c.op_id == op_id))
