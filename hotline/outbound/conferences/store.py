"""The table of calls to members of conferences. No number is in it; `line` until the call is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Row, String

from core.storage import Uuid
from hotline.conferences.model import room_of
from hotline.outbound.conferences.policy import ConferenceTarget
from hotline.outbound.store import CallStore, call_table

table = call_table(
    "hotline_conference_calls",
    "call_id",
    Column("conference_id", Uuid, nullable=False, index=True),
    Column("way", String(8), nullable=False),
)


def _columns(target: ConferenceTarget) -> Mapping[str, Any]:
    return {"phone": "", "conference_id": target.conference_id, "way": target.way}


def _target(row: Row[Any]) -> ConferenceTarget:
    return ConferenceTarget(row.call_id, row.conference_id, row.way, "", row.line, room_of(row.conference_id))


calls: CallStore[ConferenceTarget] = CallStore(table, _columns, _target, over={"line": ""})
