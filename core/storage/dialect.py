"""What SQLite and PostgreSQL say differently. No code outside `core.storage` asks which of them it talks to.

Statements are made once for each dialect, table and set of columns: to put one together costs as much as to
carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import Column, CursorResult, Float, Select, Table, TextClause, text, true
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

POSTGRESQL: Final = "postgresql"
STATEMENTS: Final = 256
"""How many statements of a kind are kept: more than the code has."""

Values = Mapping[str, Any]
"""A row to insert: the value of each column by its name."""
NewValues = ReadOnlyColumnCollection[str, ColumnElement[Any]]
"""The columns of the row that could not be inserted."""
Computed = Callable[[NewValues], Mapping[str, ColumnElement[Any]]]
Condition = Callable[[NewValues], ColumnElement[bool]]


class seconds_between(FunctionElement[float]):  # noqa: N801  # named as SQL's functions are
    """`seconds_between(earlier, later)` of two columns of times: seconds, to the millisecond."""

    type = Float()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    earlier, later = (compiler.process(one, **more) for one in element.clauses)
    return f"round((julianday({later}) - julianday({earlier})) * 86400.0, 3)"


@compiles(seconds_between, POSTGRESQL)
def _seconds_postgresql(element: seconds_between, compiler: SQLCompiler, **more: Any) -> str:
    earlier, later = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(round(EXTRACT(EPOCH FROM ({later} - {earlier})), 3) AS double precision)"


_BUSY: Final = frozenset({"55P03", "40P01"})
"""SQLSTATE of a wait for a lock that was given up, and of a deadlock. SQLite has its own class of errors."""


def is_busy(error: DBAPIError) -> bool:
    """Whether others had the rows for too long: nothing was kept, and the same may be tried again."""
    return getattr(error.orig, "sqlstate", None) in _BUSY


async def insert_if_new(connection: AsyncConnection, table: Table, row: Values) -> bool:
    """Insert a row unless one with a key of it (any unique key of the table) is there; whether it was new.

    Waits for a transaction that inserts the same key at this moment.
    """
    found = await connection.execute(_ignoring(connection.dialect.name, table, ()), dict(row))
    return bool(found.rowcount == 1)


async def insert_missing(
    connection: AsyncConnection, table: Table, rows: Iterable[Values], *, keys: Sequence[str] = ()
) -> None:
    """Insert the rows whose key is not there: `keys` names its columns, without them every unique key counts.

    Two transactions that insert the same rows must do it in one order, or they wait for each other.
    """
    given = [dict(row) for row in rows]
    if given:
        await connection.execute(_ignoring(connection.dialect.name, table, tuple(keys)), given)


async def insert_missing_of(
    connection: AsyncConnection, table: Table, columns: Sequence[str], query: Select[Any]
) -> None:
    """The same with the rows that a query gives, its columns in this order."""
    # SQLite takes ON CONFLICT for a part of a query that has no WHERE.
    found = query.where(true())
    statement = _insert(connection.dialect.name, table).from_select(list(columns), found)
    await connection.execute(statement.on_conflict_do_nothing())


async def insert_new(
    connection: AsyncConnection, table: Table, rows: Iterable[Values], *, returning: Sequence[Column[Any]]
) -> CursorResult[Any]:
    """As `insert_missing`; these columns of the rows that were new. There must be at least one row."""
    statement = _returning_new(connection.dialect.name, table, tuple(column.name for column in returning))
    return cast("CursorResult[Any]", await connection.execute(statement, [dict(row) for row in rows]))


async def upsert(
    connection: AsyncConnection,
    table: Table,
    rows: Values | Iterable[Values],
    *,
    keys: Sequence[str],
    changed: Collection[str] | None = None,
    computed: Computed | None = None,
    where: Condition | None = None,
) -> bool:
    """Insert rows. Where one with these `keys` is there, change it: `changed` (None: all columns of the row
    that are no keys) take the new values, and those of `computed` what it makes of them. It stays as it is
    when `where` does not hold for it. With a single row: whether it was written.

    `rows` all have the same columns. `computed` and `where` are functions of a module: the statement is kept
    by them. Two transactions that write the same rows must do it in one order, or they wait for each other.
    """
    given = [dict(rows)] if isinstance(rows, Mapping) else [dict(row) for row in rows]
    if not given:
        return False
    names = tuple(name for name in given[0] if name not in keys) if changed is None else tuple(changed)
    statement = _upsert(connection.dialect.name, table, tuple(keys), names, computed, where)
    return bool((await connection.execute(statement, given)).rowcount == 1)


async def add_up(
    connection: AsyncConnection, table: Table, rows: Sequence[Values], *, greatest: Collection[str] = ()
) -> None:
    """Add these numbers to those of the rows with the same primary key; of the columns `greatest` the greater
    number stays. Each row has every column of the table.
    """
    if rows:
        statement = _addition(connection.dialect.name, table, frozenset(greatest))
        await connection.execute(statement, [dict(row) for row in rows])


async def next_number(connection: AsyncConnection, table: Table, keys: Values, column: str) -> int:
    """Count a counter's row up, from 1, and return the number. The row stays locked until the transaction
    ends: no number is left out.
    """
    statement = _counting(connection.dialect.name, table, tuple(keys), column)
    return int((await connection.execute(statement, {**keys, column: 1})).scalar_one())


async def lock_writes(connection: AsyncConnection, table: Table) -> None:
    """Nobody else writes into this table until the transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == POSTGRESQL:
        await connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


async def lock_number(connection: AsyncConnection, number: int) -> None:
    """Only one transaction at a time holds this number, until it ends. SQLite has one writer anyway."""
    if connection.dialect.name == POSTGRESQL:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _insert(dialect: str, table: Table) -> Any:
    return pg_insert(table) if dialect == POSTGRESQL else sqlite_insert(table)


@lru_cache(STATEMENTS)
def _ignoring(dialect: str, table: Table, keys: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_nothing(index_elements=list(keys) or None)


@lru_cache(STATEMENTS)
def _returning_new(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    return _ignoring(dialect, table, ()).returning(*(table.c[name] for name in columns))


@lru_cache(STATEMENTS)
def _upsert(
    dialect: str,
    table: Table,
    keys: tuple[str, ...],
    changed: tuple[str, ...],
    computed: Computed | None,
    where: Condition | None,
) -> Any:
    statement = _insert(dialect, table)
    new = statement.excluded
    values = {name: new[name] for name in changed} | dict(computed(new) if computed is not None else {})
    condition = where(new) if where is not None else None
    return statement.on_conflict_do_update(index_elements=list(keys), set_=values, where=condition)


@lru_cache(STATEMENTS)
def _counting(dialect: str, table: Table, keys: tuple[str, ...], column: str) -> Any:
    counted = _insert(dialect, table).on_conflict_do_update(
        index_elements=list(keys), set_={column: table.c[column] + 1}
    )
    return counted.returning(table.c[column])


@lru_cache(STATEMENTS)
def _addition(dialect: str, table: Table, greatest: frozenset[str]) -> TextClause:
    # As text: a statement of fifty columns costs more than all the rest of a call's figures.
    keys = [column.name for column in table.primary_key]
    greater = "greatest" if dialect == POSTGRESQL else "max"
    changed = ", ".join(
        f"{name} = {greater}({table.name}.{name}, excluded.{name})"
        if name in greatest
        else f"{name} = {table.name}.{name} + excluded.{name}"
        for name in (column.name for column in table.c)
        if name not in keys
    )
    names = ", ".join(column.name for column in table.c)
    values = ", ".join(f":{column.name}" for column in table.c)
    return text(
        f"INSERT INTO {table.name} ({names}) VALUES ({values}) "  # noqa: S608  # names of our own tables
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    )
