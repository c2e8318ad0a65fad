"""Copies a SQLite database to an empty PostgreSQL one: all rows in one transaction, counted and compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Column, Row, Table, func, insert, inspect, null, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.tables import cases
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.backup.errors import CopyRefused
from gateway.tables import metadata

BATCH: Final = 500
_NULL: Final = "songhua_null_"
"""Whether a column of JSON has no value at all: JSON's own null is another one."""

Told = Callable[[str, int], None]
"""Is told of a table and its rows."""


async def copy(
    source: StorageSettings, target: StorageSettings, told: Told = lambda _table, _rows: None
) -> Mapping[str, int]:
    """How many rows each table has, here and there the same ones. Nobody writes to the source meanwhile: it
    is locked. Raises `CopyRefused` and `StorageAway`; then the target has no rows.
    """
    _check_directions(source, target)
    async with _opened(source) as old, _opened(target) as new:
        found = await database.current(old)
        if found != database.head():
            raise CopyRefused(
                f"the source has the schema {found or 'none'}, and {database.head()} is needed",
                remedy="run songhua db upgrade on it first",
            )
        await _check_empty(new)
        await database.upgrade(target)
        async with old.write() as held:
            try:
                return await _rows(held.connection, new, told)
            except DBAPIError as error:
                raise CopyRefused(
                    f"PostgreSQL did not take a row: {type(error.orig).__name__}", remedy="see its log"
                ) from error


async def _rows(old: AsyncConnection, new: Storage, told: Told) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    async with new.write() as transaction:
        connection = transaction.connection
        for table in metadata.sorted_tables:
            counts[table.name] = await _table(old, connection, table)
            told(table.name, counts[table.name])
        for table in metadata.sorted_tables:
            await _continue_numbers(old, connection, table)
        # The index of terms has another form there: the service makes it anew.
        await connection.execute(update(cases).values(search_version=0))
    return counts


async def _table(old: AsyncConnection, new: AsyncConnection, table: Table) -> int:
    before = _Contents(table)
    async for batch in _batches(old, table):
        before.add(batch)
        await new.execute(insert(table), [_to_insert(table, row) for row in batch])
    after = _Contents(table)
    async for batch in _batches(new, table):
        after.add(batch)
    if before != after:
        raise CopyRefused(
            f"{table.name}: {before.rows} rows here, {after.rows} there, or not the same ones",
            remedy="keep SQLite, and report it with the versions of songhua and PostgreSQL",
        )
    return before.rows


class _Contents:
    """How many rows, and the sum of their hashes: each database has an order of its own."""

    def __init__(self, table: Table) -> None:
        self._columns = [column.name for column in table.columns]
        self.rows = 0
        self.sum = 0

    def add(self, rows: list[Row[Any]]) -> None:
        for row in rows:
            said = json.dumps([_plain(row._mapping[name]) for name in self._columns], sort_keys=True)  # noqa: SLF001  # its public name
            self.sum += int.from_bytes(hashlib.sha256(said.encode()).digest(), "big")
        self.rows += len(rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Contents) and (self.rows, self.sum) == (other.rows, other.sum)

    __hash__ = None  # type: ignore[assignment]


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[list[Row[Any]]]:
    query = select(table, *(column.is_(null()).label(_NULL + column.name) for column in _of_json(table)))
    result = await connection.stream(query)
    async for batch in result.partitions(BATCH):
        yield list(batch)


def _to_insert(table: Table, row: Row[Any]) -> dict[str, Any]:
    found = dict(row._mapping)  # noqa: SLF001  # its public name
    for column in _of_json(table):
        if found.pop(_NULL + column.name):
            found[column.name] = null()
    return found


def _of_json(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if isinstance(column.type, JSON)]


async def _continue_numbers(old: AsyncConnection, new: AsyncConnection, table: Table) -> None:
    """The next number is one that no row ever had, also of rows that are deleted."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = await new.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column.name}
    )
    if sequence is None:
        return
    highest = await new.scalar(select(func.max(column))) or 0
    if table.dialect_options["sqlite"].get("autoincrement"):
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
        highest = max(highest, await old.scalar(given, {"table": table.name}) or 0)
    if highest:
        await new.execute(
            text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
        )


def _plain(value: Any) -> Any:
    """The same for what both databases understand as the same value."""
    if isinstance(value, datetime | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _check_directions(source: StorageSettings, target: StorageSettings) -> None:
    kinds = [one.kind() for one in (source, target)]
    if kinds != ["sqlite", "postgresql"]:
        raise CopyRefused(
            f"from {kinds[0]} to {kinds[1]} is not possible",
            remedy="--from sqlite+aiosqlite:///FILE --to postgresql+asyncpg://USER@HOST/NAME",
        )
    file = source.file()
    if file is None or not file.is_file():
        raise CopyRefused(f"{file or 'the source'} is not there", remedy="see --from")


async def _check_empty(new: Storage) -> None:
    """Tables without rows are the rest of a copy that failed."""
    async with new.read() as connection:
        names = await connection.run_sync(_tables)
        for name in names:
            if name != "alembic_version" and await connection.scalar(
                text(f'SELECT EXISTS (SELECT 1 FROM "{name}")')  # noqa: S608  # a name of the database's own
            ):
                raise CopyRefused(
                    f"the table {name} of the target has rows",
                    remedy="make an empty database (createdb); nothing is overwritten",
                )


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()


@asynccontextmanager
async def _opened(settings: StorageSettings) -> AsyncIterator[Storage]:
    storage = Storage(create_engine(settings))
    try:
        yield storage
    finally:
        await storage.close()
