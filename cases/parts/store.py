"""Parts in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.life.duplicates import box_around
from cases.parts.model import PartSearch, RegisteredPart, label_key
from cases.tables import parts
from core.place import Position, distance_m
from core.storage.chunks import chunks
from core.storage.dialect import upsert

ID_DIGITS: Final = 16
MOST_NEAR: Final = 2_000
"""Parts around a point of which the nearest are taken."""


async def get(connection: AsyncConnection, part_id: str) -> RegisteredPart | None:
    """None for one that there is not."""
    row = (await connection.execute(select(parts).where(parts.c.part_id == part_id))).first()
    return None if row is None else _part(row)


async def of_ids(connection: AsyncConnection, part_ids: Sequence[str]) -> dict[str, RegisteredPart]:
    """Those of them that there are."""
    found: dict[str, RegisteredPart] = {}
    for some in chunks(part_ids):
        rows = await connection.execute(select(parts).where(parts.c.part_id.in_(some)))
        found.update((row.part_id, _part(row)) for row in rows)
    return found


async def put(connection: AsyncConnection, rows: Sequence[RegisteredPart], at: datetime) -> None:
    """Add these, or change those that are there."""
    for some in chunks(rows):
        await upsert(connection, parts, [_row(one, at) for one in some], keys=["part_id"])


async def count(connection: AsyncConnection) -> int:
    """How many there are."""
    return int(await connection.scalar(select(func.count()).select_from(parts)) or 0)


async def labelled(
    connection: AsyncConnection, label: str, *, district: str = "", classes: Collection[str] = (), limit: int
) -> list[RegisteredPart]:
    """Parts that bear exactly this number, or have it as their id."""
    key = label_key(label)
    if not key:
        return []
    same = (parts.c.label_key == key) | (parts.c.part_id == label.strip())
    query = select(parts).where(same, *_within(district, classes)).order_by(parts.c.part_id).limit(limit)
    return [_part(row) for row in await connection.execute(query)]


async def find(connection: AsyncConnection, wanted: PartSearch) -> list[tuple[RegisteredPart, float | None]]:
    """Parts by the beginning of id or label, by class and near a point; with a point the nearest first, each
    with its distance in metres.
    """
    where: list[ColumnElement[bool]] = [*_within(wanted.district, (wanted.class_code,))]
    text = wanted.text.strip()
    if text:
        labelled = parts.c.label_key.startswith(label_key(text) or text, autoescape=True)
        digits = text.isascii() and text.isdigit() and len(text) <= ID_DIGITS
        where.append(or_(labelled, *_within(text, ())) if digits else labelled)
    near = wanted.near
    if near is not None:
        west, south, east, north = box_around(near.lon, near.lat, wanted.metres)
        where += [parts.c.lat.between(south, north), parts.c.lon.between(west, east)]
    query = select(parts).where(*where).order_by(parts.c.part_id)
    found = [_part(row) for row in await connection.execute(query.limit(MOST_NEAR if near else wanted.limit))]
    if near is None:
        return [(one, None) for one in found]
    placed = [(round(_metres(one, near), 1), one) for one in found if one.position is not None]
    placed.sort(key=lambda pair: pair[0])
    nearest = [one for one in placed if one[0] <= wanted.metres][: wanted.limit]
    return [(one, metres) for metres, one in nearest]


def _within(district: str, classes: Collection[str]) -> Iterator[ColumnElement[bool]]:
    if district:
        yield parts.c.part_id.between(district.ljust(ID_DIGITS, "0"), district.ljust(ID_DIGITS, "9"))
    given = [one for one in classes if one]
    if given and all(len(one) == 4 for one in given):
        yield parts.c.class_code.in_(given)
    elif given:
        yield parts.c.class_code.startswith(given[0], autoescape=True)


def _metres(part: RegisteredPart, near: Position) -> float:
    assert part.position is not None
    return distance_m(part.position, near)


def _row(part: RegisteredPart, at: datetime) -> dict[str, Any]:
    kept = part.model_dump(exclude={"datum"})
    return {**kept, "class_code": part.class_code, "label_key": label_key(part.label), "updated_at": at}


def _part(row: Row[Any]) -> RegisteredPart:
    return RegisteredPart.model_validate(dict(row._mapping))  # noqa: SLF001
