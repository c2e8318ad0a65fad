"""What other parts of the ledger call when they write something that figures are made of, in the same
transaction: so no figure is ever older than what it is made of for longer than a look at the marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from cdr.agents.store import AgentStateRow, agent_states
from cdr.reports import agent_time, store
from cdr.reports.sources import WRAP_UP, counts
from core.storage import Transaction

_SAME = timedelta(seconds=1)


async def on_call(transaction: Transaction, call_ids: Iterable[UUID], now: datetime) -> None:
    """The record of these calls, under all their ids, was written."""
    await store.mark(transaction.connection, call_ids, now)


async def on_filing(transaction: Transaction, kind: str, call_ids: Iterable[UUID], now: datetime) -> None:
    if counts(kind):
        await store.mark(transaction.connection, call_ids, now)


async def on_agent_state(transaction: Transaction, row: AgentStateRow, now: datetime) -> None:
    """A new change of state: the state before it is over. Call it once for each row."""
    connection = transaction.connection
    spell = agent_time.spell_of(row)
    if spell is None or row.since is None:
        return
    await agent_time.add(connection, [spell])
    if row.previous != WRAP_UP:
        return
    found = await connection.execute(
        select(agent_states.c.call_id).where(
            agent_states.c.agent_id == row.agent_id,
            agent_states.c.at.between(row.since - _SAME, row.since + _SAME),
            agent_states.c.state == WRAP_UP,
            agent_states.c.call_id.is_not(None),
        )
    )
    calls = {call_id for call_id in (*found.scalars(), row.call_id) if call_id is not None}
    await store.mark(connection, calls, now)
