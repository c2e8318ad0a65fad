"""Adds the sums up by interval. One SQL for SQLite and PostgreSQL; calendars are computed in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Table,
    and_,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents.store import agent_states
from cdr.reports import store
from cdr.reports.agent_time import LONGEST, SIGNED_OUT, StatePeriod, column_of, split
from cdr.reports.intervals import Interval, IntervalGrid, TimeRange, begins, bucket_of, cut, stretches
from cdr.reports.model import start_of
from cdr.reports.tally import AGENT_NAMES, NAMES, AgentTally, QueueTally
from core.errors import Invalid

MOST_ROWS: Final = 20_000
"""Rows of an answer; as many quarters of an hour as seven months have."""

MOST_GROUPS: Final = 8 * MOST_ROWS
"""Days that become weeks or months are counted before they do."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Quarters `first` up to `until`, cut into intervals of `where`'s calendar."""

    first: int
    until: int
    interval: Interval
    where: ZoneInfo
    queue: str | None = None
    agent: str | None = None

    @property
    def since(self) -> datetime:
        """The beginning of the first day, in UTC."""
        return start_of(self.first)

    @property
    def to(self) -> datetime:
        """The end of the last day, in UTC; it no longer belongs to the report."""
        return start_of(self.until)


Place = tuple[datetime, str]
"""When an interval begins, and a queue or an agent."""


@dataclass(slots=True)
class QueueLine:
    tally: QueueTally
    longest_ms: int


async def queues(connection: AsyncConnection, asked: ReportQuery) -> dict[Place, QueueLine]:
    table = store.queue_sums
    found: dict[Place, QueueLine] = {}
    for at, row in await _rows(connection, asked, table, "queue", NAMES, longest="longest_ms"):
        tally = QueueTally(**{name: int(getattr(row, name)) for name in NAMES})
        line = found.get((at, row.key))
        if line is None:
            found[at, row.key] = QueueLine(tally, row.longest_ms)
        else:
            line.tally = line.tally.plus(tally)
            line.longest_ms = max(line.longest_ms, row.longest_ms)
    return found


async def agents(connection: AsyncConnection, asked: ReportQuery) -> dict[Place, AgentTally]:
    table = store.agent_sums
    found: dict[Place, AgentTally] = {}
    for at, row in await _rows(connection, asked, table, "agent", AGENT_NAMES):
        tally = AgentTally(**{name: int(getattr(row, name)) for name in AGENT_NAMES})
        held = found.get((at, row.key))
        found[at, row.key] = tally if held is None else held.plus(tally)
    return found


async def times(
    connection: AsyncConnection, asked: ReportQuery, now: datetime
) -> dict[Place, dict[str, int]]:
    """Milliseconds by column of `cdr_agent_time`. A state that goes on is counted up to `now`."""
    table = store.agent_time
    sums: dict[Place, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for at, row in await _rows(connection, asked, table, "agent", store.TIMES):
        for name in store.TIMES:
            sums[at, row.key][name] += int(getattr(row, name))
    for spell in await _open_spells(connection, asked, now):
        for quarter, spent in split(spell):
            if asked.first <= quarter < asked.until:
                sums[interval_of(asked, quarter), spell.agent][column_of(spell.state)] += spent
    return sums


async def _open_spells(connection: AsyncConnection, asked: ReportQuery, now: datetime) -> list[StatePeriod]:
    """The state in which each agent is now, as far as the ledger was told."""
    last = (
        select(agent_states.c.agent_id, func.max(agent_states.c.at).label("at"))
        .where(agent_states.c.at >= now - LONGEST)
        .group_by(agent_states.c.agent_id)
        .subquery()
    )
    found = await connection.execute(
        select(agent_states.c.agent_id, agent_states.c.state, agent_states.c.at).join(
            last, and_(last.c.agent_id == agent_states.c.agent_id, last.c.at == agent_states.c.at)
        )
    )
    return [
        StatePeriod(row.agent_id, row.state, row.at, min(now, asked.to))
        for row in {row.agent_id: row for row in found}.values()
        if row.state != SIGNED_OUT and row.at < min(now, asked.to) and asked.agent in {None, row.agent_id}
    ]


def interval_of(asked: ReportQuery, quarter: int) -> datetime:
    """When the interval begins in which this quarter lies."""
    if asked.interval is Interval.WHOLE:
        return asked.since.astimezone(asked.where)
    stretch = next(stretches(quarter, quarter + 1, asked.where))
    return begins(asked.interval, bucket_of(asked.interval, quarter, stretch), stretch, asked.where)


async def _rows(
    connection: AsyncConnection,
    asked: ReportQuery,
    table: Table,
    key: str,
    numbers: Sequence[str],
    *,
    longest: str = "",
) -> list[tuple[datetime, Row[Any]]]:
    """`(when the interval begins, a row with `key` and the sums of `numbers`)`; of `longest` the greatest."""
    if asked.interval is Interval.WHOLE:
        stretch = TimeRange(asked.first, asked.until, 0)
        begin = asked.since.astimezone(asked.where)
        return [
            (begin, row) for row in await _summed(connection, asked, stretch, table, key, numbers, longest)
        ]
    found: list[tuple[datetime, Row[Any]]] = []
    for stretch in stretches(asked.first, asked.until, asked.where):
        rows = await _summed(connection, asked, stretch, table, key, numbers, longest)
        found += [(begins(asked.interval, row.bucket, stretch, asked.where), row) for row in rows]
    return found


async def _summed(
    connection: AsyncConnection,
    asked: ReportQuery,
    stretch: TimeRange,
    table: Table,
    key: str,
    numbers: Sequence[str],
    longest: str,
) -> Sequence[Row[Any]]:
    how = None if asked.interval is Interval.WHOLE else cut(asked.interval, stretch)
    table, length = _table_for(table, stretch, how, of_queue=asked.queue is not None)
    period = next(iter(table.c))
    bucket = _bucket(how, f"{period.name} * {length}")
    # PostgreSQL sums big integers up as decimal numbers, which take long to read.
    columns: list[ColumnElement[int]] = [
        cast(func.sum(table.c[name]), BigInteger).label(name) for name in numbers
    ]
    if longest:
        columns.append(func.max(table.c[longest]).label(longest))
    statement = (
        select(table.c[key].label("key"), bucket.label("bucket"), *columns)
        .where(period >= stretch.first // length, period < stretch.until // length)
        .group_by(table.c[key], *([] if how is None else [bucket]))
        .limit(MOST_GROUPS + 1)
    )
    if asked.queue is not None and "queue" in table.c:
        statement = statement.where(table.c.queue == asked.queue)
    if asked.agent is not None and "agent" in table.c:
        statement = statement.where(table.c.agent == asked.agent)
    rows = (await connection.execute(statement)).all()
    if len(rows) > MOST_GROUPS:
        raise too_many()
    return rows


def _bucket(how: IntervalGrid | None, quarter: str) -> ColumnElement[int]:
    """The interval's number. Written out, not bound: PostgreSQL would take the same value, bound twice, for
    two expressions, and group by neither. All of it are numbers of ours.
    """
    if how is None or (how.unit == 0 and not how.edges):
        return literal_column("0", Integer)
    if how.edges:
        places = " ".join(f"WHEN {quarter} < {edge} THEN {at}" for at, edge in enumerate(how.edges))
        return literal_column(f"CASE {places} ELSE {len(how.edges)} END", Integer)
    return literal_column(f"({quarter} + {how.shift}) / {how.unit}", Integer)


def _table_for(
    table: Table, stretch: TimeRange, how: IntervalGrid | None, *, of_queue: bool
) -> tuple[Table, int]:
    """The table of watches where the intervals are whole ones, and the quarters in one period of it.

    Days of China, and of all zones that are off UTC by a multiple of four hours, are; for others the sums by
    quarter are read, which takes longer and says the same.
    """
    length = store.WATCH_QUARTERS
    coarse = store.COARSE.get(table.name) if not of_queue or "queue" not in table.c else None
    whole = not (stretch.first % length or stretch.until % length)
    fits = coarse is not None and whole and (how is None or how.fits(length))
    return (coarse, length) if coarse is not None and fits else (table, 1)


def too_many() -> Invalid:
    """The error for a report that is too long to be answered."""
    return Invalid(
        f"the report has more than {MOST_ROWS} rows", remedy="ask for a shorter time or longer intervals"
    )
