"""The table that links a provider's subjects with users."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, UniqueConstraint, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage.schema import UtcDateTime, metadata

links = Table(
    "identity_link",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", ForeignKey("identity_user.id"), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    UniqueConstraint("issuer", "user_id"),
)


async def user_of(connection: AsyncConnection, issuer: str, subject: str) -> str | None:
    query = select(links.c.user_id).where(links.c.issuer == issuer, links.c.subject == subject)
    return (await connection.execute(query)).scalar_one_or_none()


async def is_linked(connection: AsyncConnection, issuer: str, user_id: str) -> bool:
    query = select(links.c.subject).where(links.c.issuer == issuer, links.c.user_id == user_id)
    return (await connection.execute(query)).first() is not None


async def link(connection: AsyncConnection, issuer: str, subject: str, user_id: str, now: datetime) -> None:
    """Note which user a subject of the provider is."""
    await connection.execute(insert(links).values(issuer=issuer, subject=subject, user_id=user_id, since=now))
