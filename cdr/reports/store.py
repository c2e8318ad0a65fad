"""Tables of the reports: figures of calls, sums by quarter of an hour, and calls whose figures are due.

Nothing here is a record: all of it can be thrown away and made anew (`songhua report rebuild`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import calls
from cdr.reports.model import AgentShare, Fact
from cdr.reports.tally import AGENT_NAMES, NAMES
from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import add_up, insert_missing_of, upsert

TIMES = tuple(
    f"{state}_ms"
    for state in (
        "ready",
        "ringing",
        "talking",
        "hold",
        "wrap_up",
        "busy",
        "rest",
        "study",
        "unreachable",
        "other",
    )
)
"""A column for each state in which an agent is signed in; `other` is for one that a later version brings."""


def _numbers(names: Iterable[str]) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False, server_default="0") for name in names]


facts = Table(
    "cdr_facts",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("quarter", Integer, nullable=False),
    Column("queue", Text, nullable=False),
    Column("direction", String(16), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime, nullable=False),
    *_numbers(("wait_ms", "length_ms", "talk_ms", "hold_ms", "wrap_ms", "rings", "missed", "transfers")),
    Column("disposition", String(32), nullable=False),
    Column("callback", String(16), nullable=False),
    Column("purpose", String(16), nullable=False, server_default=""),
    *_numbers(("surveys", "survey_scores", "survey_points", "survey_good", "solved_answers", "solved")),
    Index("ix_cdr_facts_quarter_queue", "quarter", "queue"),
    Index("ix_cdr_facts_started_at", "started_at", "call_id"),
)

shares = Table(
    "cdr_fact_agents",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("agent", String(160), primary_key=True),
    *_numbers(("rings", "missed", "taken", "talk_ms", "hold_ms", "wrap_ms", "transfers")),
    Index("ix_cdr_fact_agents_agent", "agent"),
)

queue_sums = Table(
    "cdr_queue_quarters",
    metadata,
    Column("quarter", Integer, primary_key=True, autoincrement=False),
    Column("queue", Text, primary_key=True),
    *_numbers(("longest_ms", *NAMES)),
    sqlite_with_rowid=False,
)


def _agent_table(name: str, period: str, keys: Sequence[str], numbers: Iterable[str]) -> Table:
    """Sums of agents by `period`. Plain integers: a single agent's sums are small, and they add up faster."""
    return Table(
        name,
        metadata,
        Column(period, Integer, primary_key=True, autoincrement=False),
        *(Column(key, String(160), primary_key=True) for key in keys),
        *(Column(number, Integer, nullable=False, server_default="0") for number in numbers),
        sqlite_with_rowid=False,
    )


agent_sums = _agent_table("cdr_agent_quarters", "quarter", ("queue", "agent"), AGENT_NAMES)
agent_time = _agent_table("cdr_agent_time", "quarter", ("agent",), TIMES)
agent_watches = _agent_table("cdr_agent_watches", "watch", ("agent",), AGENT_NAMES)
agent_watch_time = _agent_table("cdr_agent_watch_time", "watch", ("agent",), TIMES)
"""The last two hold the same by watches of four hours of UTC, queues together: a year of many agents is read
from them.
"""

WATCH_QUARTERS = 16
COARSE = {agent_sums.name: agent_watches, agent_time.name: agent_watch_time}

due = Table(
    "cdr_facts_due",
    metadata,
    Column("call_id", Uuid, primary_key=True),
    Column("marked_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
)

_FACT = tuple(name for name in Fact.__dataclass_fields__ if name != "shares")
_SHARE = tuple(AgentShare.__dataclass_fields__)


async def mark(connection: AsyncConnection, call_ids: Iterable[UUID], now: datetime) -> None:
    """Have the figures of these calls made anew, in the transaction that changed what they are made of."""
    values = [{"call_id": call_id, "marked_at": now} for call_id in sorted(set(call_ids))]
    await upsert(connection, due, values, keys=["call_id"])


async def mark_missing(connection: AsyncConnection, now: datetime) -> None:
    """Mark every ended call that has no figures."""
    there = select(facts.c.call_id).where(facts.c.call_id == calls.c.call_id).exists()
    missing = select(calls.c.call_id, literal(now, UtcDateTime)).where(
        calls.c.ended_at.is_not(None), calls.c.merged_into.is_(None), ~there
    )
    await insert_missing_of(connection, due, ["call_id", "marked_at"], missing)


async def marked(connection: AsyncConnection, limit: int) -> Sequence[UUID]:
    found = await connection.execute(
        select(due.c.call_id).order_by(due.c.failures, due.c.marked_at).limit(limit)
    )
    return found.scalars().all()


async def unmark(connection: AsyncConnection, call_ids: Sequence[UUID]) -> None:
    """These calls are counted."""
    await connection.execute(delete(due).where(due.c.call_id.in_(call_ids)))


async def held(connection: AsyncConnection, call_ids: Sequence[UUID]) -> dict[UUID, Fact]:
    """The figures of these calls as they stand."""
    mine: dict[UUID, list[AgentShare]] = {}
    found = await connection.execute(select(shares).where(shares.c.call_id.in_(call_ids)))
    for row in found:
        mine.setdefault(row.call_id, []).append(AgentShare(**{name: getattr(row, name) for name in _SHARE}))
    rows = await connection.execute(select(facts).where(facts.c.call_id.in_(call_ids)))
    return {row.call_id: fact_in(dict(row._mapping), mine.get(row.call_id, [])) for row in rows}  # noqa: SLF001


def fact_in(row: Mapping[str, Any], own: Iterable[AgentShare] = ()) -> Fact:
    """A stored row and its agents' shares as a fact."""
    return Fact(
        **{name: row[name] for name in _FACT}, shares=tuple(sorted(own, key=lambda share: share.agent))
    )


def values_of(fact: Fact) -> dict[str, Any]:
    """The columns of a fact."""
    return {"quarter": fact.quarter, **{name: getattr(fact, name) for name in _FACT}}


def share_values(fact: Fact) -> list[dict[str, Any]]:
    """The rows of its agents' shares."""
    return [
        {"call_id": fact.call_id, **{name: getattr(share, name) for name in _SHARE}} for share in fact.shares
    ]


async def drop(connection: AsyncConnection, call_ids: Sequence[UUID]) -> None:
    """Delete the facts of these calls."""
    for table in (shares, facts):
        await connection.execute(delete(table).where(table.c.call_id.in_(call_ids)))


async def put(connection: AsyncConnection, made: Sequence[Fact]) -> None:
    """Insert the figures of calls that have none."""
    if made:
        await connection.execute(insert(facts), [values_of(fact) for fact in made])
    rows = [row for fact in made for row in share_values(fact)]
    if rows:
        await connection.execute(insert(shares), rows)


async def longest_wait(connection: AsyncConnection, quarter: int, queue: str) -> int:
    found = await connection.execute(
        select(func.max(facts.c.wait_ms)).where(
            facts.c.quarter == quarter, facts.c.queue == queue, facts.c.direction == "inbound"
        )
    )
    return found.scalar_one_or_none() or 0


async def add(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add these numbers to the sums that stand there (`longest_ms` is no sum: the greater one stays)."""
    await add_up(connection, table, rows, greatest=["longest_ms"])
