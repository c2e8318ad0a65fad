"""Tables of messages to citizens and of what citizens send."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
    or_,
)

from core.storage import UtcDateTime, Uuid, metadata

messages = Table(
    "citizen_messages",
    metadata,
    Column("message_id", Uuid, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("number", String(24), nullable=False),
    Column("text", Text, nullable=False),
    Column("template", String(24), nullable=False),
    Column("step", String(16), nullable=False),
    Column("case_id", Uuid),
    Column("report_id", Uuid),
    Column("state", String(16), nullable=False),
    Column("parts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("error", String(120), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("sent_by", String(64), nullable=False),
    Index("ix_citizen_messages_case", "case_id", "created_at"),
    Index("ix_citizen_messages_report", "report_id", "created_at"),
    Index("ix_citizen_messages_number", "number", "created_at"),
    Index("ix_citizen_messages_state", "state", "expires_at"),
    Index("ix_citizen_messages_created", "created_at"),
)
"""`sent_by` is who had it sent again; empty for what the service sends by itself."""
HELD: Final = or_(*(messages.c[name] != literal_column("''") for name in ("number", "text")))
"""What is forgotten in time. Spelled out: an index of these rows is found by these very words alone."""
Index("ix_citizen_messages_held", messages.c.created_at, sqlite_where=HELD, postgresql_where=HELD)

parts = Table(
    "citizen_message_parts",
    metadata,
    Column("smsc_id", String(65), primary_key=True),
    Column("message_id", Uuid, ForeignKey("citizen_messages.message_id"), nullable=False, index=True),
    Column("receipt", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
"""Short messages by the id that the SMSC gave them. An SMSC that gives an id again takes its place."""

received_parts = Table(
    "citizen_received_parts",
    metadata,
    Column("number", String(24), primary_key=True),
    Column("reference", Integer, primary_key=True),
    Column("total", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)
"""Parts of a citizen's message that is not whole yet."""

opt_outs = Table(
    "citizen_opt_outs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
)
"""`digest` is the SHA-256 of the number: an opt-out outlives the erasure of the number. `by` is the colleague
who entered it, empty for the citizen's own message.
"""

call_choices = Table(
    "citizen_call_choices",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
)
"""Mobile telephones whose owners asked for calls instead of text messages; columns as of opt-outs."""
