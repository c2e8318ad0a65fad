"""The table of talks that are going on: what a role that is killed in mid-talk leaves to its next life."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Row, String, Table, Text, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new
from radio_bridge.floor.messages import TalkerBody
from radio_bridge.transmissions.model import Transmission

open_talks = Table(
    "radio_open_talks",
    metadata,
    Column("talk_id", Uuid, primary_key=True),
    Column("run", String(40), nullable=False),
    Column("talkgroup", String(64), nullable=False),
    Column("talker", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)
"""`run` is the life of the role that sees the talk, `seen_at` when it was last going on."""


async def began(connection: AsyncConnection, talk: Transmission, run: str) -> None:
    row = {
        "talk_id": talk.talk_id,
        "run": run,
        "talkgroup": talk.group,
        "talker": talk.talker.model_dump_json(),
        "seen_at": talk.talker.since,
    }
    await insert_if_new(connection, open_talks, row)


async def over(connection: AsyncConnection, talk_id: UUID) -> None:
    """The transmission has ended."""
    await connection.execute(delete(open_talks).where(open_talks.c.talk_id == talk_id))


async def seen(connection: AsyncConnection, talk_ids: Collection[UUID], at: datetime) -> None:
    """These transmissions still go on at `at`."""
    await connection.execute(
        update(open_talks).where(open_talks.c.talk_id.in_(list(talk_ids))).values(seen_at=at)
    )


async def left_over(connection: AsyncConnection, run: str) -> Sequence[tuple[Transmission, datetime]]:
    """Talks that former lives of the role left going on, and when each was last seen."""
    rows = await connection.execute(select(open_talks).where(open_talks.c.run != run))
    return [(_talk(row), row.seen_at) for row in rows]


def _talk(row: Row[Any]) -> Transmission:
    return Transmission(row.talkgroup, TalkerBody.model_validate_json(row.talker))
