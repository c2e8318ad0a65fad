"""The table of listed numbers. A row stays when its listing is over; its number goes after a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Select,
    String,
    Table,
    Text,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new
from hotline.nuisance.model import Listing

listings = Table(
    "hotline_nuisance",
    metadata,
    Column("listing_id", Uuid, primary_key=True),
    Column("number", String(32), nullable=False),
    Column("open_number", String(32), unique=True),
    Column("reason", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("lifted_by", String(64), nullable=False),
    Column("lifted_at", UtcDateTime),
    Column("lift_reason", Text, nullable=False),
    Column("lift_op", Uuid),
    Index("ix_hotline_nuisance_added_at", "added_at"),
)
"""`open_number` is the number until the listing is over: so each number has one open listing at most."""


async def add(connection: AsyncConnection, listing: Listing) -> bool:
    """False when this listing, or an open one of the number, is there already."""
    await connection.execute(
        update(listings)
        .where(listings.c.open_number == listing.number, listings.c.until <= listing.added_at)
        .values(open_number=None)
    )
    values = {name: getattr(listing, name) for name in Listing.__slots__}
    return await insert_if_new(connection, listings, {**values, "open_number": listing.number})


async def lift(
    connection: AsyncConnection, listing_id: UUID, op_id: UUID, *, by: str, at: datetime, reason: str
) -> bool:
    """False when it is over already, or not there."""
    statement = (
        update(listings)
        .where(listings.c.listing_id == listing_id, listings.c.lifted_at.is_(None), listings.c.until > at)
        .values(open_number=None, lifted_by=by, lifted_at=at, lift_reason=reason, lift_op=op_id)
    )
    return (await connection.execute(statement)).rowcount == 1


async def forget(connection: AsyncConnection, ended_before: datetime) -> int:
    """Take number and reasons from listings that were over before then; how many."""
    statement = update(listings).where(_stale(ended_before))
    changed = await connection.execute(
        statement.values(number="", open_number=None, reason="", lift_reason="")
    )
    return changed.rowcount


async def any_stale(connection: AsyncConnection, ended_before: datetime) -> bool:
    """Whether `forget` would find something."""
    found = await connection.execute(select(listings.c.listing_id).where(_stale(ended_before)).limit(1))
    return found.first() is not None


def _stale(ended_before: datetime) -> ColumnElement[bool]:
    return and_(
        listings.c.number != "",
        or_(listings.c.until < ended_before, listings.c.lifted_at < ended_before),
    )


async def by_id(connection: AsyncConnection, listing_id: UUID) -> Listing | None:
    query = select(listings).where(listings.c.listing_id == listing_id)
    return _listing((await connection.execute(query)).one_or_none())


async def open_one(connection: AsyncConnection, number: str, at: datetime) -> Listing | None:
    """The listing of this number that is in force."""
    query = select(listings).where(listings.c.open_number == number, listings.c.until > at)
    return _listing((await connection.execute(query)).one_or_none())


async def open_ones(connection: AsyncConnection, at: datetime, limit: int) -> Sequence[Listing]:
    """Those in force, the newest first."""
    query = select(listings).where(listings.c.open_number.is_not(None), listings.c.until > at)
    return await _listed(connection, query, limit)


async def all_of_them(connection: AsyncConnection, limit: int) -> Sequence[Listing]:
    """Those that are over, too."""
    return await _listed(connection, select(listings), limit)


async def _listed(connection: AsyncConnection, query: Select[Any], limit: int) -> Sequence[Listing]:
    rows = await connection.execute(
        query.order_by(listings.c.added_at.desc(), listings.c.listing_id).limit(limit)
    )
    return [found for row in rows if (found := _listing(row)) is not None]


def _listing(row: Row[Any] | None) -> Listing | None:
    return None if row is None else Listing(*(getattr(row, name) for name in Listing.__slots__))
