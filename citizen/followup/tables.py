"""The table of follow-ups."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    literal_column,
    or_,
)

from core.storage import UtcDateTime, Uuid, metadata

follow_ups = Table(
    "citizen_follow_ups",
    metadata,
    Column("follow_up_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False, index=True),
    Column("case_number", String(24), nullable=False),
    Column("report_id", Uuid, index=True),
    Column("number", String(24), nullable=False),
    Column("source", String(16), nullable=False),
    Column("district", String(6), nullable=False),
    Column("category", String(64), nullable=False),
    Column("department", Text, nullable=False),
    Column("way", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("taken_by", String(64), nullable=False),
    Column("contacted", Boolean),
    Column("solved", Boolean),
    Column("satisfaction", Integer),
    Column("note", Text, nullable=False),
    Column("answered_by", String(64), nullable=False),
    Column("answered_at", UtcDateTime),
    Column("concern", String(16), nullable=False),
    Column("concern_note", Text, nullable=False),
    Column("concern_by", String(64), nullable=False),
    Column("concern_at", UtcDateTime),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("last_op", Uuid),
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("calling", Boolean, nullable=False, server_default=false()),
    Column("connected_at", UtcDateTime),
    Index("ix_citizen_follow_ups_due", "state", "due_at"),
    Index("ix_citizen_follow_ups_number", "number", "closed_at"),
    Index("ix_citizen_follow_ups_concern", "concern", "answered_at"),
    Index("ix_citizen_follow_ups_closed", "closed_at"),
)
"""`answered_by` is `sms`, `link`, `call` (a key), `speech`, or the agent who asked. `concern` is `open` for a
reporter who is not satisfied, and then what a person made of it.
"""

HELD: Final = or_(
    *(follow_ups.c[name] != literal_column("''") for name in ("number", "note", "concern_note"))
)
"""What is forgotten in time. Spelled out: an index of these rows is found by these very words alone."""
Index("ix_citizen_follow_ups_held", follow_ups.c.closed_at, sqlite_where=HELD, postgresql_where=HELD)
