"""Tables and queries of second factors. Secrets are sealed, recovery codes are stored as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.schema import UtcDateTime, metadata

State = Literal["pending", "active"]

factors = Table(
    "identity_second_factor",
    metadata,
    Column("user_id", ForeignKey("identity_user.id"), primary_key=True),
    Column("state", String(8), primary_key=True),
    Column("sealed", LargeBinary(100), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)

codes = Table(
    "identity_recovery_code",
    metadata,
    Column("user_id", ForeignKey("identity_user.id"), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("used_at", UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class Factor:
    """`last_step`: no code of this step or of an earlier one is taken any more."""

    sealed: bytes
    since: datetime
    last_step: int


async def factor(connection: AsyncConnection, user_id: str, state: State) -> Factor | None:
    found = await connection.execute(
        select(factors).where(factors.c.user_id == user_id, factors.c.state == state)
    )
    row = found.one_or_none()
    return None if row is None else Factor(bytes(row.sealed), row.since, row.last_step)


async def put_pending(connection: AsyncConnection, user_id: str, sealed: bytes, now: datetime) -> None:
    await _drop(connection, user_id, "pending")
    await connection.execute(
        insert(factors).values(user_id=user_id, state="pending", sealed=sealed, since=now, last_step=0)
    )


async def activate(connection: AsyncConnection, user_id: str, step: int, now: datetime) -> bool:
    """The pending one takes the place of the active one; False when none is pending any more."""
    await _drop(connection, user_id, "active")
    done = await connection.execute(
        update(factors)
        .where(factors.c.user_id == user_id, factors.c.state == "pending")
        .values(state="active", since=now, last_step=step)
    )
    return done.rowcount == 1


async def use_step(connection: AsyncConnection, user_id: str, step: int) -> bool:
    """False when this code, or a later one, was used already."""
    done = await connection.execute(
        update(factors)
        .where(factors.c.user_id == user_id, factors.c.state == "active", factors.c.last_step < step)
        .values(last_step=step)
    )
    return done.rowcount == 1


async def use_code(connection: AsyncConnection, user_id: str, digest: bytes, now: datetime) -> bool:
    """False when there is no such code, or it was used already."""
    done = await connection.execute(
        update(codes)
        .where(codes.c.user_id == user_id, codes.c.digest == digest, codes.c.used_at.is_(None))
        .values(used_at=now)
    )
    return done.rowcount == 1


async def codes_left(connection: AsyncConnection, user_id: str) -> int:
    found = await connection.execute(
        select(func.count()).select_from(codes).where(codes.c.user_id == user_id, codes.c.used_at.is_(None))
    )
    return int(found.scalar_one())


async def replace_codes(connection: AsyncConnection, user_id: str, digests: Sequence[bytes]) -> None:
    await connection.execute(delete(codes).where(codes.c.user_id == user_id))
    if digests:
        await connection.execute(insert(codes), [{"user_id": user_id, "digest": one} for one in digests])


async def remove(connection: AsyncConnection, user_id: str, *, keep_codes: bool = False) -> bool:
    """All of it, recovery codes too unless they are kept; False when there was no active one."""
    await _drop(connection, user_id, "pending")
    if not keep_codes:
        await replace_codes(connection, user_id, ())
    return await _drop(connection, user_id, "active")


async def _drop(connection: AsyncConnection, user_id: str, state: State) -> bool:
    done = await connection.execute(
        delete(factors).where(factors.c.user_id == user_id, factors.c.state == state)
    )
    return done.rowcount == 1
