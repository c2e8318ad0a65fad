"""Searches calls by number, agent, time, queue, case, disposition, outcome and length, page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import aliases, calls, legs, marks
from cdr.filings.secrecy import calls_of_confidential_cases, handles_confidential_cases
from cdr.filings.store import filings, subject_calls
from core.actor import Actor, Role
from core.errors import Invalid
from core.scopes import Scope

MOST_CALLS = 200
_NO_CURSOR = Invalid("this is no cursor", remedy="give `next` of the previous page")


@dataclass(frozen=True, slots=True)
class Search:
    """Empty and None do not narrow. `number`, `agent`, `queue` must match whole; `case` is its id or number;
    `since` and `until` bound the call's start, `longer_s` and `shorter_s` its talk in seconds. Newest first;
    `cursor` is what the page before said.
    """

    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    agent: str = ""
    queue: str = ""
    case: str = ""
    disposition: str = ""
    outcome: str = ""
    longer_s: float | None = None
    shorter_s: float | None = None
    cursor: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is empty on the last page; `confidential` are the ids of calls that have a mark or a
    confidential case.
    """

    rows: Sequence[Row[Any]]
    confidential: frozenset[UUID]
    cursor: str


async def find(connection: AsyncConnection, search: Search, viewer: Actor | None = None) -> Page:
    """What `viewer` may find; None: an auditor, who finds all. Raises `Invalid` for a cursor that is none."""
    limit = min(search.limit, MOST_CALLS)
    found = list((await connection.execute(statement(search, viewer).limit(limit + 1))).all())
    rows = found[:limit]
    cursor = _cursor(rows[-1].started_at, rows[-1].call_id) if len(found) > limit else ""
    return Page(rows, await _confidential(connection, [row.call_id for row in rows]), cursor)


def statement(search: Search, viewer: Actor | None = None) -> Select[Any]:
    """The query, without its limit. Who asks for a number or a case finds no confidential call but his own:
    that there is one would tell whose it is. Who is limited to queues finds their calls, those of no queue
    and his own.
    """
    table = calls.c
    identifying = bool(search.number or search.case)
    hidden = viewer is not None and identifying and not viewer.has(Role.SUPERVISOR)
    narrowing: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (search.number or None, lambda: table.number == search.number),
        (search.queue or None, lambda: table.queue == search.queue),
        (search.outcome or None, lambda: table.outcome == search.outcome),
        (search.direction or None, lambda: table.direction == search.direction),
        (search.since, lambda: table.started_at >= search.since),
        (search.until, lambda: table.started_at < search.until),
        (search.longer_s, lambda: table.talk_s >= search.longer_s),
        (search.shorter_s, lambda: table.talk_s < search.shorter_s),
        (
            search.agent or None,
            lambda: table.call_id.in_(select(legs.c.call_id).where(legs.c.agent == search.agent)),
        ),
        (search.case or None, lambda: _linked(_of_case(search.case))),
        (search.disposition or None, lambda: _linked(_of_disposition(search.disposition))),
        (search.cursor or None, lambda: _after(search.cursor)),
    ]
    wanted = [condition() for given, condition in narrowing if given is not None]
    if hidden and viewer is not None:
        wanted.append(_open_to(viewer))
    if viewer is not None and viewer.scopes.of(Scope.QUEUE):
        wanted.append(_of_queues(viewer))
    ordered = select(calls).where(table.merged_into.is_(None), *wanted)
    return ordered.order_by(table.started_at.desc(), table.call_id.desc())


def _open_to(viewer: Actor) -> ColumnElement[bool]:
    """Calls that are not confidential under any of their ids, by a mark of their own or by a case that this
    viewer does not handle; and those that this agent was on.
    """
    marked = (
        select(marks.c.call_id)
        .join(aliases, marks.c.call_id == aliases.c.alias)
        .where(aliases.c.call_id == calls.c.call_id, marks.c.confidential)
        .exists()
    )
    free = ~marked
    if not handles_confidential_cases(viewer):
        names = select(aliases.c.alias).where(aliases.c.call_id == calls.c.call_id).correlate(calls)
        free = and_(free, ~calls_of_confidential_cases(names).exists())
    return or_(free, _own(viewer)) if viewer.has(Role.AGENT) else free


def _of_queues(viewer: Actor) -> ColumnElement[bool]:
    return or_(calls.c.queue.in_(["", *viewer.scopes.of(Scope.QUEUE)]), _own(viewer))


def _own(viewer: Actor) -> ColumnElement[bool]:
    return select(legs.c.leg_id).where(legs.c.call_id == calls.c.call_id, legs.c.agent == viewer.id).exists()


def _after(cursor: str) -> ColumnElement[bool]:
    at, call_id = _place(cursor)
    return or_(calls.c.started_at < at, and_(calls.c.started_at == at, calls.c.call_id < call_id))


def _linked(about: ColumnElement[bool]) -> ColumnElement[bool]:
    """Calls to which a subject belongs, under any of their ids."""
    subjects = select(filings.c.subject).where(about)
    linked = select(subject_calls.c.call_id).where(subject_calls.c.subject.in_(subjects))
    return calls.c.call_id.in_(select(aliases.c.call_id).where(aliases.c.alias.in_(linked)))


def _of_case(case: str) -> ColumnElement[bool]:
    by_number = and_(filings.c.kind == "case", filings.c.label == case)
    return or_(by_number, filings.c.subject == f"case:{case}")


def _of_disposition(kind: str) -> ColumnElement[bool]:
    """The newest disposition of a call is what counts; older ones of the same call were corrected."""
    later = filings.alias("later")
    newest = ~(
        select(later.c.filing_id)
        .where(later.c.subject == filings.c.subject, later.c.at > filings.c.at)
        .exists()
    )
    return and_(filings.c.kind == "disposition", filings.c.label == kind, newest)


async def _confidential(connection: AsyncConnection, ids: Sequence[UUID]) -> frozenset[UUID]:
    of_these = aliases.c.call_id.in_(ids)
    marked = (
        select(aliases.c.call_id)
        .join(marks, marks.c.call_id == aliases.c.alias)
        .where(of_these, marks.c.confidential)
    )
    secret = calls_of_confidential_cases(select(aliases.c.alias).where(of_these))
    by_case = select(aliases.c.call_id).where(aliases.c.alias.in_(secret))
    return frozenset((await connection.execute(union(marked, by_case))).scalars())


def _cursor(at: datetime, call_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{call_id}".encode()).decode()


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, call_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        moment, before = datetime.fromisoformat(at), UUID(call_id)
    except (ValueError, binascii.Error, UnicodeError) as error:
        raise _NO_CURSOR from error
    if moment.tzinfo is None:
        raise _NO_CURSOR
    return moment, before
