"""Operations by their id: the same one again gets the same answer and does nothing twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from cases.tables import operations
from core.errors import Conflict
from core.storage import Transaction
from core.storage.dialect import insert_if_new


async def claim(transaction: Transaction, op_id: UUID, kind: str, result: UUID, at: datetime) -> UUID | None:
    """None when the operation is new and now belongs to this transaction; else what it made before.

    A second press that comes at the same moment waits here for the first one's commit. Raises `Conflict`
    when the id was used for something else.
    """
    connection = transaction.connection
    claimed = {"op_id": op_id, "kind": kind, "result": result, "at": at}
    if await insert_if_new(connection, operations, claimed):
        return None
    row = (await connection.execute(select(operations).where(operations.c.op_id == op_id))).one()
    if row.kind != kind:
        raise Conflict("this op_id was used for something else", remedy="make a new op_id for a new act")
    earlier: UUID = row.result
    return earlier


async def release(transaction: Transaction, op_id: UUID) -> None:
    """The operation that was claimed was refused and changed nothing: its id may be tried again."""
    await transaction.connection.execute(delete(operations).where(operations.c.op_id == op_id))
