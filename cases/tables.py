"""The tables of this room. Calls and cases are many-to-many; drafts stay beside the case they became."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    event,
)

from cases.search.tables import POSTGRESQL, SQLITE
from core.storage import Json, UtcDateTime, Uuid, metadata
from core.storage.schema import Sequence64

drafts = Table(
    "case_drafts",
    metadata,
    Column("draft_id", Uuid, primary_key=True),
    Column("call_id", Uuid, index=True),
    Column("state", String(16), nullable=False),
    Column("case_id", Uuid),
    Column("rev", Integer, nullable=False),
    Column("body", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("source", String(16), nullable=False, server_default="telephone"),
    Column("taken_by", String(64)),
    Column("of_report", Uuid, index=True),
    Index("ix_case_drafts_queue", "state", "source", "created_at"),
)
"""`of_report` is the report of whose second problem this is the draft."""

cases = Table(
    "cases",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("number", String(24), nullable=False, unique=True),
    Column("spoken_code", String(8), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("category", String(64), nullable=False),
    Column("district", String(6)),
    Column("address", Text),
    Column("crossing", Text),
    Column("description", Text, nullable=False),
    Column("urgency", String(16)),
    Column("handoff", String(16)),
    Column("intent", String(16)),
    Column("time", Text),
    Column("count", Text),
    Column("callback", String(64)),
    Column("caller", Text),
    Column("asset", Text),
    Column("relative", Text),
    Column("subdistrict", String(9)),
    Column("cell", Text),
    Column("beat", String(64)),
    Column("area_class", String(1)),
    Column("part_id", String(16)),
    Column("owner", String(120)),
    Column("position_source", String(16)),
    Column("department", Text),
    Column("confidential", Boolean, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float),
    Column("draft_id", Uuid, unique=True),
    Column("drafted", Json, nullable=False),
    Column("final", Json, nullable=False),
    Column("acceptor", String(64)),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("filed_by", String(64), nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("filed_order", BigInteger, nullable=False, server_default="0"),
    Column("source", String(16), nullable=False, server_default="telephone"),
    Column("taken_at", UtcDateTime),
    Column("taken_by", String(64)),
    Column("search_version", Integer, nullable=False, server_default="0", index=True),
    Column("merged_into", Uuid, index=True),
    Index("ix_cases_state_filed", "state", "filed_at"),
    Index("ix_cases_category_filed", "category", "filed_at"),
    Index("ix_cases_filed_order", "filed_order", unique=True),
    Index("ix_cases_order_changed", "filed_order", "updated_at"),
    Index("ix_cases_changed", "updated_at", "filed_order"),
    Index("ix_cases_place", "lat", "lon"),
    # By hash in PostgreSQL, whose trees refuse long texts.
    Index("ix_cases_address", "address", postgresql_using="hash"),
    Index("ix_cases_crossing", "crossing", postgresql_using="hash"),
)

case_calls = Table(
    "case_calls",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.case_id"), primary_key=True),
    Column("call_id", Uuid, primary_key=True, index=True),
    Column("caller", String(64), nullable=False),
    Column("caller_key", String(64), nullable=False, index=True),
    Column("linked_at", UtcDateTime, nullable=False),
    Column("linked_by", String(64), nullable=False),
)

case_reports = Table(
    "case_reports",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.case_id"), primary_key=True),
    Column("report_id", Uuid, primary_key=True, index=True),
)

case_merges = Table(
    "case_merges",
    metadata,
    Column("merge_id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("into_id", Uuid, ForeignKey("cases.case_id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("clock", BigInteger),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", String(64)),
)
"""`state` is what the case had before, `clock` the `seq` of the clock that stopped."""

case_closings = Table(
    "case_closings",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("condition_id", String(64), nullable=False),
    Column("condition_zh", Text, nullable=False),
    Column("condition_en", Text, nullable=False),
    Column("version", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
    sqlite_autoincrement=True,
)

case_relations = Table(
    "case_relations",
    metadata,
    Column("relation_id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("other_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("undone_at", UtcDateTime),
    Column("undone_by", String(64)),
)

case_history = Table(
    "case_history",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("dispatch_id", Uuid),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)

dispatches = Table(
    "case_dispatches",
    metadata,
    Column("dispatch_id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("unit_id", String(64), nullable=False),
    Column("step", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("times", Json, nullable=False),
    Column("by", String(64), nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("takes_over", Uuid),
    Column("assignment_id", Uuid),
)

incidents = Table(
    "case_incidents",
    metadata,
    Column("incident_id", Uuid, primary_key=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("title", String(120), nullable=False),
    Column("words", Text, nullable=False),
    Column("prompt", String(64), nullable=False),
    Column("play", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("started_by", String(64), nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    Column("ended_by", String(64), nullable=False),
)

incident_calls = Table(
    "case_incident_calls",
    metadata,
    Column("incident_id", Uuid, ForeignKey("case_incidents.incident_id"), primary_key=True),
    Column("call_id", Uuid, primary_key=True),
    Column("draft_id", Uuid),
    Column("linked", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(64), nullable=False),
)

case_clocks = Table(
    "case_clocks",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("case_id", Uuid, ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("filed_order", BigInteger, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("limit_text", String(64), nullable=False),
    Column("condition_zh", Text, nullable=False),
    Column("condition_en", Text, nullable=False),
    Column("choice", String(16), nullable=False),
    Column("counting", String(16), nullable=False),
    Column("season", String(32), nullable=False),
    Column("warn_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
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
    "ix_case_clocks_running",
    case_clocks.c.due_at,
    case_clocks.c.filed_order,
    sqlite_where=case_clocks.c.stopped_at.is_(None),
    postgresql_where=case_clocks.c.stopped_at.is_(None),
)
Index(
    "ix_case_clocks_next",
    case_clocks.c.next_at,
    sqlite_where=case_clocks.c.next_at.is_not(None),
    postgresql_where=case_clocks.c.next_at.is_not(None),
)

outside_deadlines = Table(
    "case_outside_deadlines",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("draft_id", Uuid, index=True),
    Column("case_id", Uuid, index=True),
    Column("set_by", String(16), nullable=False),
    Column("reference", String(64), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("over_at", UtcDateTime),
    sqlite_autoincrement=True,
)
"""Deadlines that somebody outside set for a case: `draft_id` of the report until it is filed, then also its
case. `over_at`: the case was done again after it had passed; it counts no more.
"""

case_departments = Table(
    "case_departments",
    metadata,
    Column("case_id", Uuid, ForeignKey("cases.case_id"), primary_key=True),
    Column("department_id", String(64), primary_key=True),
    Column("part", String(16), nullable=False),
    Column("place", Integer, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("row", Integer),
    Column("chosen_by", String(64)),
    Column("since", UtcDateTime, nullable=False),
)

grid_versions = Table(
    "case_grid_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("source", Text, nullable=False),
)

grid_areas = Table(
    "case_grid_areas",
    metadata,
    Column("version", Integer, ForeignKey("case_grid_versions.version"), primary_key=True),
    Column("code", String(12), primary_key=True),
    Column("cells", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

parts = Table(
    "case_parts",
    metadata,
    Column("part_id", String(16), primary_key=True),
    Column("class_code", String(4), nullable=False),
    Column("label", String(40), nullable=False),
    Column("label_key", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("owner", String(120), nullable=False),
    Column("authority", String(120), nullable=False),
    Column("maintainer", String(120), nullable=False),
    Column("address", String(200), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("accuracy_m", Float, nullable=False),
    Column("cell", String(16), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("source", String(80), nullable=False),
    Column("note", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_case_parts_place", "lat", "lon"),
    Index("ix_case_parts_class", "class_code", "part_id"),
    Index("ix_case_parts_label_key", "label_key", postgresql_ops={"label_key": "text_pattern_ops"}),
)

case_counters = Table(
    "case_counters",
    metadata,
    Column("district", String(6), primary_key=True),
    Column("day", String(8), primary_key=True),
    Column("last", Integer, nullable=False),
)

operations = Table(
    "case_operations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("result", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


@event.listens_for(cases, "after_create")
def _make_index(_cases: Table, connection: Connection, **_: Any) -> None:
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
