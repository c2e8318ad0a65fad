"""The table of photos; the bytes lie in files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.place import Position
from core.storage import Transaction, UtcDateTime, Uuid, metadata
from field.photos.model import Photo, PhotoState

photos = Table(
    "radio_photos",
    metadata,
    Column("photo_id", Uuid, primary_key=True),
    Column("unit_id", String(64), nullable=False),
    Column("dispatch_id", Uuid),
    Column("case_id", Uuid),
    Column("state", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("token", String(64), nullable=False),
    Column("announced_at", UtcDateTime, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    Column("shown_lon", Float),
    Column("shown_lat", Float),
    Column("shown_at", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("path", Text, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("why", String(40), nullable=False),
    Column("kept_at", UtcDateTime),
    Column("erased_at", UtcDateTime),
    Column("erased_by", String(80), nullable=False),
    Index("ix_radio_photos_unit", "unit_id", "announced_at"),
    Index("ix_radio_photos_dispatch", "dispatch_id"),
    Index("ix_radio_photos_case", "case_id"),
    Index("ix_radio_photos_state", "state", "announced_at"),
)
"""`token` is the SHA-256 of what opens the upload."""


async def add(transaction: Transaction, photo: Photo) -> None:
    """Insert an announced photo."""
    await transaction.connection.execute(
        insert(photos).values(
            photo_id=photo.photo_id,
            unit_id=photo.unit_id,
            size=photo.size,
            sha256=photo.sha256,
            announced_at=photo.announced_at,
            taken_at=photo.taken_at,
            dispatch_id=photo.dispatch_id,
            **_changing(photo),
        )
    )


async def find(connection: AsyncConnection, photo_id: UUID, *, change: bool = False) -> Photo | None:
    """`change` keeps others from changing it until the transaction ends."""
    wanted = select(photos).where(photos.c.photo_id == photo_id)
    row = (await connection.execute(wanted.with_for_update() if change else wanted)).first()
    return None if row is None else _photo(row)


async def save(transaction: Transaction, photo: Photo) -> None:
    """Write the changed columns of a photo."""
    await transaction.connection.execute(
        update(photos).where(photos.c.photo_id == photo.photo_id).values(**_changing(photo))
    )


async def file(transaction: Transaction, dispatch_id: UUID, case_id: UUID) -> None:
    """What was taken for this dispatch and is of no case yet is of this one."""
    loose = (photos.c.dispatch_id == dispatch_id, photos.c.case_id.is_(None))
    await transaction.connection.execute(update(photos).where(*loose).values(case_id=case_id))


async def file_gone(transaction: Transaction, photo_id: UUID) -> None:
    """Nothing of an erased photo lies in a file any more."""
    wanted = update(photos).where(photos.c.photo_id == photo_id, photos.c.state == PhotoState.ERASED)
    await transaction.connection.execute(wanted.values(path="", key_id=""))


async def forget(transaction: Transaction, photo_id: UUID) -> None:
    """Delete the row of a photo."""
    await transaction.connection.execute(delete(photos).where(photos.c.photo_id == photo_id))


async def still_coming(connection: AsyncConnection, photo_ids: Sequence[UUID]) -> set[UUID]:
    wanted = select(photos.c.photo_id).where(
        photos.c.photo_id.in_(photo_ids), photos.c.state == PhotoState.COMING
    )
    return set((await connection.execute(wanted)).scalars())


async def coming_of(connection: AsyncConnection, unit_id: str) -> int:
    """How many photos of this unit are announced and not here yet."""
    wanted = select(func.count()).where(photos.c.unit_id == unit_id, photos.c.state == PhotoState.COMING)
    return int((await connection.execute(wanted)).scalar_one())


async def announced_since(connection: AsyncConnection, unit_id: str, since: datetime) -> tuple[int, int]:
    """How many photos this unit has announced since then, and their bytes."""
    wanted = select(func.count(), func.coalesce(func.sum(photos.c.size), 0)).where(
        photos.c.unit_id == unit_id, photos.c.announced_at > since
    )
    many, size = (await connection.execute(wanted)).one()
    return int(many), int(size)


async def listed(
    connection: AsyncConnection,
    *,
    case_id: UUID | None = None,
    dispatch_id: UUID | None = None,
    unit_id: str | None = None,
    limit: int,
) -> Sequence[Photo]:
    """The newest first."""
    wanted = select(photos).order_by(photos.c.announced_at.desc(), photos.c.photo_id.desc()).limit(limit)
    for column, value in (
        (photos.c.case_id, case_id),
        (photos.c.dispatch_id, dispatch_id),
        (photos.c.unit_id, unit_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return [_photo(row) for row in await connection.execute(wanted)]


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> Sequence[Photo]:
    wanted = select(photos).where(photos.c.case_id.in_(case_ids), photos.c.state != PhotoState.ERASED)
    return [_photo(row) for row in await connection.execute(wanted)]


async def old(
    connection: AsyncConnection, *, coming_since: datetime, loose_since: datetime, limit: int = 100
) -> Sequence[Photo]:
    """What never came and what belongs to no case, announced before these times; and what was erased and
    still has its file.
    """
    coming = (photos.c.state == PhotoState.COMING) & (photos.c.announced_at < coming_since)
    loose = (
        photos.c.state.in_([PhotoState.KEPT, PhotoState.REFUSED])
        & photos.c.case_id.is_(None)
        & (photos.c.announced_at < loose_since)
    )
    left = (photos.c.state == PhotoState.ERASED) & (photos.c.path != "")
    rows = await connection.execute(select(photos).where(coming | loose | left).limit(limit))
    return [_photo(row) for row in rows]


def _changing(photo: Photo) -> dict[str, Any]:
    place = photo.place
    return {
        "case_id": photo.case_id, "state": photo.state, "received": photo.received, "tries": photo.tries,
        "token": photo.token, "lon": place.lon if place else None, "lat": place.lat if place else None,
        "accuracy_m": place.accuracy_m if place else None, "shown_lon": photo.shown_lon,
        "shown_lat": photo.shown_lat, "shown_at": photo.shown_at, "kind": photo.kind, "path": photo.path,
        "key_id": photo.key_id, "why": photo.why, "kept_at": photo.kept_at, "erased_at": photo.erased_at,
        "erased_by": photo.erased_by,
    }  # fmt: skip


def _photo(row: Row[Any]) -> Photo:
    place = None if row.lon is None else Position(lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m)
    return Photo(
        photo_id=row.photo_id, unit_id=row.unit_id, size=row.size, sha256=row.sha256,
        announced_at=row.announced_at, taken_at=row.taken_at, state=PhotoState(row.state),
        received=row.received, tries=row.tries, token=row.token, dispatch_id=row.dispatch_id,
        case_id=row.case_id, place=place, shown_lon=row.shown_lon, shown_lat=row.shown_lat,
        shown_at=row.shown_at, kind=row.kind, path=row.path, key_id=row.key_id, why=row.why,
        kept_at=row.kept_at, erased_at=row.erased_at, erased_by=row.erased_by,
    )  # fmt: skip
