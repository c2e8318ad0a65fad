"""The tables of superiors' orders and their letters."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from core.storage import UtcDateTime, Uuid, metadata

superior_orders = Table(
    "case_superior_orders",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.case_id"), primary_key=True),
    Column("ordered_by", String(80), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("due_at", UtcDateTime),
)

order_attachments = Table(
    "case_order_attachments",
    metadata,
    Column("attachment_id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("added_by_name", String(200), nullable=False),
    Column("path", String(200), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("erased_at", UtcDateTime),
    Column("erased_by", String(64), nullable=False),
)
"""Letters of orders; their bytes lie in the folder of photos."""
