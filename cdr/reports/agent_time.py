"""How long each agent was in each state, by quarter of an hour. Time is counted where it passed: a pause from
10:10 to 10:40 is five minutes of the first quarter, fifteen of the second, ten of the third.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.reports import store
from cdr.reports.model import QUARTER_S, ms_of

SIGNED_OUT = "signed_out"
QUARTER = timedelta(seconds=QUARTER_S)
LONGEST = timedelta(days=14)
"""A state that lasted longer than a fortnight was no state: its beginning counts, the rest does not."""


@dataclass(frozen=True, slots=True)
class Spell:
    """An agent was in a state from `began_at` to `ended_at`."""

    agent: str
    state: str
    began_at: datetime
    ended_at: datetime


def split(spell: Spell) -> Iterator[tuple[int, int]]:
    """`(quarter, milliseconds)` for each quarter of an hour that the spell touches."""
    began, ended = ms_of(spell.began_at.timestamp()), ms_of(spell.ended_at.timestamp())
    length = QUARTER_S * 1000
    first = began // length
    for quarter in range(first, min(-(-ended // length), first + LONGEST // QUARTER)):
        spent = min(ended, (quarter + 1) * length) - max(began, quarter * length)
        if spent > 0:
            yield quarter, spent


async def add(connection: AsyncConnection, spells: Iterable[Spell]) -> None:
    """Add spells that are over, in the transaction that writes them into the ledger, each once."""
    sums: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(store.TIMES, 0))
    for spell in spells:
        if spell.state != SIGNED_OUT:
            for quarter, spent in split(spell):
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
    name = f"{state}_ms"
    return name if name in store.TIMES else "other_ms"
