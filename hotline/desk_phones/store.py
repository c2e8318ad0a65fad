"""The table of claims: one row for each person, so that a restart takes nobody's phone away."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, metadata
from core.storage.dialect import upsert
from hotline.desk_phones.model import PhoneClaim

claims = Table(
    "hotline_phone_claims",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("endpoint", String(80), nullable=False),
    Column("page_id", String(64), nullable=False),
    Column("load_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


async def keep(connection: AsyncConnection, claim: PhoneClaim) -> None:
    """Write the claim down, in place of an earlier one of the same person."""
    row = {name: getattr(claim, name) for name in PhoneClaim.__slots__}
    await upsert(connection, claims, row, keys=("agent_id",))


async def all_claims(connection: AsyncConnection, limit: int) -> Sequence[PhoneClaim]:
    rows = await connection.execute(select(claims).limit(limit))
    return [PhoneClaim(*(getattr(row, name) for name in PhoneClaim.__slots__)) for row in rows]
