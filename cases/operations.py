"""Operations by their id: the same one again gets the same answer and does nothing twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.tables import operations
from core.operations import OperationReused
from core.storage import Transaction
from core.storage import operations as core_operations


async def claim(transaction: Transaction, op_id: UUID, kind: str, result: UUID, at: datetime) -> UUID | None:
    """None when the operation is new; else what it made before. Raises as `core.storage.operations.claim`."""
    operation = {"op_id": op_id, "kind": kind, "result": result, "at": at}
    first = await core_operations.claim(transaction.connection, operations, operation, same=["kind"])
    if first is None:
        return None
    earlier: UUID = first.result
    return earlier


async def made_by(connection: AsyncConnection, op_id: UUID, kind: str) -> UUID | None:
    """What the operation made when it was done before; None when it is new. Raises `OperationReused` for one
    of another kind.
    """
    wanted = select(operations.c.kind, operations.c.result).where(operations.c.op_id == op_id)
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        return None
    if row.kind != kind:
        raise OperationReused
    made: UUID = row.result
    return made


async def release(transaction: Transaction, op_id: UUID) -> None:
    """The operation that was claimed was refused and changed nothing: its id may be tried again."""
    await core_operations.release(transaction.connection, operations, op_id)
