"""The tables of forms on their way, and of work orders of another system."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from core.storage import Json, UtcDateTime, Uuid, metadata

deliveries = Table(
    "case_exchange_deliveries",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("department_id", String(64), nullable=False),
    Column("case_id", Uuid, ForeignKey("cases.case_id")),
    Column("assignment_id", Uuid),
    Column("reference", String(64), nullable=False),
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
"""`delivery_id` rises with time. No word of a form is kept here. `reference`: of the work order that it
answers; a declined one has no case.
"""

orders = Table(
    "case_exchange_orders",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("draft_id", Uuid, nullable=False, unique=True),
    Column("case_id", Uuid),
    Column("state", String(16), nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Index("ix_case_exchange_orders_case", "case_id"),
    Index("ix_case_exchange_orders_registered", "registered_at"),
)
"""Work orders of another system, by the number that it gave them."""

reconciliations = Table(
    "case_order_reconciliations",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("form_id", Uuid, nullable=False),
    Column("state", String(16), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", String(120), nullable=False),
    Column("next_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ours", Integer, nullable=False),
    Column("theirs", Integer),
    Column("differences", Json, nullable=False),
)
"""`day` of the city as YYYY-MM-DD: one comparison of each. `differences`: their count, and the first of
them.
"""
