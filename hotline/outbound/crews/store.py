"""The table of calls to crews. No citizen's number is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Row, String

from hotline.outbound.crews.policy import CrewTarget
from hotline.outbound.store import CallStore, call_table

table = call_table(
    "hotline_crew_calls",
    "call_id",
    Column("purpose", String(8), nullable=False),
    Column("unit_id", String(64), nullable=False),
    Column("number", String(16), nullable=False),
    Column("key", String(1), nullable=False),
)


def _columns(target: CrewTarget) -> Mapping[str, Any]:
    return {
        "purpose": target.purpose,
        "unit_id": target.unit_id,
        "phone": target.phone,
        "number": target.number,
    }


def _target(row: Row[Any]) -> CrewTarget:
    return CrewTarget(row.call_id, row.purpose, row.unit_id, row.phone, row.line, row.number)


calls: CallStore[CrewTarget] = CallStore(table, _columns, _target)
