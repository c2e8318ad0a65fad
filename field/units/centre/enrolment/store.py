"""The table of enrolment codes: their digests, so that a copy of the database opens nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Row, String, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction, UtcDateTime, metadata

codes = Table(
    "field_enrolment_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("unit_id", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index("ix_field_enrolment_codes_unit", "unit_id"),
)
"""One for each unit at most; a used one stays until the next is made, or the unit is revoked."""


def digest_of(code: str) -> str:
    """SHA-256 as hex: a code has 192 random bits, and needs no slow digest."""
    return hashlib.sha256(code.encode()).hexdigest()


async def put(
    transaction: Transaction, unit_id: str, code: str, *, at: datetime, until: datetime, by: str
) -> None:
    """The unit's only code from now on."""
    await drop(transaction, unit_id)
    row = {
        "digest": digest_of(code), "unit_id": unit_id, "made_at": at, "made_by": by, "expires_at": until,
    }  # fmt: skip
    await transaction.connection.execute(insert(codes).values(row))


async def valid(connection: AsyncConnection, code: str, now: datetime) -> Row[Any] | None:
    """The row of a code that is neither used nor over."""
    query = select(codes).where(
        codes.c.digest == digest_of(code), codes.c.used_at.is_(None), codes.c.expires_at > now
    )
    return (await connection.execute(query)).first()


async def use(transaction: Transaction, code: str, now: datetime) -> bool:
    """Whether the code was valid until now; nobody else uses it."""
    done = await transaction.connection.execute(
        update(codes)
        .where(codes.c.digest == digest_of(code), codes.c.used_at.is_(None), codes.c.expires_at > now)
        .values(used_at=now)
    )
    return done.rowcount == 1


async def give_back(transaction: Transaction, code: str) -> None:
    """It was not used after all."""
    await transaction.connection.execute(
        update(codes).where(codes.c.digest == digest_of(code)).values(used_at=None)
    )


async def drop(transaction: Transaction, unit_id: str) -> None:
    """No code of this unit is valid any more."""
    await transaction.connection.execute(delete(codes).where(codes.c.unit_id == unit_id))
