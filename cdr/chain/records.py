"""Lists the tables whose records are in the chain, and seals their rows. Every column is covered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Row, Select, Table, Update, bindparam, select, update
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain import store
from cdr.chain.seal import Payload, RecordSeal, plain, read_seal, seal
from core.storage import Transaction

SEAL = "seal"
_PAGE = 500
_READ: Mapping[type, Callable[[str], object]] = {SqlUuid: UUID, BigInteger: int}
"""How a record's key is read from its entry, by the type of the column; others are text as they stand."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it stands in its table now."""

    payload: Payload
    seal: RecordSeal | None


@dataclass(frozen=True, slots=True, eq=False)
class SealedTable:
    """A table under the chain. `final` tells the rows that must have an entry, `personal` the columns that
    an erasure empties, `written_once` that a second entry for a record is a finding. `added` are columns that
    came later, each with the value that a row has which was sealed before there was such a column.
    """

    kind: str
    table: Table
    key: str
    personal: frozenset[str]
    final: ColumnElement[bool]
    written_once: bool = False
    added: Mapping[str, object] = field(default_factory=dict)

    def payload_of(self, row: Row[Any]) -> Payload:
        """The sealed columns of a row as plain JSON values."""
        return {name: plain(value) for name, value in row._mapping.items() if name != SEAL}  # noqa: SLF001

    async def load(self, connection: AsyncConnection, record_ids: Iterable[str]) -> dict[str, StoredRecord]:
        """The records with these ids, by id; those that are not there are not in the answer."""
        keys = self._keys(record_ids)
        if not keys:
            return {}
        rows = await connection.execute(select(self.table).where(self._key.in_(keys)))
        return {
            str(row._mapping[self.key]): StoredRecord(self.payload_of(row), read_seal(row._mapping[SEAL]))  # noqa: SLF001
            for row in rows
        }

    async def without_entry(self, connection: AsyncConnection) -> AsyncIterator[str]:
        """The ids of final rows of which the chain knows nothing."""
        last: object | None = None
        while True:
            page = select(self._key).where(self.final).order_by(self._key).limit(_PAGE)
            if last is not None:
                page = page.where(self._key > last)
            keys = list((await connection.execute(page)).scalars())
            if not keys:
                return
            known = await store.known_records(connection, self.kind, [str(key) for key in keys])
            for key in keys:
                if str(key) not in known:
                    yield str(key)
            last = keys[-1]

    async def seal(self, transaction: Transaction, keys: Sequence[object], now: datetime) -> None:
        """Seal these rows as they stand in the database and append their entries, in the given order."""
        if not keys:
            return
        connection = transaction.connection
        read, write = _statements(self)
        rows = await connection.execute(read, {"keys": list(keys)})
        by_key = {row._mapping[self.key]: row for row in rows}  # noqa: SLF001
        made = {key: seal(self.payload_of(by_key[key]), self.personal) for key in keys}
        await connection.execute(
            write,
            [{"of_key": key, "new_seal": one.stored()} for key, one in made.items()],
        )
        await store.append(transaction, [(self.kind, str(key), made[key].digest) for key in keys], now)

    @property
    def _key(self) -> ColumnElement[Any]:
        return self.table.c[self.key]

    def _keys(self, record_ids: Iterable[str]) -> list[object]:
        read = _READ.get(type(self._key.type))
        if read is None:
            return list(record_ids)
        found: list[object] = []
        for record_id in record_ids:
            try:
                found.append(read(record_id))
            except ValueError:
                continue
        return found


@cache
def _statements(sealed: SealedTable) -> tuple[Select[Any], Update]:
    """Reading rows to seal and writing their seals. Made once: to put a statement together costs as much as
    to carry it out.
    """
    key = sealed.table.c[sealed.key]
    return (
        select(sealed.table).where(key.in_(bindparam("keys", expanding=True))),
        update(sealed.table).where(key == bindparam("of_key")).values({SEAL: bindparam("new_seal")}),
    )
