"""The table of filings: facts about a draft, case, dispatch or disposition at one moment, never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Row, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.records import SealedTable
from cdr.chain.seal import canonical
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_missing

filings = Table(
    "cdr_filings",
    metadata,
    Column("filing_id", Uuid, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("parent", String(160), nullable=False),
    Column("call_ids", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("payload", Text, nullable=False),
    Column("facts", Text, nullable=False, server_default="{}"),
    Column("label", String(64), nullable=False, server_default=""),
    Column("seal", Json),
    Index("ix_cdr_filings_subject", "subject", "at"),
    Index("ix_cdr_filings_parent", "parent"),
    Index("ix_cdr_filings_label", "kind", "label", "at"),
)

subject_calls = Table(
    "cdr_subject_calls",
    metadata,
    Column("subject", String(160), primary_key=True),
    Column("call_id", Uuid, primary_key=True, index=True),
)

FILINGS = SealedTable(
    "filing",
    filings,
    "filing_id",
    frozenset({"payload"}),
    filings.c.filing_id.is_not(None),
    written_once=True,
    added={"facts": "{}", "label": ""},
)

MOST_SUBJECTS = 200
"""A call with more drafts, cases and dispatches than this shows the first ones."""


@dataclass(frozen=True, slots=True)
class FilingRecord:
    """`subject` and `parent` are `kind:id`, for example a dispatch `dispatch:…` of `case:…`.

    `facts` name no person and stay when the person is erased; `payload` goes. `label` is what a search asks
    for: a disposition's kind, an act's verb, a callback's state.
    """

    filing_id: UUID
    kind: str
    subject: str
    parent: str
    call_ids: tuple[UUID, ...]
    at: datetime
    payload: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)
    label: str = ""

    def told(self) -> dict[str, Any]:
        """Facts and payload together, as they were handed in."""
        return {**self.facts, **self.payload}


async def add(
    transaction: Transaction, handed_in: Sequence[FilingRecord], now: datetime
) -> list[FilingRecord]:
    """Keep and seal filings, each id once; those that were new."""
    given: dict[UUID, FilingRecord] = {}
    for filing in handed_in:
        given.setdefault(filing.filing_id, filing)
    if not given:
        return []
    connection = transaction.connection
    found = await connection.execute(select(filings.c.filing_id).where(filings.c.filing_id.in_(list(given))))
    known = set(found.scalars())
    new = [filing for filing_id, filing in given.items() if filing_id not in known]
    if not new:
        return []
    await connection.execute(insert(filings), [_values(filing) for filing in new])
    pairs = {(filing.subject, call_id) for filing in new for call_id in filing.call_ids}
    links = [{"subject": subject, "call_id": call_id} for subject, call_id in sorted(pairs)]
    await insert_missing(connection, subject_calls, links)
    await FILINGS.seal(transaction, [filing.filing_id for filing in new], now)
    return new


def _values(filing: FilingRecord) -> dict[str, object]:
    return {
        "filing_id": filing.filing_id,
        "kind": filing.kind,
        "subject": filing.subject,
        "parent": filing.parent,
        "call_ids": [str(call_id) for call_id in filing.call_ids],
        "at": filing.at,
        "payload": canonical(filing.payload).decode(),
        "facts": canonical(filing.facts).decode(),
        "label": filing.label[:64],
    }


async def link(connection: AsyncConnection, subject: str, call_id: UUID) -> None:
    """`subject` belongs to this call too (an existing case that a later call is about)."""
    await insert_missing(connection, subject_calls, [{"subject": subject, "call_id": call_id}])


async def filings_of(connection: AsyncConnection, names: Sequence[UUID]) -> list[FilingRecord]:
    """All filings of a call under all its ids: of what is linked to it, and of what hangs below that."""
    linked = await connection.execute(
        select(subject_calls.c.subject).where(subject_calls.c.call_id.in_(names)).distinct()
    )
    subjects = set(linked.scalars())
    new = subjects
    while new and len(subjects) < MOST_SUBJECTS:
        below = await connection.execute(
            select(filings.c.subject).where(filings.c.parent.in_(new)).distinct().limit(MOST_SUBJECTS)
        )
        new = set(below.scalars()) - subjects
        subjects |= new
    if not subjects:
        return []
    found = await connection.execute(
        select(filings)
        .where(filings.c.subject.in_(sorted(subjects)))
        .order_by(filings.c.at, filings.c.filing_id)
    )
    return [filing_of(row) for row in found]


async def calls_of(connection: AsyncConnection, subject: str) -> list[UUID]:
    """The calls that a subject belongs to."""
    found = await connection.execute(
        select(subject_calls.c.call_id).where(subject_calls.c.subject == subject)
    )
    return list(found.scalars())


async def calls_of_case(connection: AsyncConnection, number: str) -> list[UUID]:
    """The calls of the case with this number."""
    found = await connection.execute(
        select(subject_calls.c.call_id)
        .join(filings, filings.c.subject == subject_calls.c.subject)
        .where(filings.c.kind == "case", filings.c.label == number)
        .distinct()
    )
    return list(found.scalars())


async def parent_of(connection: AsyncConnection, subject: str) -> str:
    """What the subject hangs below; empty when nothing."""
    found = await connection.execute(
        select(filings.c.parent).where(filings.c.subject == subject, filings.c.parent != "").limit(1)
    )
    return found.scalar_one_or_none() or ""


def filing_of(row: Row[Any]) -> FilingRecord:
    """A stored row as a record."""
    return FilingRecord(
        row.filing_id,
        row.kind,
        row.subject,
        row.parent,
        tuple(UUID(one) for one in row.call_ids),
        row.at,
        _object(row.payload),
        _object(row.facts),
        row.label,
    )


def _object(text: str) -> dict[str, Any]:
    """The JSON object in a column; empty when it was erased."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
