"""The table of notices by telephone. No number is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Integer, Row, String

from core.storage import Uuid
from hotline.outbound.notices.policy import NoticeTarget
from hotline.outbound.store import CallStore, call_table

table = call_table(
    "hotline_notice_calls",
    "call_id",
    Column("message_id", Uuid, nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("key", String(1), nullable=False),
)


def _columns(target: NoticeTarget) -> Mapping[str, Any]:
    return {"phone": "", "message_id": target.message_id, "attempt": target.attempt}


def _target(row: Row[Any]) -> NoticeTarget:
    return NoticeTarget(row.call_id, row.message_id, row.attempt, row.line)


calls: CallStore[NoticeTarget] = CallStore(table, _columns, _target)
