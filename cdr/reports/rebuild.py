"""Rebuilds all report data from the ledger, page by page, while calls go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents.store import agent_states
from cdr.calls.store import calls
from cdr.reports import agent_time, rollup, store
from cdr.reports.model import quarter_of
from cdr.reports.rollup import by_watch
from cdr.reports.tally import AGENT_NAMES, NAMES, AgentTally
from cdr.reports.worker import keep
from core.storage import Storage
from core.storage.dialect import lock_writes

PAGE = 200
DAY = timedelta(days=1)
LONGEST_REST_S = 2.0
K = TypeVar("K", bound=tuple[Any, ...])


async def rebuild(storage: Storage, told: Callable[[int], None] = lambda _done: None) -> int:
    """Make everything anew; how many calls. `told` hears how many are done. Sums are emptied first, so that
    reports are short of calls until it is through; a run that was cut off is simply begun again.

    It never holds the database for long, and leaves it to others for as long as it had it.
    """
    async with storage.write() as transaction:
        for table in (
            store.facts,
            store.shares,
            store.queue_sums,
            store.agent_sums,
            store.agent_watches,
        ):
            await transaction.connection.execute(delete(table))
    await _agent_times(storage)
    done = 0
    last: UUID | None = None
    while True:
        began = storage.clock.monotonic()
        async with storage.write() as transaction:
            ids = await _page(transaction.connection, last)
            if not ids:
                return done
            await keep(transaction, ids)
        done, last = done + len(ids), ids[-1]
        told(done)
        await storage.clock.sleep(min(LONGEST_REST_S, storage.clock.monotonic() - began))


async def _page(connection: AsyncConnection, last: UUID | None) -> list[UUID]:
    page = select(calls.c.call_id).where(calls.c.ended_at.is_not(None), calls.c.merged_into.is_(None))
    if last is not None:
        page = page.where(calls.c.call_id > last)
    return list((await connection.execute(page.order_by(calls.c.call_id).limit(PAGE))).scalars())


async def _agent_times(storage: Storage) -> None:
    """A day of UTC in a transaction: what comes meanwhile is either seen there, or adds itself afterwards."""
    async with storage.read() as connection:
        found = await connection.execute(select(func.min(agent_states.c.since), func.max(agent_states.c.at)))
        first, last = found.one()
    if first is None:
        return
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= last:
        began = storage.clock.monotonic()
        async with storage.write() as transaction:
            await _agent_day(transaction.connection, day)
        day += DAY
        await storage.clock.sleep(min(LONGEST_REST_S, storage.clock.monotonic() - began))


async def _agent_day(connection: AsyncConnection, day: datetime) -> None:
    await lock_writes(connection, store.agent_time)
    for table, length in ((store.agent_time, 1), (store.agent_watch_time, store.WATCH_QUARTERS)):
        period = next(iter(table.c))
        places = (quarter_of(day) // length, quarter_of(day + DAY) // length)
        await connection.execute(delete(table).where(period >= places[0], period < places[1]))
    rows = await connection.execute(
        select(agent_states).where(
            agent_states.c.at > day,
            agent_states.c.at <= day + DAY + agent_time.LONGEST,
            agent_states.c.since < day + DAY,
        )
    )
    spells = (agent_time.spell_of(row) for row in rows)
    await agent_time.add(connection, [spell for spell in spells if spell], within=(day, day + DAY))


async def differences(storage: Storage) -> list[str]:
    """Places where the stored sums differ from the sum of the stored figures; empty when all is in step."""
    delta = rollup.Delta()
    async with storage.read() as connection:
        last: UUID | None = None
        while True:
            page = select(store.facts.c.call_id).order_by(store.facts.c.call_id).limit(PAGE)
            if last is not None:
                page = page.where(store.facts.c.call_id > last)
            ids = list((await connection.execute(page)).scalars())
            if not ids:
                break
            for fact in (await store.held(connection, ids)).values():
                delta.replace(None, fact)
            last = ids[-1]
        queues = {(row.quarter, row.queue): row for row in await connection.execute(select(store.queue_sums))}
        rows = await connection.execute(select(store.agent_sums))
        found = _desks("agent", {(row.quarter, row.queue, row.agent): row for row in rows}, delta.agents)
        rows = await connection.execute(select(store.agent_watches))
        found += _desks("watch", {(row.watch, row.agent): row for row in rows}, by_watch(delta.agents))
        found += await _watch_times(connection)
    found += [f"queue {key}" for key in sorted(queues.keys() ^ delta.queues.keys())]
    for place in queues.keys() & delta.queues.keys():
        row, tally = queues[place], delta.queues[place]
        same = all(getattr(row, name) == getattr(tally, name) for name in NAMES)
        if not same or row.longest_ms != delta.longest[place]:
            found.append(f"queue {place}")
    return found


def _desks(what: str, held: Mapping[K, Row[Any]], right: Mapping[K, AgentTally]) -> list[str]:
    differ = held.keys() ^ right.keys()
    differ |= {key for key in held.keys() & right.keys() if not _same(held[key], right[key])}
    return sorted(f"{what} {key}" for key in differ)


def _same(row: Row[Any], tally: AgentTally) -> bool:
    return all(getattr(row, name) == getattr(tally, name) for name in AGENT_NAMES)


async def _watch_times(connection: AsyncConnection) -> list[str]:
    right: dict[tuple[int, str], list[int]] = {}
    for row in await connection.execute(select(store.agent_time)):
        sums = right.setdefault((row.quarter // store.WATCH_QUARTERS, row.agent), [0] * len(store.TIMES))
        for at, name in enumerate(store.TIMES):
            sums[at] += getattr(row, name)
    held = {
        (row.watch, row.agent): [getattr(row, name) for name in store.TIMES]
        for row in await connection.execute(select(store.agent_watch_time))
    }
    return [f"time {key}" for key in right.keys() | held.keys() if right.get(key) != held.get(key)]
