"""The table of follow-up calls. No number is in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, Row, String, false, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Uuid
from hotline.outbound.follow_ups.policy import FollowUpCall, FollowUpTarget
from hotline.outbound.store import CallStore, call_table

table = call_table(
    "hotline_follow_up_calls",
    "call_id",
    Column("follow_up_id", Uuid, nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("key", String(1), nullable=False),
    Column("spoken", Boolean, nullable=False, server_default=false()),
)


def _columns(target: FollowUpTarget) -> Mapping[str, Any]:
    return {"phone": "", "follow_up_id": target.follow_up_id, "attempt": target.attempt}


def _target(row: Row[Any]) -> FollowUpTarget:
    return FollowUpTarget(row.call_id, row.follow_up_id, row.attempt, row.line)


calls: CallStore[FollowUpTarget] = CallStore(table, _columns, _target)


async def of_follow_ups(
    connection: AsyncConnection, follow_up_ids: Collection[UUID]
) -> dict[UUID, Sequence[FollowUpCall]]:
    """The calls about each of these follow-ups, the first attempt first."""
    found: dict[UUID, list[FollowUpCall]] = {one: [] for one in follow_up_ids}
    query = select(table).where(table.c.follow_up_id.in_(list(follow_up_ids))).order_by(table.c.attempt)
    for row in await connection.execute(query):
        found[row.follow_up_id].append(calls.call(row))
    return dict(found)
