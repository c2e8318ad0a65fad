"""Versions of the grid in the database; the cells of an area are one packed value."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.grid.model import GridArea, GridVersion
from cases.tables import grid_areas, grid_versions


async def newest(connection: AsyncConnection) -> int:
    """The number of the newest version; 0 without any."""
    return int(await connection.scalar(select(func.max(grid_versions.c.version))) or 0)


async def versions(connection: AsyncConnection, limit: int = 20) -> list[GridVersion]:
    """The newest first."""
    query = select(grid_versions).order_by(grid_versions.c.version.desc()).limit(limit)
    found = (await connection.execute(query)).all()
    counts = select(grid_areas.c.version, grid_areas.c.code, grid_areas.c.cells).where(
        grid_areas.c.version.in_([row.version for row in found])
    )
    cells: dict[int, dict[str, int]] = {}
    for row in await connection.execute(counts.order_by(grid_areas.c.code)):
        cells.setdefault(row.version, {})[row.code] = row.cells
    return [
        GridVersion(row.version, row.made_at, row.made_by, row.source, cells.get(row.version, {}))
        for row in found
    ]


async def bodies(connection: AsyncConnection, version: int) -> list[bytes]:
    """The areas of a version, packed."""
    query = select(grid_areas.c.body).where(grid_areas.c.version == version).order_by(grid_areas.c.code)
    return [bytes(body) for body in await connection.scalars(query)]


async def add(
    connection: AsyncConnection,
    areas: Sequence[tuple[GridArea, bytes]],
    *,
    by: str,
    at: datetime,
    source: str,
) -> GridVersion:
    """A new version. Two at once: the second one fails on its number."""
    number = await newest(connection) + 1
    await connection.execute(
        insert(grid_versions).values(version=number, made_at=at, made_by=by, source=source[:200])
    )
    rows = [
        {"version": number, "code": area.code, "cells": len(area.columns), "body": body}
        for area, body in areas
    ]
    await connection.execute(insert(grid_areas), rows)
    return GridVersion(number, at, by, source, {area.code: len(area.columns) for area, _ in areas})


def packed(area: GridArea) -> bytes:
    """As it is stored. Takes its time."""
    document = {
        "code": area.code, "name_zh": area.name_zh, "name_en": area.name_en, "synthetic": area.synthetic,
        "columns": list(area.columns), "rows": list(area.rows),
        "borders": {str(index): polygons for index, polygons in area.borders.items()},
    }  # fmt: skip
    return zlib.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpacked(body: bytes) -> GridArea:
    """What `packed` made."""
    found = json.loads(zlib.decompress(body))
    borders = {
        int(index): [[[(x, y) for x, y in ring] for ring in polygon] for polygon in polygons]
        for index, polygons in found.pop("borders").items()
    }
    return GridArea(**found, borders=borders)
