"""The table of seals, and the row of the user that acts while one is in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, String, Table, Uuid, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Role
from core.storage.schema import Json, UtcDateTime, metadata
from identity import store as people
from identity.break_glass.model import NO_PASSWORD, EnvelopeSeal
from identity.model import BREAK_GLASS, User
from identity.tokens import store as tokens

seals = Table(
    "identity_break_glass",
    metadata,
    Column("seal_id", Uuid, primary_key=True),
    Column("sealed_at", UtcDateTime, nullable=False),
    Column("sealed_by", String(80), nullable=False),
    Column("roles", Json, nullable=False),
    Column("words_hash", String(200), nullable=False),
    Column("used_at", UtcDateTime),
    Column("used_by", String(100), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("replaced_at", UtcDateTime),
    Column("taken_by", String(80), nullable=False, server_default=""),
)
_WHOLE = seals.c.used_at.is_(None) & seals.c.replaced_at.is_(None)


def _seal(row: Row[Any]) -> EnvelopeSeal:
    return EnvelopeSeal(
        row.seal_id, row.sealed_at, row.sealed_by, frozenset(Role(role) for role in row.roles), row.used_at,
        row.used_by, row.address, row.until, row.ended_at, row.replaced_at, row.taken_by,
    )  # fmt: skip


async def put(connection: AsyncConnection, seal: EnvelopeSeal, words_hash: str) -> None:
    """The envelope takes the place of those that were not used."""
    await connection.execute(update(seals).where(_WHOLE).values(replaced_at=seal.sealed_at))
    await connection.execute(
        insert(seals).values(
            seal_id=seal.seal_id, sealed_at=seal.sealed_at, sealed_by=seal.sealed_by,
            roles=sorted(seal.roles), words_hash=words_hash,
        )
    )  # fmt: skip


async def void(connection: AsyncConnection, now: datetime) -> bool:
    found = await connection.execute(update(seals).where(_WHOLE).values(replaced_at=now))
    return bool(found.rowcount)


async def whole(connection: AsyncConnection) -> tuple[EnvelopeSeal, str] | None:
    """The envelope that can be opened, and the hash of its words."""
    wanted = select(seals).where(_WHOLE).order_by(seals.c.sealed_at.desc()).limit(1)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else (_seal(row), row.words_hash)


async def use(connection: AsyncConnection, seal: EnvelopeSeal) -> bool:
    """Use it up; False where somebody else was first."""
    found = await connection.execute(
        update(seals)
        .where(seals.c.seal_id == seal.seal_id, _WHOLE)
        .values(used_at=seal.used_at, used_by=seal.used_by, address=seal.address, until=seal.until)
    )
    return found.rowcount == 1


async def end(connection: AsyncConnection, seal_id: UUID, now: datetime) -> bool:
    found = await connection.execute(
        update(seals).where(seals.c.seal_id == seal_id, seals.c.ended_at.is_(None)).values(ended_at=now)
    )
    return found.rowcount == 1


async def take(connection: AsyncConnection, seal_id: UUID, by: str) -> bool:
    found = await connection.execute(
        update(seals).where(seals.c.seal_id == seal_id, seals.c.taken_by == "").values(taken_by=by)
    )
    return found.rowcount == 1


async def is_known(connection: AsyncConnection, seal_id: UUID) -> bool:
    found = await connection.execute(select(seals.c.seal_id).where(seals.c.seal_id == seal_id))
    return found.first() is not None


async def used(connection: AsyncConnection) -> Sequence[EnvelopeSeal]:
    """Accounts in use, and uses that nobody has reviewed yet."""
    standing = seals.c.used_at.is_not(None) & or_(seals.c.ended_at.is_(None), seals.c.taken_by == "")
    return [_seal(row) for row in await connection.execute(select(seals).where(standing).limit(20))]


async def last_used(connection: AsyncConnection) -> EnvelopeSeal | None:
    wanted = select(seals).where(seals.c.used_at.is_not(None)).order_by(seals.c.used_at.desc()).limit(1)
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else _seal(row)


async def has_session(connection: AsyncConnection, now: datetime) -> bool:
    sessions = people.sessions
    wanted = select(sessions.c.user_id).where(sessions.c.user_id == BREAK_GLASS, sessions.c.expires_at > now)
    return (await connection.execute(wanted.limit(1))).first() is not None


async def give_account(connection: AsyncConnection, roles: frozenset[Role], name: str, now: datetime) -> User:
    """The user that acts, with these roles and nobody's password; open sessions of before end."""
    known = await people.user_with_hash(connection, BREAK_GLASS)
    if known is None:
        user = User(BREAK_GLASS, name, roles)
        await people.add_user(connection, user, NO_PASSWORD, now)
        return user
    values = {
        "name": name,
        "roles": sorted(roles),
        "active": True,
        "password_hash": NO_PASSWORD,
        "scopes": {},
    }
    await connection.execute(update(people.users).where(people.users.c.id == BREAK_GLASS).values(values))
    await connection.execute(delete(people.sessions).where(people.sessions.c.user_id == BREAK_GLASS))
    return User(BREAK_GLASS, name, roles, known[0].language)


async def close_account(connection: AsyncConnection, now: datetime) -> None:
    """Its sessions and API tokens end with it."""
    await people.set_active(connection, BREAK_GLASS, active=False)
    await tokens.revoke_all(connection, BREAK_GLASS, now)
