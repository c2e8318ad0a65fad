"""What each case contributes to the figures, and the same added up by month."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from cases.evaluation.model import COUNTS
from core.storage import UtcDateTime, Uuid, metadata

facts = Table(
    "case_evaluation_facts",
    metadata,
    Column("subject_id", Uuid, primary_key=True),
    Column("is_case", Boolean, nullable=False),
    Column("filed_order", BigInteger, nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("day", Integer, nullable=False),
    Column("district", String(6), nullable=False),
    Column("street", String(9), nullable=False),
    Column("cell", Text, nullable=False),
    Column("beat", String(64), nullable=False),
    Column("department", Text, nullable=False),
    Column("class", String(80), nullable=False),
    Column("source", String(16), nullable=False),
    Column("person", String(64), nullable=False),
    Column("handler", String(64), nullable=False, server_default=""),
    Column("acceptor", String(64), nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("repeat_root", Uuid),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    Index("ix_case_evaluation_day", "day", "filed_order"),
    Index("ix_case_evaluation_department", "department", "day"),
    Index("ix_case_evaluation_class", "class", "day"),
    Index("ix_case_evaluation_repeat", "repeat_root"),
)

months = Table(
    "case_evaluation_months",
    metadata,
    Column("dimension", String(16), primary_key=True),
    Column("month", Integer, primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("district", String(6), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    sqlite_with_rowid=False,
)

progress = Table(
    "case_evaluation_progress",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
