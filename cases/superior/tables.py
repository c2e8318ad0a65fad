"""The table of superiors' orders."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from core.storage import UtcDateTime, Uuid, metadata

superior_orders = Table(
    "case_superior_orders",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.case_id"), primary_key=True),
    Column("ordered_by", String(80), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("due_at", UtcDateTime),
)
