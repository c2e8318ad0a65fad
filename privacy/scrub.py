"""Removes a number from every table, by the inventory's method for each column. Idempotent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    LargeBinary,
    Row,
    Table,
    Text,
    and_,
    cast,
    delete,
    or_,
    select,
    update,
)

from core.storage import Storage, Transaction, metadata
from privacy.forms import Forms
from privacy.inventory import TABLES
from privacy.model import ErasureMethod, Held, TableLine
from privacy.ports import ErasureSubject, SealedRows

OUTBOX: Final = "outbox"
"""Events have a delivery to wait for: `privacy.events`."""
BATCH: Final = 200
MOST: Final = 200_000
"""Rows of one table that are looked at in one pass; the next pass takes the rest."""


class Tables:
    """`held` says which rows had to stay."""

    def __init__(self, storage: Storage, sealed: SealedRows) -> None:
        self._storage = storage
        self._sealed = sealed
        self.held: set[str] = set()

    async def scrub(self, wanted: ErasureSubject) -> int:
        """How many rows still had it. Raises `StorageAway`."""
        forms = wanted.forms
        if forms is None:
            return 0
        total = 0
        for line in lines():
            for keys in await self._found(line, forms):
                total += await self._scrub_rows(line, keys, forms, wanted)
        return total

    async def rows(self, forms: Forms) -> dict[str, list[dict[str, Any]]]:
        """Every row in which the number stands, by table: for who asks what is kept of him."""
        told: dict[str, list[dict[str, Any]]] = {}
        async with self._storage.read() as connection:
            for line in lines():
                table = metadata.tables[line.table]
                found = await connection.execute(select(table).where(_holding(line, forms)).limit(MOST))
                rows = [dict(row._mapping) for row in found if _says(line, row, forms)]  # noqa: SLF001
                if rows:
                    told[line.table] = rows
        return told

    async def _found(self, line: TableLine, forms: Forms) -> Iterator[Sequence[tuple[Any, ...]]]:
        """Keys of rows that may hold the number, in batches."""
        table = metadata.tables[line.table]
        async with self._storage.read() as connection:
            statement = select(*table.primary_key.columns).where(_holding(line, forms)).limit(MOST)
            keys = [tuple(row) for row in await connection.execute(statement)]
        return (keys[at : at + BATCH] for at in range(0, len(keys), BATCH))

    async def _scrub_rows(
        self, line: TableLine, keys: Sequence[tuple[Any, ...]], forms: Forms, wanted: ErasureSubject
    ) -> int:
        table = metadata.tables[line.table]
        done = 0
        async with self._storage.write() as transaction:
            for key in keys:
                place = and_(*(one == value for one, value in zip(table.primary_key, key, strict=True)))
                row = (await transaction.connection.execute(select(table).where(place))).one_or_none()
                if row is None or not _says(line, row, forms):
                    continue
                if await self._must_stay(transaction, line, row):
                    continue
                await self._scrub_row(transaction, line, row, place, forms, wanted)
                done += 1
        return done

    async def _must_stay(self, transaction: Transaction, line: TableLine, row: Row[Any]) -> bool:
        if not self._sealed.holds(line.table):
            return False
        why = await self._sealed.why_not(transaction, line.table, row[0])
        if why:
            self.held.add(why)
        return bool(why)

    async def _scrub_row(
        self,
        transaction: Transaction,
        line: TableLine,
        row: Row[Any],
        place: ColumnElement[bool],
        forms: Forms,
        wanted: ErasureSubject,
    ) -> None:
        table = metadata.tables[line.table]
        ways = {held.way for held in line.personal if _stands_in(row, held, forms)}
        if ErasureMethod.DELETED in ways:
            await transaction.connection.execute(delete(table).where(place))
            return
        values = _without(table, line, row, forms)
        if values:
            await transaction.connection.execute(update(table).where(place).values(**values))
        if not self._sealed.holds(line.table):
            return
        now = transaction.clock.now()
        key = [row[0]]
        if ErasureMethod.RESEALED in ways:
            await self._sealed.seal(transaction, line.table, key, now)
        if ErasureMethod.SEALED in ways:
            await self._sealed.erase(
                transaction, line.table, key, by=wanted.by, reason=wanted.reason, now=now
            )


def lines() -> Iterator[TableLine]:
    """Tables in which a citizen's number can stand."""
    for line in TABLES:
        if line.table != OUTBOX and any(held.way is not ErasureMethod.KEPT for held in line.personal):
            yield line


def holding(column: Column[Any], texts: Sequence[str]) -> ColumnElement[bool]:
    """A column with one of these texts in it, an address in small or capital letters; bytes are looked at row
    by row.
    """
    if isinstance(column.type, LargeBinary):
        return column.is_not(None)
    shown = cast(column, Text) if isinstance(column.type, JSON) else column
    return or_(
        *(
            # LIKE tells capitals apart on PostgreSQL, and does not on SQLite.
            shown.icontains(text, autoescape=True) if "@" in text else shown.contains(text, autoescape=True)
            for text in texts
        )
    )


def _holding(line: TableLine, forms: Forms) -> ColumnElement[bool]:
    table = metadata.tables[line.table]
    return or_(*(holding(table.c[held.column], forms.stored) for held in _searched(line)))


def _searched(line: TableLine) -> Iterator[Held]:
    return (held for held in line.personal if held.way is not ErasureMethod.KEPT)


def _says(line: TableLine, row: Row[Any], forms: Forms) -> bool:
    return any(_stands_in(row, held, forms) for held in _searched(line))


def _stands_in(row: Row[Any], held: Held, forms: Forms) -> bool:
    value = row._mapping[held.column]  # noqa: SLF001
    if value is None or held.way is ErasureMethod.KEPT:
        return False
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    return bool(forms.without(text) != text)


def _without(table: Table, line: TableLine, row: Row[Any], forms: Forms) -> Mapping[str, Any]:
    """The row's new values."""
    values: dict[str, Any] = {}
    own = any(held.way is ErasureMethod.CLEARED and _stands_in(row, held, forms) for held in _searched(line))
    for held in _searched(line):
        along = own and held.way is ErasureMethod.GOES_ALONG
        if not along and not _stands_in(row, held, forms):
            continue
        if held.way in {ErasureMethod.MASKED, ErasureMethod.RESEALED}:
            values[held.column] = forms.without(row._mapping[held.column])  # noqa: SLF001
        elif held.way in {ErasureMethod.CLEARED, ErasureMethod.GOES_ALONG}:
            values[held.column] = None if table.c[held.column].nullable else ""
    return values
