"""The chain's tables, and appending to it: only inside the transaction that writes the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.entry import GENESIS, ChainEntry, entry_hash, to_seal
from cdr.errors import KeyTrouble
from core.metrics import counter
from core.storage import Transaction, UtcDateTime, metadata
from core.storage.dialect import lock_number

_entries = counter("cdr_chain_entries", "Entries appended to the chain", ["kind"])
_unsealed = counter("cdr_chain_entries_unsealed", "Entries appended without a key to seal them")

_LOCK = 0x736F6E67687561
"""PostgreSQL's advisory lock for appending: one entry has one successor."""

chain = Table(
    "cdr_chain",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("prev", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("record_id", String(160), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key_id", String(16), nullable=False, server_default=""),
    Column("mac", String(64), nullable=False, server_default=""),
    Index("ix_cdr_chain_record", "kind", "record_id", "seq"),
)

heads = Table(
    "cdr_chain_heads",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("signature", Text, nullable=False),
)


_LAST = select(chain).order_by(chain.c.seq.desc()).limit(1)


async def append(transaction: Transaction, records: Sequence[tuple[str, str, str]], now: datetime) -> None:
    """Append one sealed entry for each `(kind, record_id, digest)`, in this order.

    Raises `KeyTrouble` in a program that must not write unsealed entries, see `SealKeys.needed`.
    """
    if not records:
        return
    connection = transaction.connection
    await lock_number(connection, _LOCK)
    last = await last_entry(connection)
    key = transaction.seal_keys.newest
    if key is None and transaction.seal_keys.needed and last is not None and last.key_id:
        raise KeyTrouble(
            "the chain is sealed, and its seal key cannot be read here",
            remedy="run this as the service's user, with the settings of the service",
        )
    seq, prev = (last.seq, last.hash) if last else (0, GENESIS)
    key_id = key.id if key else ""
    rows = []
    for kind, record_id, digest in records:
        seq += 1
        made = entry_hash(prev, seq, kind, record_id, digest, now, key_id=key_id)
        rows.append(
            {
                "seq": seq,
                "prev": prev,
                "kind": kind,
                "record_id": record_id,
                "digest": digest,
                "at": now,
                "hash": made,
                "key_id": key_id,
                "mac": key.mac(to_seal(made)) if key else "",
            }
        )
        prev = made
        _entries.labels(kind).inc()
    if key is None:
        _unsealed.inc(len(rows))
    await connection.execute(insert(chain), rows)


async def last_entry(connection: AsyncConnection) -> ChainEntry | None:
    """The newest entry; None in an empty chain."""
    found = (await connection.execute(_LAST)).one_or_none()
    return ChainEntry(*found) if found else None


async def entries_after(connection: AsyncConnection, seq: int, limit: int) -> list[ChainEntry]:
    """The next entries behind this number, in their order."""
    found = await connection.execute(
        select(chain).where(chain.c.seq > seq).order_by(chain.c.seq).limit(limit)
    )
    return [ChainEntry(*row) for row in found]


async def known_records(connection: AsyncConnection, kind: str, record_ids: Sequence[str]) -> set[str]:
    """Which of these records have an entry."""
    found = await connection.execute(
        select(chain.c.record_id).where(chain.c.kind == kind, chain.c.record_id.in_(record_ids)).distinct()
    )
    return set(found.scalars())


@dataclass(frozen=True, slots=True)
class ChainTip:
    """The last entry of a record, and how many it has: only the last speaks of the record as it is now."""

    seq: int
    entries: int


async def newest_of(connection: AsyncConnection, kind: str, record_ids: Sequence[str]) -> dict[str, ChainTip]:
    """For each of these records its newest entry and how many it has."""
    found = await connection.execute(
        select(chain.c.record_id, func.max(chain.c.seq).label("seq"), func.count().label("entries"))
        .where(chain.c.kind == kind, chain.c.record_id.in_(record_ids))
        .group_by(chain.c.record_id)
    )
    return {row.record_id: ChainTip(row.seq, row.entries) for row in found}
