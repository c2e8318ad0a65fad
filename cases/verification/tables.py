"""The table of verification tasks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, String, Table, Text

from core.storage import Json, UtcDateTime, Uuid, metadata

verifications = Table(
    "case_verifications",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("draft_id", Uuid, index=True),
    Column("case_id", Uuid, index=True),
    Column("unit_id", String(80), nullable=False),
    Column("unit_name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("beat", String(64), nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("displayed_at", UtcDateTime),
    Column("finding", String(16), nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    Column("acts", Json, nullable=False),
    Index("ix_case_verifications_live", "state", "due_at"),
    Index("ix_case_verifications_asked", "asked_at"),
)
"""`task_id` is also the id of the job at the unit. `acts` is the list of what was done to it."""
