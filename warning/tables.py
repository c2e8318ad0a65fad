"""Tables of the room."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from core.storage import Json, UtcDateTime, Uuid, metadata

warnings = Table(
    "warning_warnings",
    metadata,
    Column("warning_id", Uuid, primary_key=True),
    Column("message", Json, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("origin", String(8), nullable=False),
    Column("signed", Boolean, nullable=False),
    Column("channels", String(80), nullable=False),
    Column("state", String(16), nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("first_by", String(80), nullable=False),
    Column("first_at", UtcDateTime),
    Column("released_by", String(80), nullable=False),
    Column("released_at", UtcDateTime),
    Column("ends_at", UtcDateTime),
    Column("over_by", String(80), nullable=False),
    Column("over_at", UtcDateTime),
    Column("over_why", Text, nullable=False),
    Index("ix_warning_warnings_state", "state", "made_at"),
    Index("ix_warning_warnings_made_at", "made_at"),
)
"""`warning_id` follows from sender and identifier, so a message is here once. `source` are the bytes of one
that was received.
"""

operations = Table(
    "warning_operations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("warning_id", Uuid, nullable=False),
    Column("act", String(16), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

deliveries = Table(
    "warning_deliveries",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("warning_id", Uuid, nullable=False),
    Column("channel", String(8), nullable=False),
    Column("address", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("why", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_warning_deliveries_warning", "warning_id", "channel", "state"),
    Index("ix_warning_deliveries_state", "state", "delivery_id"),
)
"""One for each who is to be told, written with the release; `delivery_id` follows from warning, channel and
address.
"""

recipients = Table(
    "warning_recipients",
    metadata,
    Column("recipient_id", Uuid, primary_key=True),
    Column("number", String(24), nullable=False),
    Column("name", String(80), nullable=False),
    Column("role", String(40), nullable=False),
    Column("by", String(16), nullable=False),
    Column("area", Json, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index("ix_warning_recipients_number", "number", unique=True),
)
"""Who is warned by telephone because of what he does. Deliveries name him by his id alone."""

calls = Table(
    "warning_calls",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("recipient_id", Uuid, nullable=False),
    Column("mark", String(8), nullable=False),
    Column("about", String(8), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("rang", Integer, nullable=False),
    Column("heard", Boolean, nullable=False),
    Column("calling", Boolean, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_warning_calls_state", "state", "due_at"),
)
"""Who is called about which warning. No number is in it."""

siren_orders = Table(
    "warning_siren_orders",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("siren", String(40), nullable=False),
    Column("actual", Boolean, nullable=False),
    Column("program", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("number", Integer),
    Column("tries", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_warning_siren_orders_state", "state", "made_at"),
)
"""Which siren plays which program; `number` is that of the order at its controller."""

pages = Table(
    "warning_pages",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("paging_group", String(40), nullable=False),
    Column("mark", String(8), nullable=False),
    Column("about", String(8), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("begun", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Index("ix_warning_pages_state", "state", "made_at"),
)
"""Which paging group hears which sounds, by their extension `mark-about` of dialplan/paging.conf."""
