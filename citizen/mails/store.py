"""Keys of addresses, and the addresses of messages, in the database."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.mails.tables import keys
from citizen.messages.model import EMAIL, MessageState
from citizen.messages.store import digest_of
from citizen.messages.tables import messages
from citizen.tables import reports
from core.storage.dialect import insert_if_new


@dataclass(frozen=True, slots=True)
class MailReader:
    """Who gets a report's e-mails, in which language (empty: the city's); number and code open the report."""

    address: str
    language: str
    number: str
    code: str


async def key_of(connection: AsyncConnection, address: str, at: datetime) -> str:
    """The key of this address, 128 bits; made when it is asked for first."""
    digest = digest_of(address)
    wanted = select(keys.c.key).where(keys.c.digest == digest)
    found: str | None = (await connection.execute(wanted)).scalar()
    if found is None:
        row = {"key": secrets.token_hex(16), "digest": digest, "at": at}
        await insert_if_new(connection, keys, row)
        found = str((await connection.execute(wanted)).scalar_one())
    return found


async def digest_of_key(connection: AsyncConnection, key: str) -> str:
    """Empty for a key that was never given."""
    wanted = select(keys.c.digest).where(keys.c.key == key)
    return (await connection.execute(wanted)).scalar() or ""


async def readers(connection: AsyncConnection, message_ids: Collection[UUID]) -> Mapping[UUID, MailReader]:
    """By message: the address stands with the report alone. Those whose report has none are left out."""
    wanted = (
        select(messages.c.message_id, reports.c.email, reports.c.language, reports.c.number, reports.c.code)
        .join(reports, reports.c.report_id == messages.c.report_id)
        .where(messages.c.message_id.in_(list(message_ids)), reports.c.email != "")
    )
    return {row[0]: MailReader(*row[1:]) for row in await connection.execute(wanted)}


async def sent_since(connection: AsyncConnection, address: str, since: datetime) -> int:
    """E-mails to this address that count towards its limit."""
    wanted = (
        select(func.count())
        .select_from(messages.join(reports, reports.c.report_id == messages.c.report_id))
        .where(
            reports.c.email == address,
            messages.c.channel == EMAIL,
            messages.c.created_at >= since,
            messages.c.state.not_in([MessageState.SUPPRESSED.value, MessageState.LIMITED.value]),
        )
    )
    return int((await connection.execute(wanted)).scalar_one())
