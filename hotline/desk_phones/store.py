"""The table of claims: one row for each person, so that a restart takes nobody's phone away."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, String, Table, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, metadata
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
    make = pg_insert if connection.dialect.name == "postgresql" else sqlite_insert
    statement = make(claims).values({name: getattr(claim, name) for name in PhoneClaim.__slots__})
    changed = {name: statement.excluded[name] for name in PhoneClaim.__slots__ if name != "agent_id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["agent_id"], set_=changed))


async def all_claims(connection: AsyncConnection, limit: int) -> Sequence[PhoneClaim]:
    rows = await connection.execute(select(claims).limit(limit))
    return [PhoneClaim(*(getattr(row, name) for name in PhoneClaim.__slots__)) for row in rows]
