"""Marks calls whose report facts are out of date, in the transaction that changes them, so that reports lag
behind the ledger by no more than one poll of the marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents.store import AgentStateRow, agent_states
from cdr.reports import agent_time, store
from cdr.reports.sources import WRAP_UP, counts
from core.storage import Transaction

_SAME = timedelta(seconds=1)


async def on_call(transaction: Transaction, call_ids: Iterable[UUID], now: datetime) -> None:
    """The record of these calls, under all their ids, was written."""
    await store.mark(transaction.connection, call_ids, now)


def of_filings(filed: Iterable[tuple[str, Iterable[UUID]]]) -> set[UUID]:
    """The calls to mark. Each is the kind of a filing and its calls."""
    return {one for kind, call_ids in filed if counts(kind) for one in call_ids}


async def on_agent_states(transaction: Transaction, rows: Sequence[AgentStateRow]) -> set[UUID]:
    """New changes of state: the state before each is over. Call it once for each row; the calls to mark."""
    connection = transaction.connection
    over = [(row, spell) for row in rows if (spell := agent_time.spell_of(row)) is not None]
    await agent_time.add(connection, [spell for _, spell in over])
    calls: set[UUID] = set()
    for row, _ in over:
        if row.previous == WRAP_UP and row.since is not None:
            calls |= {call_id for call_id in (row.call_id, *await _wrapped_up(connection, row)) if call_id}
    return calls


async def _wrapped_up(connection: AsyncConnection, row: AgentStateRow) -> Sequence[UUID | None]:
    """The calls for which the wrap-up began that is over with this row."""
    assert row.since is not None
    found = await connection.execute(
        select(agent_states.c.call_id).where(
            agent_states.c.agent_id == row.agent_id,
            agent_states.c.at.between(row.since - _SAME, row.since + _SAME),
            agent_states.c.state == WRAP_UP,
            agent_states.c.call_id.is_not(None),
        )
    )
    return found.scalars().all()
