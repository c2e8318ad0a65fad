"""The table of calls about warnings. No number is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Integer, Row, String

from core.storage import Uuid
from hotline.outbound.store import CallStore, call_table
from hotline.outbound.warnings.policy import WarningCallTarget

table = call_table(
    "hotline_warning_calls",
    "call_id",
    Column("delivery_id", Uuid, nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("mark", String(8), nullable=False),
    Column("about", String(8), nullable=False),
    Column("key", String(1), nullable=False),
)


def _columns(target: WarningCallTarget) -> Mapping[str, Any]:
    return {
        "phone": "",
        "delivery_id": target.delivery_id,
        "attempt": target.attempt,
        "mark": target.mark,
        "about": target.about,
    }


def _target(row: Row[Any]) -> WarningCallTarget:
    return WarningCallTarget(row.call_id, row.delivery_id, row.attempt, row.line, row.mark, row.about)


calls: CallStore[WarningCallTarget] = CallStore(table, _columns, _target)
