"""Letters of orders in the database; their bytes lie beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.superior.attachments.model import OrderAttachment
from cases.superior.tables import order_attachments

_T = order_attachments.c


async def add(connection: AsyncConnection, one: OrderAttachment) -> None:
    await connection.execute(insert(order_attachments).values(asdict(one)))


async def find(connection: AsyncConnection, attachment_id: UUID) -> OrderAttachment | None:
    """Also an erased one."""
    query = select(order_attachments).where(_T.attachment_id == attachment_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _attachment(row)


async def of_case(connection: AsyncConnection, case_id: UUID) -> list[OrderAttachment]:
    """Those that were not erased, the oldest first."""
    query = (
        select(order_attachments)
        .where(_T.case_id == case_id, _T.erased_at.is_(None))
        .order_by(_T.added_at, _T.attachment_id)
    )
    return [_attachment(row) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, case_id: UUID) -> int:
    query = select(func.count()).where(_T.case_id == case_id, _T.erased_at.is_(None))
    return int((await connection.execute(query)).scalar_one())


async def mark_erased(
    connection: AsyncConnection, case_ids: Collection[UUID], *, at: datetime, by: str
) -> None:
    """Nobody is shown those of these cases any more; that there were some stays."""
    theirs = update(order_attachments).where(_T.case_id.in_(case_ids), _T.erased_at.is_(None))
    await connection.execute(theirs.values(name="", erased_at=at, erased_by=by))


async def left_behind(connection: AsyncConnection, limit: int) -> list[OrderAttachment]:
    """Erased ones whose files may be there still."""
    query = select(order_attachments).where(_T.erased_at.is_not(None), or_(_T.path != "", _T.key_id != ""))
    return [_attachment(row) for row in await connection.execute(query.limit(limit))]


async def file_gone(connection: AsyncConnection, attachment_id: UUID) -> None:
    one = update(order_attachments).where(_T.attachment_id == attachment_id)
    await connection.execute(one.values(path="", key_id=""))


def _attachment(row: Row[Any]) -> OrderAttachment:
    return OrderAttachment(**row._mapping)  # noqa: SLF001
