"""Erases data by the retention rules, once a day and on demand; sets and lifts legal holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import aliases, calls
from cdr.erasing import erase_call
from cdr.errors import UnderHold, UnknownCall
from cdr.filings.store import filing_of, filings, subject_calls
from cdr.retention import store
from cdr.retention.model import RetentionFacts, RetentionKind, RetentionRule, due
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage

_log = logger("cdr")
_erased = counter("cdr_retention_erased", "Calls of which a rule erased something", ["kind"])
_held = gauge("cdr_retention_held", "Calls that a rule would erase and a legal hold keeps")

PAGE = 200
BY = "system:retention"


@dataclass(slots=True)
class RetentionReport:
    """`due` and `done` count calls by kind; `held` calls are due and under a legal hold."""

    dry_run: bool
    looked_at: int = 0
    due: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    held: int = 0


Progress = Callable[[RetentionReport], None]


class Retention:
    def __init__(self, storage: Storage, root: Path | None, rules: Sequence[RetentionRule]) -> None:
        self._storage = storage
        self._root = root
        self._rules = tuple(rules)

    def change(self, rules: Sequence[RetentionRule]) -> None:
        """From the next run on: one that goes on keeps to the rules it began with."""
        self._rules = tuple(rules)

    async def run_once(self, *, dry_run: bool = False, progress: Progress | None = None) -> RetentionReport:
        """Look at every call that may be due. Interrupted, it goes on where it was. Raises `StorageAway`."""
        report, rules = RetentionReport(dry_run), self._rules
        if not rules:
            return report
        now = self._storage.clock.now()
        shortest = timedelta(days=min(rule.days for rule in rules))
        kinds = {rule.kind for rule in rules}
        last: tuple[datetime, UUID] | None = None
        while True:
            async with self._storage.read() as connection:
                rows = await _page(connection, now - shortest, last, sorted(kinds))
                facts = await _facts(connection, rows)
                ready = await _done(connection, [row.call_id for row in rows])
            if not rows:
                break
            last = (rows[-1].ended_at, rows[-1].call_id)
            for row in rows:
                report.looked_at += 1
                wanted = set(due(facts[row.call_id], rules, now)) - ready.get(row.call_id, set())
                if wanted:
                    await self._erase(row.call_id, sorted(wanted), report)
            if progress is not None:
                progress(report)
        if not dry_run:
            _held.set(report.held)
            _log.info("retention", looked_at=report.looked_at, held=report.held, **report.done)
        return report

    async def _erase(self, call_id: UUID, kinds: list[RetentionKind], report: RetentionReport) -> None:
        if report.dry_run:
            async with self._storage.read() as connection:
                names = await connection.execute(select(aliases.c.alias).where(aliases.c.call_id == call_id))
                if await store.holds_on(connection, [call_id, *names.scalars()]):
                    report.held += 1
                    return
        else:
            try:
                await erase_call(
                    self._storage, self._root, call_id, by=BY, reason=f"rule: {', '.join(kinds)}", kinds=kinds
                )
            except UnderHold:
                report.held += 1
                return
            except UnknownCall:
                return  # it lives again: a late line came
        for kind in kinds:
            report.due[kind] = report.due.get(kind, 0) + 1
            if not report.dry_run:
                report.done[kind] = report.done.get(kind, 0) + 1
                _erased.labels(kind).inc()


async def _page(
    connection: AsyncConnection,
    until: datetime,
    last: tuple[datetime, UUID] | None,
    kinds: list[RetentionKind],
) -> Sequence[Any]:
    done = (
        select(func.count())
        .where(store.done.c.call_id == calls.c.call_id, store.done.c.kind.in_([str(kind) for kind in kinds]))
        .scalar_subquery()
    )
    statement = (
        select(calls.c.call_id, calls.c.ended_at, calls.c.outcome)
        .where(
            calls.c.ended_at.is_not(None),
            calls.c.ended_at <= until,
            calls.c.merged_into.is_(None),
            done < len(kinds),
        )
        .order_by(calls.c.ended_at, calls.c.call_id)
        .limit(PAGE)
    )
    if last is not None:
        at, call_id = last
        statement = statement.where(
            or_(calls.c.ended_at > at, (calls.c.ended_at == at) & (calls.c.call_id > call_id))
        )
    return (await connection.execute(statement)).all()


async def _facts(connection: AsyncConnection, rows: Sequence[Any]) -> dict[UUID, RetentionFacts]:
    """What the rules ask of these calls: dispositions and case categories come from what was filed."""
    ids = [row.call_id for row in rows]
    named = await connection.execute(
        select(aliases.c.alias, aliases.c.call_id).where(aliases.c.call_id.in_(ids))
    )
    owner = {row.alias: row.call_id for row in named} | {one: one for one in ids}
    filed = await connection.execute(
        select(filings, subject_calls.c.call_id.label("linked"))
        .join(subject_calls, subject_calls.c.subject == filings.c.subject)
        .where(filings.c.kind.in_(["disposition", "case"]), subject_calls.c.call_id.in_(list(owner)))
    )
    said: dict[UUID, tuple[set[str], set[str]]] = {one: (set(), set()) for one in ids}
    for row in filed:
        told = filing_of(row).told()
        dispositions, categories = said[owner[row.linked]]
        if row.kind == "disposition":
            dispositions.add(str(row.label or told.get("kind", "")))
        else:
            case = told.get("case")
            category = case.get("category") if isinstance(case, dict) else told.get("category")
            categories.add(str(category or ""))
    return {
        row.call_id: RetentionFacts(
            row.ended_at, row.outcome, frozenset(said[row.call_id][0]), frozenset(said[row.call_id][1])
        )
        for row in rows
    }


async def _done(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, set[RetentionKind]]:
    found = await connection.execute(select(store.done).where(store.done.c.call_id.in_(ids)))
    ready: dict[UUID, set[RetentionKind]] = {}
    for row in found:
        ready.setdefault(row.call_id, set()).add(RetentionKind(row.kind))
    return ready
