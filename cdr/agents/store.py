"""The table of agents' state changes: one immutable row for each change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Row, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.records import SealedTable
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata

agent_states = Table(
    "cdr_agent_states",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("agent_id", String(64), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("state", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("previous", String(32), nullable=False),
    Column("since", UtcDateTime),
    Column("call_id", Uuid, index=True),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seal", Json),
    Index("ix_cdr_agent_states_agent", "agent_id", "at"),
    Index("ix_cdr_agent_states_at", "at"),
)
"""`state` began `at`; `previous` had begun at `since` and ended `at`."""

AGENT_STATES = SealedTable(
    "agent-state",
    agent_states,
    "event_id",
    frozenset(),
    agent_states.c.event_id.is_not(None),
    written_once=True,
)

MOST_OF_A_CALL = 1_000


@dataclass(frozen=True, slots=True)
class AgentStateRow:
    """A change of state. `since` is when the previous state began, None when that is not known."""

    event_id: UUID
    agent_id: str
    endpoint: str
    state: str
    reason: str
    previous: str
    since: datetime | None
    call_id: UUID | None
    by: str
    at: datetime


async def add(transaction: Transaction, rows: Sequence[AgentStateRow], now: datetime) -> list[AgentStateRow]:
    """Keep and seal changes of state, each event once; those that were new."""
    given = {row.event_id: row for row in rows}
    if not given:
        return []
    connection = transaction.connection
    found = await connection.execute(
        select(agent_states.c.event_id).where(agent_states.c.event_id.in_(list(given)))
    )
    known = set(found.scalars())
    new = [row for event_id, row in given.items() if event_id not in known]
    if new:
        await connection.execute(
            insert(agent_states),
            [{name: getattr(row, name) for name in AgentStateRow.__slots__} for row in new],
        )
        await AGENT_STATES.seal(transaction, [row.event_id for row in new], now)
    return new


async def states_of(connection: AsyncConnection, names: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The changes that a call made in agents' states, oldest first."""
    found = await connection.execute(
        select(agent_states)
        .where(agent_states.c.call_id.in_(names))
        .order_by(agent_states.c.at, agent_states.c.event_id)
        .limit(MOST_OF_A_CALL)
    )
    return found.all()
