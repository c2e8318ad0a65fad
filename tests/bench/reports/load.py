"""A year of a city's calls as figures, loaded past the keeper: facts, shares and sums, on either database."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from cdr.reports import rollup, store
from cdr.reports.model import AgentShare, Fact
from cdr.reports.tally import AGENT_NAMES, NAMES, AgentTally, agent_tally_of, longest_of, tally_of

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
AGENTS = 200
QUEUES = ("hotline", "english", "enterprise", "dialect")
BY_HOUR = (3, 2, 1, 1, 1, 2, 5, 15, 40, 60, 60, 50, 30, 35, 55, 55, 45, 35, 25, 20, 18, 12, 8, 5)
"""The day's curve, in local time (UTC+8)."""

Rows = dict[str, list[tuple[Any, ...]]]
_TALLY, _AGENT = attrgetter(*NAMES), attrgetter(*AGENT_NAMES)


def facts(count: int, seed: int = 12_345) -> Iterator[Fact]:
    """`count` calls over `DAYS`: 94 of 100 answered, talks of 150 s on average."""
    dice = random.Random(seed)
    hours = dice.choices(range(24), BY_HOUR, k=count)
    for number in range(count):
        day = number * DAYS // count
        seconds = (hours[number] * 3600 + dice.randrange(3600) - 8 * 3600) % 86_400
        yield _fact(
            dice, UUID(int=dice.getrandbits(128), version=5), FIRST + timedelta(days=day, seconds=seconds)
        )


def _fact(dice: random.Random, call_id: UUID, began: datetime) -> Fact:
    queued = began + timedelta(seconds=6)
    wait = int(dice.expovariate(1 / 9_000))
    answered = dice.random() < 0.94
    talk = int(dice.expovariate(1 / 150_000)) if answered else 0
    ended = queued + timedelta(milliseconds=wait + talk)
    share = AgentShare(
        f"desk.{dice.randrange(AGENTS)}", rings=1, taken=1, talk_ms=talk, wrap_ms=dice.randrange(40_000)
    )
    return Fact(
        call_id=call_id,
        queue=dice.choices(QUEUES, (80, 5, 10, 5))[0],
        direction="inbound",
        outcome="answered" if answered else "abandoned_queue",
        started_at=began,
        queued_at=queued,
        answered_at=queued + timedelta(milliseconds=wait) if answered else None,
        ended_at=ended,
        wait_ms=wait,
        length_ms=6_000 + wait + talk,
        talk_ms=talk,
        wrap_ms=share.wrap_ms if answered else 0,
        rings=1,
        disposition=dice.choice(("case", "enquiry", "enquiry", "prank")) if answered else "",
        surveys=int(answered and dice.random() < 0.2),
        shares=(share,) if answered else (),
    )


def rows_of(made: Iterable[Fact], worked: Iterable[tuple[Any, ...]]) -> Rows:
    """Rows of every table, in the order of its columns; `worked` are the rows of agents' quarters."""
    calls: list[tuple[Any, ...]] = []
    own: list[tuple[Any, ...]] = []
    queues: dict[tuple[int, str], list[int]] = {}
    agents: dict[tuple[int, str, str], list[int]] = {}
    for fact in made:
        values = store.values_of(fact)
        calls.append(tuple(values[column.name] for column in store.facts.c))
        place = (fact.quarter, fact.queue)
        sums = queues.setdefault(place, [0] * (len(NAMES) + 1))
        sums[0] = max(sums[0], longest_of(fact))
        for at, value in enumerate(_TALLY(tally_of(fact)), 1):
            sums[at] += value
        for share in fact.shares:
            own += [tuple(row[column.name] for column in store.shares.c) for row in store.share_values(fact)]
            mine = agents.setdefault((*place, share.agent), [0] * len(AGENT_NAMES))
            for at, value in enumerate(_AGENT(agent_tally_of(fact, share))):
                mine[at] += value
    quarters = list(worked)
    return {
        store.facts.name: calls,
        store.shares.name: own,
        store.queue_sums.name: [(*key, *sums) for key, sums in sorted(queues.items())],
        store.agent_sums.name: [(*key, *sums) for key, sums in sorted(agents.items())],
        store.agent_time.name: quarters,
        store.agent_watches.name: [
            (*key, *_AGENT(tally))
            for key, tally in sorted(
                rollup.by_watch({key: AgentTally(*sums) for key, sums in agents.items()}).items()
            )
        ],
        store.agent_watch_time.name: _by_watch(quarters),
    }


def _by_watch(quarters: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    sums: dict[tuple[int, str], list[int]] = {}
    for quarter, agent, *spent in quarters:
        own = sums.setdefault((quarter // store.WATCH_QUARTERS, agent), [0] * len(spent))
        for at, value in enumerate(spent):
            own[at] += value
    return [(*key, *spent) for key, spent in sorted(sums.items())]


def shifts() -> Iterator[tuple[Any, ...]]:
    """Every agent works eight hours on each of five days of a week."""
    quarter = 900_000
    for day in range(DAYS):
        first = int((FIRST + timedelta(days=day)).timestamp()) // 900
        for agent in range(AGENTS):
            if (day + agent) % 7 < 5:
                begins = first + (agent % 3) * 32
                for number in range(32):
                    spent = (
                        quarter // 2,
                        20_000,
                        quarter // 4,
                        0,
                        quarter // 8,
                        0,
                        quarter // 8 - 20_000,
                        0,
                        0,
                        0,
                    )
                    yield (begins + number, f"desk.{agent}", *spent)


TABLES: tuple[Table, ...] = (
    store.facts, store.shares, store.queue_sums, store.agent_sums, store.agent_time, store.agent_watches,
    store.agent_watch_time,
)  # fmt: skip


def into_sqlite(file: Path, rows: Rows) -> None:
    link = sqlite3.connect(file)
    link.execute("PRAGMA synchronous=OFF")
    for table in TABLES:
        marks = ",".join("?" * len(table.c))
        names = ",".join(f'"{column.name}"' for column in table.c)
        link.executemany(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks})",
            (tuple(map(_plain, row)) for row in rows[table.name]),
        )
        link.commit()
    link.execute("ANALYZE")
    link.commit()
    link.close()


async def into_postgres(url: str, rows: Rows) -> None:
    link = await asyncpg.connect(url.replace("+asyncpg", ""))
    for table in TABLES:
        await link.copy_records_to_table(
            table.name, records=rows[table.name], columns=[column.name for column in table.c]
        )
    await link.execute("VACUUM ANALYZE")
    await link.close()


def _plain(value: Any) -> Any:
    """As SQLAlchemy writes it into SQLite."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value
