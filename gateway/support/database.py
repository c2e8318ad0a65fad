"""What of the database goes into a bundle, its schema and numbers of rows; and the names to take out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import func, inspect, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Storage
from gateway import database
from gateway.tables import metadata
from privacy.inventory import TABLES

MOST_COUNTED: Final = 100_000
"""Rows of a table; to count more of them takes long, and says no more."""
MOST_NAMES: Final = 20_000
"""Of one column, the newest of the primary key first."""


async def schema_of(storage: Storage) -> dict[str, Any]:
    """Revision, kind and the number of rows of each table. Raises `StorageAway`."""
    found = await database.current(storage)
    async with storage.read() as connection:
        there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        rows = {name: await _count(connection, name) for name in sorted(metadata.tables) if name in there}
    return {
        "database": storage.engine.name,
        "revision": found,
        "needed": database.head(),
        "missing_tables": sorted(set(metadata.tables) - there),
        "rows": rows,
    }


async def names_in(storage: Storage) -> set[str]:
    """What the inventory of personal data calls a name, as far as it is in the database."""
    found: set[str] = set()
    async with storage.read() as connection:
        there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        for line in TABLES:
            if line.table not in there:
                continue
            table = metadata.tables[line.table]
            for held in line.personal:
                if held.what.startswith("name"):
                    newest = [one.desc() for one in table.primary_key.columns]
                    asked = select(table.c[held.column]).order_by(*newest).limit(MOST_NAMES)
                    for value in (await connection.execute(asked)).scalars():
                        found.update(_texts(value))
    return found


def _texts(value: Any) -> Iterator[str]:
    """Every text of a column, which may hold JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


async def _count(connection: AsyncConnection, name: str) -> int | str:
    some = select(literal(1)).select_from(metadata.tables[name]).limit(MOST_COUNTED + 1).subquery()
    counted = int((await connection.execute(select(func.count()).select_from(some))).scalar_one())
    return counted if counted <= MOST_COUNTED else f"more than {MOST_COUNTED}"
