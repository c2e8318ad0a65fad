"""The tables of this room."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from core.storage import UtcDateTime, Uuid, metadata

reports = Table(
    "citizen_reports",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("message_id", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("source", String(16), nullable=False),
    Column("number", String(24), nullable=False, unique=True),
    Column("code", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("phone", String(40), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    Column("category", String(64), nullable=False, server_default=""),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("street", String(64), nullable=False, server_default=""),
    Column("case_category", String(64), nullable=False, server_default=""),
    Column("public_key", String(32), nullable=False, server_default=""),
    Column("email", String(254), nullable=False, server_default=""),
    Column("language", String(2), nullable=False, server_default=""),
    Column("received_at", UtcDateTime, nullable=False),
    Column("case_id", Uuid, index=True),
    Column("case_number", String(24), nullable=False),
    Column("progress", String(16), nullable=False),
    Column("forgotten_at", UtcDateTime),
    UniqueConstraint("channel", "message_id"),
    Index("ix_citizen_reports_public", "channel", "received_at"),
    Index("ix_citizen_reports_reporter", "reporter"),
    Index("ix_citizen_reports_key", "public_key"),
    Index("ix_citizen_reports_nearby", "progress", "lat"),
    Index("ix_citizen_reports_forgotten", "forgotten_at", "received_at"),
)
"""`digest` is the SHA-256 of what the message said; `progress` the step that was last told; `hidden` that
its case is confidential, so that nobody is shown it without its code. `street` and `case_category` are what
an agent filed; `public_key` names the report where everybody may say "me too".
"""

additions = Table(
    "citizen_additions",
    metadata,
    Column("addition_id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("citizen_reports.report_id"), nullable=False),
    Column("message_id", String(128), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("report_id", "message_id"),
)

ratings = Table(
    "citizen_ratings",
    metadata,
    Column("report_id", Uuid, ForeignKey("citizen_reports.report_id"), primary_key=True),
    Column("stars", Integer, nullable=False),
    Column("solved", Boolean),
    Column("words", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

me_too = Table(
    "citizen_me_too",
    metadata,
    Column("report_id", Uuid, ForeignKey("citizen_reports.report_id"), primary_key=True),
    Column("device", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
"""`device` is a digest of what tells devices apart: each counts once for a report."""

pictures = Table(
    "citizen_pictures",
    metadata,
    Column("picture_id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("citizen_reports.report_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

report_cases = Table(
    "citizen_report_cases",
    metadata,
    Column("report_id", Uuid, ForeignKey("citizen_reports.report_id"), primary_key=True),
    Column("case_id", Uuid, primary_key=True),
    Column("progress", String(16), nullable=False),
)
"""The step of each case that a report's reporter was last told: a report may belong to several cases, and
another case may go on for its own.
"""

notices = Table(
    "citizen_notices",
    metadata,
    Column("notice_id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("citizen_reports.report_id"), nullable=False, index=True),
    Column("progress", String(16), nullable=False),
    Column("declined", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("case_number", String(24), nullable=False, server_default=""),
    Column("additional", Boolean, nullable=False, server_default=false()),
    Index("ix_citizen_notices_due", "state", "due_at"),
    Index("ix_citizen_notices_at", "at"),
)
"""`notice_id` is the id of the event that it tells of, or is made of it and the report: an event that comes
twice is told once. `case_number` names the case that the step is of; `additional`: of a further problem of
the report, which does not say how far the report itself has come.
"""

counters = Table(
    "citizen_counters",
    metadata,
    Column("day", String(8), primary_key=True),
    Column("last", Integer, nullable=False),
)
