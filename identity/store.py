"""Tables and queries of users and sessions. Tokens are stored as hashes only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Role
from core.scopes import Scopes, scopes_of
from core.storage.schema import Json, UtcDateTime, metadata
from identity.audit.store import add_audit as add_audit  # noqa: PLC0414  # where others look for it
from identity.model import Session, User
from identity.origin import RequestOrigin
from identity.passkeys.store import passkeys
from identity.second.store import factors

users = Table(
    "identity_user",
    metadata,
    Column("id", String(63), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("roles", Json, nullable=False),
    Column("language", String(8), nullable=False),
    Column("endpoint", String(80)),
    Column("password_hash", String(200), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("skills", Json, nullable=False, server_default="{}"),
    Column("scopes", Json, nullable=False, server_default="{}"),
)

sessions = Table(
    "identity_session",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", ForeignKey("identity_user.id"), nullable=False, index=True),
    Column("born_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("address", String(64), nullable=False, server_default=""),
    Column("program", String(200), nullable=False, server_default=""),
    Column("opened_by", String(20), nullable=False, server_default=""),
)

_HAS_SECOND_FACTOR = or_(
    exists().where(factors.c.user_id == users.c.id, factors.c.state == "active").correlate(users),
    exists().where(passkeys.c.user_id == users.c.id).correlate(users),
).label("has_second_factor")


@dataclass(frozen=True, slots=True)
class KeptSession:
    """`used_at` is right to some minutes."""

    token_hash: bytes
    born_at: datetime
    used_at: datetime | None
    address: str
    program: str


def _session(row: Row[Any]) -> Session:
    return Session(user_of(row), row.expires_at, has_second_factor=bool(row.has_second_factor))


def user_of(row: Row[Any]) -> User:
    """A stored row as a user."""
    return User(
        id=row.id,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        language=row.language,
        endpoint=row.endpoint,
        active=row.active,
        skills={str(name): int(level) for name, level in (row.skills or {}).items()},
        scopes=scopes_of(row.scopes or {}),
    )


async def add_user(connection: AsyncConnection, user: User, password_hash: str, now: datetime) -> None:
    """Insert a user with the hash of the password."""
    await connection.execute(
        insert(users).values(
            id=user.id, name=user.name, roles=sorted(user.roles), language=user.language,
            endpoint=user.endpoint, password_hash=password_hash, active=user.active, created_at=now,
            skills=dict(user.skills), scopes=user.scopes.as_lists(),
        )
    )  # fmt: skip


async def user_with_hash(connection: AsyncConnection, user_id: str) -> tuple[User, str] | None:
    row = (await connection.execute(select(users).where(users.c.id == user_id))).one_or_none()
    return None if row is None else (user_of(row), row.password_hash)


async def all_users(connection: AsyncConnection) -> list[User]:
    """All users, by id."""
    return [user_of(row) for row in (await connection.execute(select(users).order_by(users.c.id))).all()]


async def names_of(connection: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """The name of each of these users that is known."""
    found = await connection.execute(select(users.c.id, users.c.name).where(users.c.id.in_(ids)))
    return {row.id: row.name for row in found}


async def set_active(connection: AsyncConnection, user_id: str, *, active: bool) -> bool:
    result = await connection.execute(update(users).where(users.c.id == user_id).values(active=active))
    if not active:
        await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    return result.rowcount == 1


async def set_person(connection: AsyncConnection, user: User) -> None:
    """Write what is known of the person; scopes, password and whether he is active stay."""
    await connection.execute(
        update(users)
        .where(users.c.id == user.id)
        .values(
            name=user.name, roles=sorted(user.roles), language=user.language, endpoint=user.endpoint,
            skills=dict(user.skills),
        )
    )  # fmt: skip


async def set_roles(connection: AsyncConnection, user_id: str, roles: Collection[Role]) -> None:
    """Write the user's roles."""
    await connection.execute(update(users).where(users.c.id == user_id).values(roles=sorted(roles)))


async def set_scopes(connection: AsyncConnection, user_id: str, scopes: Scopes) -> None:
    kept = update(users).where(users.c.id == user_id).values(scopes=scopes.as_lists())
    await connection.execute(kept)


async def set_skills(connection: AsyncConnection, user_id: str, skills: dict[str, int]) -> None:
    """Write the user's skills and their levels."""
    await connection.execute(update(users).where(users.c.id == user_id).values(skills=skills))


async def set_password(connection: AsyncConnection, user_id: str, password_hash: str) -> bool:
    """A new password ends the sessions that the old one opened."""
    result = await connection.execute(
        update(users).where(users.c.id == user_id).values(password_hash=password_hash)
    )
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    return result.rowcount == 1


async def renew_hash(connection: AsyncConnection, user_id: str, old: str, new: str) -> bool:
    """The same password, hashed anew; False, and nothing happens, where it has been changed meanwhile."""
    same = (users.c.id == user_id) & (users.c.password_hash == old)
    return (await connection.execute(update(users).where(same).values(password_hash=new))).rowcount == 1


async def still_has(connection: AsyncConnection, user_id: str, password_hash: str) -> bool:
    """Whether this active user's password still has this hash; it does until the transaction ends."""
    same = (users.c.id == user_id) & (users.c.password_hash == password_hash) & users.c.active
    held = select(users.c.id).where(same).with_for_update(key_share=True)
    return (await connection.execute(held)).first() is not None


async def add_session(
    connection: AsyncConnection,
    token_hash: bytes,
    user_id: str,
    now: datetime,
    expires_at: datetime,
    origin: RequestOrigin,
    opened_by: str = "",
) -> None:
    await connection.execute(delete(sessions).where(sessions.c.expires_at < now))
    await connection.execute(
        insert(sessions).values(
            token_hash=token_hash, user_id=user_id, born_at=now, expires_at=expires_at, used_at=now,
            address=origin.address[:64], program=origin.program[:200],
            opened_by=opened_by[:20],
        )
    )  # fmt: skip


async def sessions_of(connection: AsyncConnection, user_id: str, now: datetime) -> list[KeptSession]:
    """All that are not over, the newest first."""
    rows = await connection.execute(
        select(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.expires_at > now)
        .order_by(sessions.c.born_at.desc())
    )
    return [
        KeptSession(bytes(row.token_hash), row.born_at, row.used_at, row.address, row.program) for row in rows
    ]


async def end_sessions(connection: AsyncConnection, user_id: str, *, but: bytes | None = None) -> int:
    """End all sessions of a user, `but` one; how many they were."""
    theirs = sessions.c.user_id == user_id
    others = theirs if but is None else theirs & (sessions.c.token_hash != but)
    return int((await connection.execute(delete(sessions).where(others))).rowcount)


async def session_of(
    connection: AsyncConnection, token_hash: bytes, now: datetime
) -> tuple[Session, datetime] | None:
    """The live session of an active user, and when it was born."""
    row = (
        await connection.execute(
            select(users, sessions.c.expires_at, sessions.c.born_at, _HAS_SECOND_FACTOR)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, users.c.active)
        )
    ).one_or_none()
    return None if row is None else (_session(row), row.born_at)


async def live_sessions(
    connection: AsyncConnection, token_hashes: Collection[bytes], now: datetime
) -> dict[bytes, Session]:
    """The sessions of these that are neither expired nor of a disabled user."""
    rows = await connection.execute(
        select(users, sessions.c.expires_at, sessions.c.token_hash, _HAS_SECOND_FACTOR)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash.in_(token_hashes), sessions.c.expires_at > now, users.c.active)
    )
    return {row.token_hash: _session(row) for row in rows}


async def prolong(
    connection: AsyncConnection, token_hash: bytes, now: datetime, expires_at: datetime
) -> None:
    """The session was used at `now` and is valid until `expires_at`."""
    await connection.execute(
        update(sessions).where(sessions.c.token_hash == token_hash).values(expires_at=expires_at, used_at=now)
    )


async def end_session(connection: AsyncConnection, token_hash: bytes) -> str:
    """How it was opened; empty where there was none."""
    ended = delete(sessions).where(sessions.c.token_hash == token_hash).returning(sessions.c.opened_by)
    return str((await connection.execute(ended)).scalar() or "")
