"""Keeps the sums by quarter of an hour exactly in step with the figures of the calls: what a call was is
taken away, what it is now is added, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.reports import store
from cdr.reports.model import Fact
from cdr.reports.tally import AgentTally, QueueTally, agent_tally_of, longest_of, tally_of

Desk = tuple[int, str, str]
"""A quarter of an hour, a queue, an agent."""


class Delta:
    """What a batch of calls changes in the sums."""

    def __init__(self) -> None:
        self.queues: dict[tuple[int, str], QueueTally] = {}
        self.agents: dict[Desk, AgentTally] = {}
        self.longest: dict[tuple[int, str], int] = {}
        self.shrunk: set[tuple[int, str]] = set()
        """Places that lost a wait: the longest is looked up anew."""

    def replace(self, before: Fact | None, after: Fact | None) -> None:
        if before == after:
            return
        if before is not None:
            self._add(before, -1)
            self.shrunk.add((before.quarter, before.queue))
        if after is not None:
            self._add(after, 1)
            place = (after.quarter, after.queue)
            self.longest[place] = max(self.longest.get(place, 0), longest_of(after))

    def _add(self, fact: Fact, sign: int) -> None:
        place = (fact.quarter, fact.queue)
        self.queues[place] = self.queues.get(place, QueueTally()).plus(tally_of(fact), sign)
        for share in fact.shares:
            at = (*place, share.agent)
            self.agents[at] = self.agents.get(at, AgentTally()).plus(agent_tally_of(fact, share), sign)


async def apply(connection: AsyncConnection, delta: Delta) -> None:
    """Write the delta. Rows are taken in the order of their keys, so that two centres on one database do not
    wait for each other in a circle.
    """
    queues = [
        {
            "quarter": quarter,
            "queue": queue,
            "longest_ms": delta.longest.get((quarter, queue), 0),
            **_values(tally),
        }
        for (quarter, queue), tally in sorted(delta.queues.items())
        if not tally.is_zero or (quarter, queue) in delta.longest
    ]
    await store.add(connection, store.queue_sums, queues)
    await store.add(
        connection,
        store.agent_sums,
        [
            {"quarter": quarter, "queue": queue, "agent": agent, **_values(tally)}
            for (quarter, queue, agent), tally in sorted(delta.agents.items())
            if not tally.is_zero
        ],
    )
    await store.add(
        connection,
        store.agent_watches,
        [
            {"watch": watch, "agent": agent, **_values(tally)}
            for (watch, agent), tally in sorted(by_watch(delta.agents).items())
            if not tally.is_zero
        ],
    )
    for quarter, queue in sorted(delta.shrunk):
        # After the row is ours: who adds a longer wait meanwhile comes after us.
        longest = await store.longest_wait(connection, quarter, queue)
        await connection.execute(
            update(store.queue_sums)
            .where(store.queue_sums.c.quarter == quarter, store.queue_sums.c.queue == queue)
            .values(longest_ms=longest)
        )
    if delta.shrunk:
        await _clear(connection, {quarter for quarter, _ in delta.shrunk})


def by_watch(agents: Mapping[Desk, AgentTally]) -> dict[tuple[int, str], AgentTally]:
    """The same by watches of four hours, queues together."""
    found: dict[tuple[int, str], AgentTally] = {}
    for (quarter, _, agent), tally in agents.items():
        at = (quarter // store.WATCH_QUARTERS, agent)
        found[at] = found.get(at, AgentTally()).plus(tally)
    return found


async def _clear(connection: AsyncConnection, quarters: set[int]) -> None:
    """Rows of no call are no rows."""
    watches = {quarter // store.WATCH_QUARTERS for quarter in quarters}
    for table, periods in (
        (store.queue_sums, quarters),
        (store.agent_sums, quarters),
        (store.agent_watches, watches),
    ):
        period = next(iter(table.c))
        await connection.execute(delete(table).where(period.in_(periods), table.c.calls == 0))


def _values(tally: QueueTally | AgentTally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in tally.__dataclass_fields__}
