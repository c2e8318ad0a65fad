"""Recipients in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.chunks import chunks
from core.storage.dialect import upsert
from warning.recipients.model import Recipient
from warning.tables import recipients

_SHOWN: Final = [recipients.c[name] for name in ("recipient_id", "number", "name", "role", "by", "area")]


async def rows(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """All, by name."""
    wanted = select(*_SHOWN).order_by(recipients.c.name, recipients.c.number)
    return (await connection.execute(wanted)).all()


def recipients_of(found: Sequence[Row[Any]]) -> list[Recipient]:
    """Many take a while."""
    return [
        Recipient.model_validate({**row._mapping, "by": row.by.split(",")})  # noqa: SLF001
        for row in found
    ]


async def listed(connection: AsyncConnection) -> list[Recipient]:
    """All, by name."""
    return recipients_of(await rows(connection))


async def number_of(connection: AsyncConnection, recipient_id: UUID) -> str:
    """Empty for one that was removed."""
    wanted = select(recipients.c.number).where(recipients.c.recipient_id == recipient_id)
    return (await connection.execute(wanted)).scalar() or ""


async def put(connection: AsyncConnection, changed: Sequence[Recipient], by: str, at: datetime) -> None:
    values = [
        {
            **one.model_dump(mode="json"),
            "recipient_id": one.recipient_id,
            "by": ",".join(one.by),
            "changed_by": by,
            "changed_at": at,
        }
        for one in changed
    ]
    for some in chunks(values):
        await upsert(connection, recipients, some, keys=["recipient_id"])


async def remove(connection: AsyncConnection, numbers: Collection[str]) -> int:
    """How many there were."""
    found = await connection.execute(delete(recipients).where(recipients.c.number.in_(numbers)))
    return int(found.rowcount)
