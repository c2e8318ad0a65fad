"""What the ledger still holds of a number or a call: whether it can be erased, and whether it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from cdr.calls import store as calls
from cdr.chain.records import SealedTable
from cdr.filings.store import filings, subject_calls
from cdr.retention import store as retention
from cdr.retention.model import RetentionKind
from core.storage import Storage, Transaction


async def in_running_call(storage: Storage, number: str) -> bool:
    """Whether a call of this number is not over. Raises `StorageAway`."""
    wanted = select(calls.calls.c.call_id).where(
        calls.calls.c.number == number, calls.calls.c.ended_at.is_(None)
    )
    async with storage.read() as connection:
        return (await connection.execute(wanted.limit(1))).first() is not None


async def names_of_calls(storage: Storage, call_ids: Sequence[UUID]) -> tuple[list[UUID], list[str]]:
    """All ids and linkedids of these calls and of those that were joined to them. Raises `StorageAway`."""
    ids: list[UUID] = []
    linkedids: list[str] = []
    async with storage.read() as connection:
        for call_id in call_ids:
            known = await calls.resolve(connection, call_id) or call_id
            ids += await calls.names_of(connection, known)
            row = await calls.call_of(connection, known)
            linkedids += row.linkedids if row is not None else []
    return list(dict.fromkeys(ids)), list(dict.fromkeys(linkedids))


async def why_not_erasable(storage: Storage, call_id: UUID) -> str:
    """Empty when it can be erased. Raises `StorageAway`."""
    async with storage.read() as connection:
        known = await calls.resolve(connection, call_id)
        row = await calls.call_of(connection, known) if known else None
        if known is None or row is None:
            return f"the ledger knows no call {call_id}"
        if row.ended_at is None:
            return f"call {call_id} is not over"
        names = await calls.names_of(connection, known)
        held = await retention.holds_on(connection, names)
    return f"a legal hold stands on call {call_id}" if held else ""


async def is_erased(storage: Storage, call_id: UUID) -> bool:
    """A late line of the switch brings the number back: then it is not. Raises `StorageAway`."""
    async with storage.read() as connection:
        known = await calls.resolve(connection, call_id)
        row = await calls.call_of(connection, known) if known else None
        if row is None or row.number or row.name or row.dialled:
            return False
        done = await connection.execute(
            select(retention.done.c.kind).where(retention.done.c.call_id == known)
        )
        return {kind.value for kind in RetentionKind} <= set(done.scalars())


async def held_row(transaction: Transaction, sealed: SealedTable, key: Any) -> str:
    """Why this row of a sealed table stays: a legal hold on a call that it is about; else empty."""
    connection = transaction.connection
    place = sealed.table.c[sealed.key] == key
    if sealed.table.name == filings.name:
        of_filing = select(filings.c.subject).where(place)
        linked = select(subject_calls.c.call_id).where(subject_calls.c.subject.in_(of_filing))
        ids = list((await connection.execute(linked)).scalars())
    elif "call_id" in sealed.table.c:
        ids = list((await connection.execute(select(sealed.table.c.call_id).where(place))).scalars())
    else:
        return ""
    names = [name for one in ids for name in await calls.names_of(connection, one)]
    if not names or not await retention.holds_on(connection, names):
        return ""
    return f"a legal hold stands on call {names[0]}, in which the number stands too"
