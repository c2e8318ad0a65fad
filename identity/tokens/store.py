"""The table of API tokens, and its queries. Only the hash of a token is stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Role
from core.scopes import scopes_of
from core.storage.schema import Json, UtcDateTime, metadata
from identity.model import User
from identity.store import user_of, users
from identity.tokens.model import ApiToken

KEPT_AFTER = timedelta(days=90)
"""So long a token that is over or revoked is still listed."""

tokens = Table(
    "identity_token",
    metadata,
    Column("token_id", String(20), primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("user_id", ForeignKey("identity_user.id"), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("roles", Json, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("operations", Json, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("address", String(64), nullable=False, server_default=""),
    Column("revoked_at", UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class TokenWithOwner:
    token_hash: bytes
    token: ApiToken
    owner: User


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        row.token_id, row.user_id, row.token_name, frozenset(Role(role) for role in row.token_roles),
        scopes_of(row.token_scopes), tuple(row.operations), row.made_at, row.made_by, row.expires_at,
        row.used_at, row.address, row.revoked_at,
    )  # fmt: skip


_COLUMNS: tuple[Any, ...] = (
    tokens.c.token_hash, tokens.c.token_id, tokens.c.user_id, tokens.c.name.label("token_name"),
    tokens.c.roles.label("token_roles"), tokens.c.scopes.label("token_scopes"), tokens.c.operations,
    tokens.c.made_at, tokens.c.made_by, tokens.c.expires_at, tokens.c.used_at, tokens.c.address,
    tokens.c.revoked_at,
)  # fmt: skip


async def add(connection: AsyncConnection, token: ApiToken, token_hash: bytes) -> None:
    """Delete tokens that expired long ago."""
    before = token.made_at - KEPT_AFTER
    await connection.execute(
        delete(tokens).where((tokens.c.expires_at < before) | (tokens.c.revoked_at < before))
    )
    await connection.execute(
        insert(tokens).values(
            token_id=token.token_id, token_hash=token_hash, user_id=token.user_id, name=token.name,
            roles=sorted(token.roles), scopes=token.scopes.as_lists(), operations=list(token.operations),
            made_at=token.made_at, made_by=token.made_by[:80], expires_at=token.expires_at,
        )
    )  # fmt: skip


async def count_live(connection: AsyncConnection, user_id: str, now: datetime) -> int:
    live = (tokens.c.user_id == user_id) & tokens.c.revoked_at.is_(None) & (tokens.c.expires_at > now)
    return int((await connection.execute(select(func.count()).select_from(tokens).where(live))).scalar_one())


async def by_hashes(connection: AsyncConnection, hashes: Collection[bytes]) -> list[TokenWithOwner]:
    """Tokens with their owners, expired ones too."""
    rows: Any = await connection.execute(
        select(*_COLUMNS, users)
        .join(users, users.c.id == tokens.c.user_id)
        .where(tokens.c.token_hash.in_(hashes))
    )
    return [TokenWithOwner(bytes(row.token_hash), _token(row), user_of(row)) for row in rows]


async def listed(connection: AsyncConnection, user_id: str | None) -> list[ApiToken]:
    """Tokens of this user, or of all; newest first."""
    query = select(*_COLUMNS).order_by(tokens.c.made_at.desc())
    if user_id is not None:
        query = query.where(tokens.c.user_id == user_id)
    rows: Any = await connection.execute(query)
    return [_token(row) for row in rows]


async def used(connection: AsyncConnection, token_id: str, now: datetime, address: str) -> None:
    """Note when and from where the token was used."""
    await connection.execute(
        update(tokens).where(tokens.c.token_id == token_id).values(used_at=now, address=address[:64])
    )


async def revoke(connection: AsyncConnection, token_ids: Collection[str], now: datetime) -> None:
    """Revoke those that are not revoked yet."""
    await connection.execute(
        update(tokens)
        .where(tokens.c.token_id.in_(token_ids), tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def revoke_beyond(
    connection: AsyncConnection, user_id: str, roles: Collection[Role], now: datetime
) -> None:
    """The user's tokens that have a role which is none of these."""
    beyond = [one.token_id for one in await listed(connection, user_id) if not one.roles <= set(roles)]
    await revoke(connection, beyond, now)


async def revoke_all(connection: AsyncConnection, user_id: str, now: datetime) -> int:
    """All of this user; how many they were."""
    live = (tokens.c.user_id == user_id) & tokens.c.revoked_at.is_(None) & (tokens.c.expires_at > now)
    return int((await connection.execute(update(tokens).where(live).values(revoked_at=now))).rowcount)
