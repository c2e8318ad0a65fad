"""The tables of assignments: their present state, every act on them, and their clocks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from core.storage import Json, UtcDateTime, Uuid, metadata
from core.storage.schema import Sequence64

assignments = Table(
    "case_assignments",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("assignment_id", Uuid, nullable=False, unique=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("department_id", String(64), nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("part", String(16), nullable=False),
    Column("must_answer", Boolean, nullable=False),
    Column("state", String(24), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("last_act", String(24), nullable=False),
    Column("last_by", String(64), nullable=False),
    Column("last_by_name", String(200), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_text", Text, nullable=False),
    Column("asked_h", Float),
    Column("decided_by", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("photos", Json, nullable=False),
    Column("returns", Integer, nullable=False),
    Column("reworks", Integer, nullable=False),
    Column("reminders", Integer, nullable=False),
    Column("supervision", Integer, nullable=False),
    Column("handler", String(64), nullable=False, server_default=""),
    Column("handler_name", String(200), nullable=False, server_default=""),
    Column("job_id", Uuid),
    # The deadline of the running clock; the last time that there is where none runs.
    Column("due_order", UtcDateTime, nullable=False),
    Index("ix_case_assignments_department", "department_id", "is_open", "due_order", "seq"),
    Index("ix_case_assignments_due", "is_open", "due_order", "seq"),
    Index("ix_case_assignments_all", "due_order", "seq"),
    Index("ix_case_assignments_all_of_department", "department_id", "due_order", "seq"),
    Index("ix_case_assignments_handler", "handler", "is_open", "due_order", "seq"),
    sqlite_autoincrement=True,
)

assignment_acts = Table(
    "case_assignment_acts",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("assignment_id", Uuid, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("actor_name", String(200), nullable=False),
    Column("act", String(24), nullable=False),
    Column("state", String(24), nullable=False),
    Column("text", Text, nullable=False),
    sqlite_autoincrement=True,
)

assignment_clocks = Table(
    "case_assignment_clocks",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("assignment_id", Uuid, nullable=False, index=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("limit_text", String(64), nullable=False),
    Column("condition_zh", Text, nullable=False),
    Column("condition_en", Text, nullable=False),
    Column("counting", String(16), nullable=False),
    Column("season", String(32), nullable=False),
    Column("limit_h", Float, nullable=False),
    Column("extended_h", Float, nullable=False),
    Column("pauses", Json, nullable=False),
    Column("warn_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("provisional", Boolean, nullable=False),
    Column("area_class", String(1)),
    Column("outside_due_at", UtcDateTime),
    Column("outside_by", String(16), nullable=False, server_default=""),
    Column("outside_reference", String(64), nullable=False, server_default=""),
    Column("warned_at", UtcDateTime),
    Column("passed_at", UtcDateTime),
    Column("stopped_at", UtcDateTime),
    Column("ended", String(16)),
    Column("next_at", UtcDateTime),
    sqlite_autoincrement=True,
)
Index(
    "ix_case_assignment_clocks_next",
    assignment_clocks.c.next_at,
    sqlite_where=assignment_clocks.c.next_at.is_not(None),
    postgresql_where=assignment_clocks.c.next_at.is_not(None),
)
