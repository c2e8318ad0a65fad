"""The table of the audit trail, and its queries. A row is written once, and chained in its transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    cast,
    exists,
    insert,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from core.bearer import acting_by
from core.storage import Transaction
from core.storage.schema import Json, Sequence64, UtcDateTime, metadata
from identity.audit.model import AuditEntry, AuditFilter

ADOPTED = "adopt-audit"
"""The row that ends the rows without a seal: those were written before the trail stood under the chain."""

audit = Table(
    "identity_audit",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Json, nullable=False),
    Column("seal", Json),
    Index("ix_identity_audit_subject_at", "subject", "at"),
    Index("ix_identity_audit_actor", "actor", "seq"),
    Index("ix_identity_audit_action", "action", "seq"),
    Index("ix_identity_audit_at", "at"),
    sqlite_autoincrement=True,
)

_adopted = audit.alias("adopted")
AUDITED: ColumnElement[bool] = exists(select(_adopted.c.seq).where(_adopted.c.action == ADOPTED))
"""Rows that must stand under the chain: all of them, as soon as the older ones were adopted."""


async def add_audit(
    connection: AsyncConnection,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
) -> int:
    """Write one row and chain it; its number. An API token by which the request acts is named in the detail.
    `connection` is that of a transaction. Raises `KeyTrouble`.
    """
    token = acting_by.get()
    values = {
        "at": at,
        "actor": actor[:80],
        "action": action[:80],
        "subject": subject[:200],
        "detail": {**detail, "by_token": token} if token else dict(detail),
    }
    seq = (await connection.execute(insert(audit).values(values).returning(audit.c.seq))).scalar_one()
    await Transaction.of(connection).chain(audit, [seq])
    return int(seq)


async def audit_of(connection: AsyncConnection, subject: str, limit: int = 100) -> list[dict[str, Any]]:
    rows = await connection.execute(
        select(*_SHOWN).where(audit.c.subject == subject).order_by(audit.c.seq.desc()).limit(limit)
    )
    return [dict(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name for it


async def page(connection: AsyncConnection, wanted: AuditFilter, limit: int) -> list[AuditEntry]:
    """The newest first, at most `limit`."""
    table = audit.c
    narrowing: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (wanted.actor or None, lambda: table.actor == wanted.actor),
        (wanted.action or None, lambda: table.action == wanted.action),
        (wanted.subject or None, lambda: table.subject == wanted.subject),
        (wanted.since, lambda: table.at >= wanted.since),
        (wanted.until, lambda: table.at < wanted.until),
        (wanted.before, lambda: table.seq < wanted.before),
        (wanted.text or None, lambda: _holds(wanted.text)),
    ]
    query = select(*_SHOWN).where(*(condition() for given, condition in narrowing if given is not None))
    rows = await connection.execute(query.order_by(table.seq.desc()).limit(limit))
    return [AuditEntry(*row) for row in rows]


async def adopt_page(transaction: Transaction, limit: int) -> int:
    """Chain the oldest rows that are not; how many they were."""
    query = select(audit.c.seq).where(audit.c.seal.is_(None)).order_by(audit.c.seq).limit(limit)
    found = list((await transaction.connection.execute(query.with_for_update())).scalars())
    await transaction.chain(audit, found)
    return len(found)


async def is_adopted(connection: AsyncConnection) -> bool:
    """Whether rows from before the chain are under it, too."""
    return bool((await connection.execute(select(AUDITED))).scalar_one())


def _holds(text: str) -> ColumnElement[bool]:
    """The text stands in who, what, on what or in the detail; upper and lower case are one."""
    columns = (audit.c.actor, audit.c.action, audit.c.subject, cast(audit.c.detail, String))
    # SQLite keeps JSON with other letters escaped.
    spelt = cast(audit.c.detail, String).icontains(json.dumps(text)[1:-1], autoescape=True)
    return or_(spelt, *(column.icontains(text, autoescape=True) for column in columns))


_SHOWN = (audit.c.seq, audit.c.at, audit.c.actor, audit.c.action, audit.c.subject, audit.c.detail)
