"""The table of forms on their way to departments."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from core.storage import UtcDateTime, Uuid, metadata

deliveries = Table(
    "case_exchange_deliveries",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("department_id", String(64), nullable=False),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False),
    Column("assignment_id", Uuid, nullable=False),
    Column("form", String(32), nullable=False),
    Column("act", String(24), nullable=False),
    Column("act_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("way", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", String(120), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_case_exchange_deliveries_state", "state", "delivery_id"),
    Index("ix_case_exchange_deliveries_department", "department_id", "delivery_id"),
    Index("ix_case_exchange_deliveries_case", "case_id", "delivery_id"),
)
"""`delivery_id` rises with time. No word of a form is kept here."""
