"""How long each agent was in each state, by quarter of an hour. Time is counted where it passed: a pause from
10:10 to 10:40 is five minutes of the first quarter, fifteen of the second, ten of the third.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.agents.store import AgentStateRow
from cdr.reports import store
from cdr.reports.model import QUARTER_S, ms_of, quarter_of

SIGNED_OUT = "signed_out"
LONGEST = timedelta(days=14)
"""What lasted longer was no state of a person: nobody told that it ended. It counts nowhere."""


@dataclass(frozen=True, slots=True)
class StatePeriod:
    """An agent was in a state from `began_at` to `ended_at`."""

    agent: str
    state: str
    began_at: datetime
    ended_at: datetime


def spell_of(row: AgentStateRow | Row[Any]) -> StatePeriod | None:
    """The state that this change ended; None when it is not known, took no time, or was none."""
    if row.since is None or not row.previous or row.previous == SIGNED_OUT:
        return None
    if not row.since < row.at <= row.since + LONGEST:
        return None
    return StatePeriod(row.agent_id, row.previous, row.since, row.at)


def split(spell: StatePeriod) -> Iterator[tuple[int, int]]:
    """`(quarter, milliseconds)` for each quarter of an hour that the spell touches."""
    began, ended = ms_of(spell.began_at.timestamp()), ms_of(spell.ended_at.timestamp())
    length = QUARTER_S * 1000
    for quarter in range(began // length, -(-ended // length)):
        spent = min(ended, (quarter + 1) * length) - max(began, quarter * length)
        if spent > 0:
            yield quarter, spent


async def add(
    connection: AsyncConnection,
    spells: Iterable[StatePeriod],
    *,
    within: tuple[datetime, datetime] | None = None,
) -> None:
    """Add spells that are over, in the transaction that writes them into the ledger, each once. `within` are
    whole quarters of an hour; what lies outside is left out.
    """
    first, until = (quarter_of(within[0]), quarter_of(within[1])) if within else (0, 1 << 62)
    sums: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(store.TIMES, 0))
    for spell in spells:
        for quarter, spent in split(spell):
            if first <= quarter < until:
                sums[quarter, spell.agent][column_of(spell.state)] += spent
    if not sums:
        return
    await store.add(connection, store.agent_time, _rows("quarter", sums))
    watches: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(store.TIMES, 0))
    for (quarter, agent), spent_by_state in sums.items():
        for state, spent in spent_by_state.items():
            watches[quarter // store.WATCH_QUARTERS, agent][state] += spent
    await store.add(connection, store.agent_watch_time, _rows("watch", watches))


def _rows(period: str, sums: Mapping[tuple[int, str], Mapping[str, int]]) -> list[dict[str, int | str]]:
    return [{period: at, "agent": agent, **spent} for (at, agent), spent in sorted(sums.items())]


def column_of(state: str) -> str:
    """The column that adds up time in this state."""
    name = f"{state}_ms"
    return name if name in store.TIMES else "other_ms"
