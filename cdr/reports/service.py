"""Report queries: by queue, by agent, single calls. For supervisors; audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr import rights
from cdr.calls.store import aliases, calls, marks
from cdr.filings.secrecy import calls_of_confidential_cases
from cdr.model import HIDDEN, mask_number
from cdr.quality import store as quality_store
from cdr.reports import query, store
from cdr.reports.bulk import BulkLimit
from cdr.reports.intervals import Interval, moment, quarters, zone
from cdr.reports.metrics import (
    AGENT_METRICS,
    DEFAULT_TARGET_S,
    QUALITY_METRICS,
    QUEUE_METRICS,
    AgentSums,
    QualitySums,
    QueueSums,
    Unit,
    agent_row,
    quality_row,
    queue_row,
)
from cdr.reports.model import THRESHOLDS_S, quarter_of
from cdr.reports.query import MOST_ROWS, ReportQuery
from cdr.reports.tally import AgentTally, QueueTally
from core.actor import Actor, OutOfScope
from core.audit import Audit
from core.errors import Invalid
from core.scopes import Scope
from core.storage import Storage

MOST_CALLS: Final = 10_000
TOTAL: Final = ""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """`since` and `until` are dates (midnight in `time_zone`) or ISO times, widened to quarters of an hour.
    `target_s` is one of `THRESHOLDS_S`.
    """

    since: str
    until: str
    interval: Interval = Interval.DAY
    time_zone: str = ""
    queue: str | None = None
    agent: str | None = None
    target_s: int = DEFAULT_TARGET_S


@dataclass(frozen=True, slots=True)
class ReportResult:
    """Rows in the order of time, then of name; `columns` are the keys of each row in order. The last columns
    are the metrics of `docs/metrics.md`.
    """

    subject: str
    since: datetime
    until: datetime
    interval: str
    time_zone: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    total: dict[str, Any] = field(default_factory=dict)
    next: str = ""

    def body(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "report": self.subject,
            "from": self.since,
            "to": self.until,
            "interval": self.interval,
            "time_zone": self.time_zone,
            "columns": self.columns,
            "units": {name: UNITS[name] for name in self.columns if name in UNITS},
            "rows": self.rows,
            "total": self.total,
            "next": self.next,
        }


UNITS: Final[Mapping[str, Unit]] = {
    **{one.name: one.unit for one in QUEUE_METRICS},
    **{one.name: one.unit for one in AGENT_METRICS},
    **{one.name: one.unit for one in QUALITY_METRICS},
    "wait": "seconds",
    "length": "seconds",
}
"""Of every column that is a number; shares are 0 to 1."""
CALL_COLUMNS: Final = (
    "call_id", "started_at", "queued_at", "answered_at", "ended_at", "queue", "direction", "outcome",
    "number", "agents", "wait", "talk", "hold", "wrap_up", "length", "rings", "missed_rings", "transfers",
    "disposition", "callback", "purpose", "surveys", "survey_average", "confidential",
)  # fmt: skip
_TIMES: Final = {
    "wait": "wait_ms",
    "talk": "talk_ms",
    "hold": "hold_ms",
    "wrap_up": "wrap_ms",
    "length": "length_ms",
}


class Reports:
    """Every method may raise `StorageAway`; `Invalid` says what to ask otherwise."""

    def __init__(self, storage: Storage, audit: Audit, time_zone: str, *, bulk: BulkLimit) -> None:
        self._storage = storage
        self._audit = audit
        self._time_zone = time_zone
        self._bulk = bulk

    async def queues(self, actor: Actor, question: ReportRequest) -> ReportResult:
        """One row for each interval and queue in which something happened, and a total."""
        asked, zone_name = await self._asked(actor, "queues", question)
        if question.target_s not in THRESHOLDS_S:
            known = ", ".join(map(str, THRESHOLDS_S))
            raise Invalid("no such target", remedy=f"ask for one of {known} seconds")
        async with self._storage.read() as connection:
            lines = await query.queues(connection, asked)
        _limit(lines)
        rows = [
            {
                "interval_start": at,
                "queue": queue,
                **queue_row(QueueSums(line.tally, line.longest_ms, question.target_s)),
            }
            for (at, queue), line in sorted(lines.items())
        ]
        whole = QueueTally()
        for line in lines.values():
            whole = whole.plus(line.tally)
        longest = max((line.longest_ms for line in lines.values()), default=0)
        columns = ("interval_start", "queue", *(metric.name for metric in QUEUE_METRICS))
        total = queue_row(QueueSums(whole, longest, question.target_s))
        return _answer("queues", asked, zone_name, columns, rows, total)

    async def agents(self, actor: Actor, question: ReportRequest) -> ReportResult:
        """One row for each interval and agent. Times in states are of all queues, whatever `queue` says."""
        asked, zone_name = await self._asked(actor, "agents", question)
        async with self._storage.read() as connection:
            tallies = await query.agents(connection, asked)
            times = await query.times(connection, asked, self._storage.clock.now())
        places = sorted(tallies.keys() | times.keys())
        _limit(places)
        rows = [
            {
                "interval_start": at,
                "agent": agent,
                **agent_row(AgentSums(tallies.get((at, agent), AgentTally()), times.get((at, agent), {}))),
            }
            for at, agent in places
        ]
        whole, spent = AgentTally(), dict[str, int]()
        for tally in tallies.values():
            whole = whole.plus(tally)
        for states in times.values():
            for state, milliseconds in states.items():
                spent[state] = spent.get(state, 0) + milliseconds
        columns = ("interval_start", "agent", *(metric.name for metric in AGENT_METRICS))
        return _answer("agents", asked, zone_name, columns, rows, agent_row(AgentSums(whole, spent)))

    async def quality(self, actor: Actor, question: ReportRequest) -> ReportResult:
        """One row for each interval and agent with a scored call; a call counts where it began."""
        asked, zone_name = await self._asked(actor, "quality", question)
        async with self._storage.read() as connection:
            cards = await quality_store.cards_between(
                connection, asked.since, asked.to, agent=asked.agent, queue=asked.queue
            )
        lines: dict[query.Place, list[Any]] = {}
        for card in cards:
            at = query.interval_of(asked, quarter_of(card.call_at))
            lines.setdefault((at, card.agent), []).append(card)
        _limit(lines)
        rows = [
            {"interval_start": at, "agent": agent, **quality_row(_quality(found))}
            for (at, agent), found in sorted(lines.items())
        ]
        columns = ("interval_start", "agent", *(metric.name for metric in QUALITY_METRICS))
        return _answer("quality", asked, zone_name, columns, rows, quality_row(_quality(cards)))

    async def calls(
        self, actor: Actor, question: ReportRequest, *, limit: int = 1_000, after: str = ""
    ) -> ReportResult:
        """The calls behind the figures, oldest first, numbers masked. `after`: `next` of the page before.

        Raises `SecondPersonNeeded` for rows beyond those that one person takes alone.
        """
        asked, zone_name = await self._asked(actor, "calls", question)
        limit = max(1, min(limit, MOST_CALLS))
        table = store.facts
        statement = (
            select(table)
            .where(table.c.started_at >= asked.since, table.c.started_at < asked.to)
            .order_by(table.c.started_at, table.c.call_id)
            .limit(limit + 1)
        )
        if question.queue is not None:
            statement = statement.where(table.c.queue == question.queue)
        if question.agent is not None:
            own = select(store.shares.c.call_id).where(store.shares.c.agent == question.agent)
            statement = statement.where(table.c.call_id.in_(own))
        earlier = None
        if after:
            at, last = _cursor(after)
            later = or_(table.c.started_at > at, and_(table.c.started_at == at, table.c.call_id > last))
            earlier, statement = statement.where(not_(later)), statement.where(later)
        async with self._storage.read() as connection:
            found = (await connection.execute(statement)).all()
            page = found[:limit]
            before = await self._bulk.counted(connection, earlier)
            # The page as a query of its own: thousands of bound ids take PostgreSQL seconds to plan.
            ids = select(statement.with_only_columns(table.c.call_id).subquery().c.call_id)
            people = await _people(connection, ids)
            numbers = await _numbers(connection, ids)
        rows = [
            _call_row(row._mapping, people.get(row.call_id, ()), numbers.get(row.call_id, ("", False)))  # noqa: SLF001
            for row in page
        ]
        following = f"{page[-1].started_at.isoformat()}/{page[-1].call_id}" if len(found) > limit else ""
        await self._bulk.take(actor, before + len(page), asked, last=not following)
        answer = _answer("calls", asked, zone_name, CALL_COLUMNS, rows, {})
        return ReportResult(**{**_fields(answer), "next": following})

    async def _asked(self, actor: Actor, subject: str, question: ReportRequest) -> tuple[ReportQuery, str]:
        rights.REPORT.check(actor)
        if actor.scopes.queues and not question.queue:
            raise OutOfScope("the report is of all queues", remedy="name one of your queues: queue=…")
        actor.require_within(Scope.QUEUE, question.queue)
        name = question.time_zone or self._time_zone
        where = zone(name)
        first, until = quarters(moment(question.since, where), moment(question.until, where))
        asked = ReportQuery(first, until, question.interval, where, question.queue, question.agent)
        said = f"report:{subject} {asked.since.isoformat()} {asked.to.isoformat()}"
        await self._audit.record(actor, "report", said)
        return asked, name


def _fields(answer: ReportResult) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in ReportResult.__dataclass_fields__}


def _answer(
    subject: str,
    asked: ReportQuery,
    zone_name: str,
    columns: tuple[str, ...],
    rows: list[dict[str, Any]],
    total: dict[str, Any],
) -> ReportResult:
    since, until = asked.since.astimezone(asked.where), asked.to.astimezone(asked.where)
    return ReportResult(subject, since, until, asked.interval.value, zone_name, columns, rows, total)


def _quality(cards: Sequence[Any]) -> QualitySums:
    """Cards on which no question applied have no score."""
    scored = [card for card in cards if card.score is not None]
    return QualitySums(
        calls=len({card.call_id for card in scored}),
        scores=tuple(card.score for card in scored),
        fatal=sum(card.fatal for card in scored),
    )


def _limit(rows: Any) -> None:
    if len(rows) > MOST_ROWS:
        raise query.too_many()


def _cursor(after: str) -> tuple[datetime, UUID]:
    at, _, call_id = after.partition("/")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), UUID(call_id)
    except (ValueError, OverflowError):
        raise Invalid("`after` is no place in this list", remedy="give `next` of the previous page") from None


async def _people(connection: AsyncConnection, ids: Select[tuple[UUID]]) -> dict[UUID, list[str]]:
    found = await connection.execute(
        select(store.shares.c.call_id, store.shares.c.agent)
        .where(store.shares.c.call_id.in_(ids), store.shares.c.taken == 1)
        .order_by(store.shares.c.agent)
    )
    mine: dict[UUID, list[str]] = {}
    for row in found:
        mine.setdefault(row.call_id, []).append(row.agent)
    return mine


async def _numbers(connection: AsyncConnection, ids: Select[tuple[UUID]]) -> dict[UUID, tuple[str, bool]]:
    """`(the masked number, whether the call is confidential)`."""
    found = await connection.execute(
        select(aliases.c.call_id)
        .join(marks, marks.c.call_id == aliases.c.alias)
        .where(aliases.c.call_id.in_(ids), marks.c.confidential)
    )
    confidential = set(found.scalars())
    names = select(aliases.c.alias).where(aliases.c.call_id.in_(ids))
    of_cases = aliases.c.alias.in_(calls_of_confidential_cases(names))
    confidential |= set((await connection.execute(select(aliases.c.call_id).where(of_cases))).scalars())
    rows = await connection.execute(select(calls.c.call_id, calls.c.number).where(calls.c.call_id.in_(ids)))
    return {
        row.call_id: (
            HIDDEN if row.call_id in confidential else mask_number(row.number),
            row.call_id in confidential,
        )
        for row in rows
    }


def _call_row(row: Any, people: Sequence[str], number: tuple[str, bool]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in CALL_COLUMNS if name in row},
        "call_id": str(row["call_id"]),
        "number": number[0],
        "agents": " ".join(people),
        **{name: row[column] / 1000 for name, column in _TIMES.items()},
        "missed_rings": row["missed"],
        "survey_average": (
            round(row["survey_points"] / row["survey_scores"], 2) if row["survey_scores"] else None
        ),
        "confidential": number[1],
    }
