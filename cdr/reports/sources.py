"""Reads the sources of report facts from the ledger's tables, many calls at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents.store import agent_states
from cdr.calls.model import Direction
from cdr.calls.store import aliases, calls, legs
from cdr.filings.store import filing_of, filings, subject_calls
from cdr.reports.model import CallPurpose, FiledFact, LegSeen, ReportSource, WrapUp
from hotline.events import FOLLOW_UP_CHANNEL

KINDS = ("disposition", "call-act", "survey")
"""What is filed about a call and changes its figures; everything named `callback…` too."""

WRAP_UP = "wrap_up"
_SAME = timedelta(seconds=1)
"""A state's beginning is told twice, when it begins and when it ends; the two may differ by a rounding."""


def counts(kind: str) -> bool:
    """True for the kinds of filings that a figure is made of."""
    return kind in KINDS or kind.startswith("callback")


async def sources_of(
    connection: AsyncConnection, call_ids: Sequence[UUID]
) -> tuple[set[UUID], list[ReportSource]]:
    """`(every id that is concerned, the ended calls behind them)`. An id may be one that a call had before it
    was merged, or one of a call that still runs or is not there yet: such ids have no source.
    """
    now = await _resolved(connection, call_ids)
    concerned = {*call_ids, *now.values()}
    found = await connection.execute(
        select(calls).where(
            calls.c.call_id.in_(concerned), calls.c.ended_at.is_not(None), calls.c.merged_into.is_(None)
        )
    )
    rows = found.all()
    ids = [row.call_id for row in rows]
    names = await _names(connection, ids)
    own_legs = await _legs(connection, ids)
    said = await _said(connection, names)
    wrap_ups = await _wrap_ups(connection, names)
    return concerned, [
        _source(row, own_legs[row.call_id], said[row.call_id], wrap_ups[row.call_id]) for row in rows
    ]


async def _resolved(connection: AsyncConnection, call_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    found = await connection.execute(
        select(aliases.c.alias, aliases.c.call_id).where(aliases.c.alias.in_(call_ids))
    )
    return {row.alias: row.call_id for row in found}


async def _names(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Every id under which these calls were ever known, with the one that they have now."""
    found = await connection.execute(
        select(aliases.c.alias, aliases.c.call_id).where(aliases.c.call_id.in_(ids))
    )
    return {**{one: one for one in ids}, **{row.alias: row.call_id for row in found}}


async def _legs(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[LegSeen]]:
    found = await connection.execute(
        select(
            legs.c.call_id, legs.c.leg_id, legs.c.endpoint, legs.c.agent, legs.c.party, legs.c.talk_s,
            legs.c.ended_at,
        )
        .where(legs.c.call_id.in_(ids))
        .order_by(legs.c.started_at, legs.c.uniqueid)
    )  # fmt: skip
    mine: dict[UUID, list[LegSeen]] = defaultdict(list)
    for row in found:
        mine[row.call_id].append(
            LegSeen(str(row.leg_id), row.endpoint, row.agent, row.party, row.talk_s, row.ended_at)
        )
    return mine


async def _said(connection: AsyncConnection, names: dict[UUID, UUID]) -> dict[UUID, list[FiledFact]]:
    found = await connection.execute(
        select(subject_calls.c.call_id, filings)
        .join(filings, filings.c.subject == subject_calls.c.subject)
        .where(
            subject_calls.c.call_id.in_(names),
            or_(filings.c.kind.in_(KINDS), filings.c.kind.startswith("callback", autoescape=True)),
        )
        .order_by(filings.c.at, filings.c.filing_id)
    )
    mine: dict[UUID, dict[UUID, FiledFact]] = defaultdict(dict)
    for row in found:
        mine[names[row.call_id]][row.filing_id] = FiledFact(row.kind, row.at, filing_of(row).told())
    return defaultdict(list, {call: list(said.values()) for call, said in mine.items()})


async def _wrap_ups(connection: AsyncConnection, names: dict[UUID, UUID]) -> dict[UUID, list[WrapUp]]:
    """A wrap-up is written when it ends; which call it was for, then or when it began."""
    found = await connection.execute(
        select(agent_states).where(
            agent_states.c.call_id.in_(names),
            or_(agent_states.c.state == WRAP_UP, agent_states.c.previous == WRAP_UP),
        )
    )
    rows = found.all()
    over = {row.event_id: (row, names[row.call_id]) for row in rows if row.previous == WRAP_UP and row.since}
    begun = [row for row in rows if row.state == WRAP_UP and row.previous != WRAP_UP]
    for row in await _ends_of(connection, begun):
        began = next((one for one in begun if _follows(one, row)), None)
        if began is not None and row.event_id not in over:
            over[row.event_id] = (row, names[began.call_id])
    mine: dict[UUID, list[WrapUp]] = defaultdict(list)
    for row, call_id in over.values():
        mine[call_id].append(WrapUp(row.agent_id, max(0.0, (row.at - row.since).total_seconds())))
    return mine


async def _ends_of(connection: AsyncConnection, begun: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    if not begun:
        return []
    moments = [row.at for row in begun]
    found = await connection.execute(
        select(agent_states).where(
            agent_states.c.agent_id.in_({row.agent_id for row in begun}),
            agent_states.c.previous == WRAP_UP,
            agent_states.c.at >= min(moments),
            agent_states.c.since.between(min(moments) - _SAME, max(moments) + _SAME),
        )
    )
    return found.all()


def _follows(began: Row[Any], over: Row[Any]) -> bool:
    return bool(over.agent_id == began.agent_id and abs(over.since - began.at) <= _SAME)


def _purpose(row: Row[Any]) -> str:
    """By the linkedid that made the call's id. Who called himself and was put through to it has none."""
    placed_for = row.direction == Direction.OUTBOUND and row.linkedids[0].startswith(FOLLOW_UP_CHANNEL)
    return CallPurpose.FOLLOW_UP if placed_for else ""


def _source(row: Row[Any], own: list[LegSeen], said: list[FiledFact], wrap_ups: list[WrapUp]) -> ReportSource:
    ended: datetime = row.ended_at
    return ReportSource(
        call_id=row.call_id,
        queue=row.queue,
        direction=row.direction,
        outcome=row.outcome,
        started_at=row.started_at,
        queued_at=row.queued_at,
        answered_at=row.answered_at,
        ended_at=ended,
        wait_s=row.wait_s,
        talk_s=row.talk_s,
        purpose=_purpose(row),
        rings=tuple(row.rings or ()),
        transfers=tuple(row.transfers or ()),
        legs=tuple(own),
        said=tuple(said),
        wrap_ups=tuple(wrap_ups),
    )
