"""The table of agents as they were last: one row each, so that a state returns with its beginning and its
reason after a restart. Who has signed in at a member of the switch's own configuration is known only here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Boolean, Column, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, metadata
from core.storage.dialect import upsert

agents = Table(
    "hotline_agents",
    metadata,
    Column("agent_id", String(64), primary_key=True),
    Column("endpoint", String(80), nullable=False),
    Column("signed_in", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("forced_by", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class LastSeen:
    """An agent's state `since` then. `forced_by` is empty where no supervisor had asked for it."""

    agent_id: str
    endpoint: str
    signed_in: bool
    state: str
    reason: str
    forced_by: str
    since: datetime


async def keep(connection: AsyncConnection, rows: Iterable[LastSeen]) -> None:
    """At most one row for an agent."""
    kept = [
        {name: getattr(row, name) for name in LastSeen.__slots__}
        for row in sorted(rows, key=attrgetter("agent_id"))
    ]
    await upsert(connection, agents, kept, keys=["agent_id"])


async def all_agents(connection: AsyncConnection, limit: int) -> Sequence[LastSeen]:
    rows = await connection.execute(select(agents).limit(limit))
    return [LastSeen(*(getattr(row, name) for name in LastSeen.__slots__)) for row in rows]
