"""Claims of operations in the database: each `op_id` is carried out once, by one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.operations import OperationReused
from core.storage.dialect import Values, insert_if_new


async def claim(
    connection: AsyncConnection, table: Table, operation: Values, *, same: Sequence[str] = ()
) -> Row[Any] | None:
    """None: the operation is new and belongs to this transaction. Else the row that its first claim wrote,
    with what it led to.

    `operation` is the row, `op_id` the table's primary key. A claim with the same `op_id` at the same moment
    waits here until the first transaction ends. Raises `OperationReused` when the first claim differs in one
    of the columns `same`: it was another operation.
    """
    if await insert_if_new(connection, table, operation):
        return None
    found = await connection.execute(select(table).where(table.c.op_id == operation["op_id"]))
    first = found.one()
    if any(first._mapping[name] != operation[name] for name in same):  # noqa: SLF001
        raise OperationReused
    return first


async def release(connection: AsyncConnection, table: Table, op_id: UUID) -> None:
    """The operation was refused and changed nothing: its `op_id` may be claimed again."""
    await connection.execute(delete(table).where(table.c.op_id == op_id))
