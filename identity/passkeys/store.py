"""The table of passkeys, and its queries. Only public keys are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.schema import UtcDateTime, metadata

passkeys = Table(
    "identity_passkey",
    metadata,
    Column("passkey_id", String(20), primary_key=True),
    Column("user_id", ForeignKey("identity_user.id"), nullable=False, index=True),
    Column("credential_id", LargeBinary(1023), nullable=False, unique=True),
    Column("public_key", LargeBinary(2000), nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(80), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """`sign_count` rises with each use, where the device counts; otherwise it stays 0."""

    passkey_id: str
    user_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    made_at: datetime
    used_at: datetime | None = None


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(
        row.passkey_id, row.user_id, bytes(row.credential_id), bytes(row.public_key), row.sign_count,
        row.name, row.made_at, row.used_at,
    )  # fmt: skip


async def of(connection: AsyncConnection, user_id: str) -> list[Passkey]:
    """The oldest first."""
    rows = await connection.execute(
        select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.made_at)
    )
    return [_passkey(row) for row in rows]


async def count(connection: AsyncConnection, user_id: str) -> int:
    query = select(func.count()).select_from(passkeys).where(passkeys.c.user_id == user_id)
    return int((await connection.execute(query)).scalar_one())


async def add(connection: AsyncConnection, passkey: Passkey) -> None:
    """Insert a passkey."""
    await connection.execute(
        insert(passkeys).values(
            passkey_id=passkey.passkey_id, user_id=passkey.user_id, credential_id=passkey.credential_id,
            public_key=passkey.public_key, sign_count=passkey.sign_count, name=passkey.name,
            made_at=passkey.made_at,
        )
    )  # fmt: skip


async def use(connection: AsyncConnection, passkey_id: str, sign_count: int, now: datetime) -> bool:
    """False when it is gone, or its count did not rise: somebody else has the same key."""
    rose = or_((passkeys.c.sign_count == 0) & (sign_count == 0), passkeys.c.sign_count < sign_count)
    done = await connection.execute(
        update(passkeys)
        .where(passkeys.c.passkey_id == passkey_id, rose)
        .values(sign_count=sign_count, used_at=now)
    )
    return done.rowcount == 1


async def remove(connection: AsyncConnection, user_id: str, passkey_id: str) -> bool:
    theirs = (passkeys.c.user_id == user_id) & (passkeys.c.passkey_id == passkey_id)
    return (await connection.execute(delete(passkeys).where(theirs))).rowcount == 1


async def remove_all(connection: AsyncConnection, user_id: str) -> int:
    """Delete all passkeys of a user; how many."""
    return int((await connection.execute(delete(passkeys).where(passkeys.c.user_id == user_id))).rowcount)
