"""The tables of plans that run on cases."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from core.storage import Json, UtcDateTime, Uuid, metadata

plan_runs = Table(
    "case_plan_runs",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("plan_id", String(40), nullable=False),
    Column("plan", Json, nullable=False),
    Column("started_by", String(64), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Index("ix_case_plan_runs_case", "case_id", "plan_id", unique=True),
)

plan_steps = Table(
    "case_plan_steps",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("step_id", String(40), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("target", String(64), nullable=False),
    Column("words", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime),
    Index("ix_case_plan_steps_state", "state"),
)
