"""Erases a person from the record of a call: values and the salt of their digests go, the chain stays whole.

The erasure itself is an entry of the chain; without one, a missing salt is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, String, Table, Text, insert, select, update

from cdr.chain import store
from cdr.chain.records import SEAL, SealedTable
from cdr.chain.seal import read_seal
from core.storage import Json, Transaction, UtcDateTime, metadata

erasures = Table(
    "cdr_erasures",
    metadata,
    Column("record", String(160), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("seal", Json),
)

ERASURES = SealedTable(
    "erasure", erasures, "record", frozenset(), erasures.c.record.is_not(None), written_once=True
)


async def erase(
    transaction: Transaction,
    sealed: SealedTable,
    keys: Sequence[UUID],
    *,
    by: str,
    reason: str,
    now: datetime,
) -> int:
    """Empty the personal columns of these records; how many were not empty before."""
    connection = transaction.connection
    key = sealed.table.c[sealed.key]
    rows = (await connection.execute(select(key, sealed.table.c[SEAL]).where(key.in_(keys)))).all()
    ordered = await store.known_records(
        connection, ERASURES.kind, [f"{sealed.kind}:{record_key}" for record_key, _ in rows]
    )
    orders: list[str] = []
    emptied_rows = 0
    for record_key, stored in rows:
        held = read_seal(stored)
        if held is None or not held.personal_salt:
            continue
        emptied: dict[str, object] = dict.fromkeys(sealed.personal, "")
        await connection.execute(
            update(sealed.table).where(key == record_key).values({**emptied, SEAL: held.erased().stored()})
        )
        emptied_rows += 1
        wanted = f"{sealed.kind}:{record_key}"
        if wanted not in ordered:
            orders.append(wanted)
    await _write(transaction, orders, by=by, reason=reason, now=now)
    return emptied_rows


async def order(
    transaction: Transaction, records: Sequence[str], *, by: str, reason: str, now: datetime
) -> None:
    """Note that these records (`kind:id`) were erased on purpose: it does not show in their own columns."""
    known = await store.known_records(transaction.connection, ERASURES.kind, records)
    await _write(transaction, [one for one in records if one not in known], by=by, reason=reason, now=now)


async def _write(
    transaction: Transaction, orders: Sequence[str], *, by: str, reason: str, now: datetime
) -> None:
    if not orders:
        return
    await transaction.connection.execute(
        insert(erasures), [{"record": one, "at": now, "by": by, "reason": reason} for one in orders]
    )
    await ERASURES.seal(transaction, orders, now)
