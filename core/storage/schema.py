"""The metadata on which every room declares its own tables, and the column types that behave alike on
SQLite and PostgreSQL. The outbox and the inbox are the only tables that `core` owns.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import Uuid as SqlUuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def _in_utc(value: datetime) -> datetime:
    """The nearest time that UTC has: by its offset a time may lie before its first year or after its last."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return FIRST if value.year == 1 else LAST


class UtcDateTime(TypeDecorator[datetime]):
    """Timezone-aware UTC in Python, microseconds kept; refuses a naive datetime."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC as the database takes it. Raises `ValueError` for one without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: use UTC")
        utc = _in_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The stored moment, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
Uuid = SqlUuid(as_uuid=True)
Sequence64 = BigInteger().with_variant(Integer(), "sqlite")
"""An ever-growing 64-bit key (SQLite counts only plain INTEGER keys by itself)."""

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("origin", String(32), nullable=False),
    Column("destination", String(32), nullable=False),
    Column("stream", String(128), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("envelope", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", UtcDateTime, nullable=False),
    Column("last_error", Text),
    Column("done_at", UtcDateTime),
    UniqueConstraint("event_id", "destination"),
    Index("ix_outbox_pending", "origin", "destination", "done_at", "seq"),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("msg_id", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_inbox_at", "at"),
)
