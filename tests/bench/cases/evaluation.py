"""What a year's evaluation of a million cases takes: `python -m tests.bench.cases.evaluation`.

Also a part of `scripts/bench cases`.

The cases are synthetic: facts of one year, loaded past the projector, with the months made from them as
`songhua cases evaluate --rebuild` makes them. `--cases N`, `--only sqlite|postgresql`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import create_engine as create_blocking_engine

from cases.evaluation import rollup
from cases.evaluation.model import COUNTS
from cases.evaluation.service import EvaluationRequest
from cases.evaluation.tables import facts
from cases.search.model import order_of
from core.actor import Actor, Role
from core.scopes import Scopes
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.cases.rooms import known, stage
from tests.peers.checkout import HOME
from tests.peers.postgres import PostgresPeer

GOAL_S: Final = 3.0
TIMES: Final = 5
AT_ONCE: Final = 5_000
YEAR: Final = (date(2026, 1, 1), date(2027, 1, 1))
CELLS: Final = 2_400
"""Of 100 m in each district: 430 km² of a built-up city."""
COLUMNS: Final = tuple(column.name for column in facts.c)
CHEN: Final = Actor("chen", "Chen", frozenset({Role.SUPERVISOR}))
OF_ONE_DISTRICT: Final = Actor(
    "qian", "Qian", frozenset({Role.SUPERVISOR}), Scopes(districts=frozenset({"230103"}))
)
Asked = Callable[[], Awaitable[object]]


def synthetic(count: int, seed: int = 1) -> Iterator[tuple[Any, ...]]:
    """Rows of facts by its columns, in the order of filing."""
    chance = random.Random(seed)
    began = datetime(2025, 12, 31, 16, tzinfo=UTC)
    classes = [row.ref for row in known().catalogues.default.rows.values()]
    weights = [1 / (place + 2) for place in range(len(classes))]
    chosen = chance.choices(classes, weights, k=count)
    districts = [one.code for one in known().gazetteer.districts]
    streets = {
        one: [street.code for street in known().gazetteer.subdistricts if street.code[:6] == one] or [""]
        for one in districts
    }
    for at in range(count):
        filed = began + timedelta(days=365) * (at / count)
        day = filed + timedelta(hours=8)
        district = chance.choice(districts)
        handled, overdue = chance.random() < 0.95, chance.random() < 0.1
        closed, reworked = handled and chance.random() < 0.97, chance.random() < 0.04
        counts = dict.fromkeys(COUNTS, 0) | {
            "received": 1, "filed": 1, "standing": 1, "dispatched": 1, "dispatched_in_time": not overdue,
            "due": handled or overdue, "handled": handled, "handled_in_time": handled and not overdue,
            "overdue": overdue, "closed": closed, "closed_in_time": closed and not overdue,
            "ever_done": handled, "reworked": reworked, "reworks": reworked, "checked": closed,
            "passed": closed and not reworked, "repeated": chance.random() < 0.05,
            "handling_s": chance.randrange(200_000) if handled else 0,
        }  # fmt: skip
        row: dict[str, Any] = {
            "subject_id": UUID(int=chance.getrandbits(128)), "is_case": True,
            "filed_order": order_of(filed) + at % 512, "filed_at": filed,
            "day": day.year * 10_000 + day.month * 100 + day.day, "district": district,
            "street": chance.choice(streets[district]), "cell": f"{district}{chance.randrange(CELLS):08}",
            "beat": "", "department": f"district-{district}" if at % 3 else f"bureau-{at % 7}",
            "class": chosen[at], "source": "telephone", "person": f"agent{chance.randrange(200)}",
            "acceptor": f"acceptor{chance.randrange(20)}", "confidential": chance.random() < 0.02,
            "repeat_root": None, **{name: int(value) for name, value in counts.items()},
        }  # fmt: skip
        yield tuple(row[name] for name in COLUMNS)


def into_sqlite(file: Path, count: int) -> None:
    def stored(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        return value.hex if isinstance(value, UUID) else value

    names = ", ".join(f'"{name}"' for name in COLUMNS)
    statement = f"INSERT INTO {facts.name} ({names}) VALUES ({', '.join('?' * len(COLUMNS))})"
    made = synthetic(count)
    with closing(sqlite3.connect(file)) as link:
        link.execute("PRAGMA synchronous=OFF")
        while some := list(islice(made, AT_ONCE)):
            link.executemany(statement, [tuple(map(stored, row)) for row in some])
        link.commit()
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def into_postgres(url: str, count: int) -> None:
    link = await asyncpg.connect(url.replace("+asyncpg", ""))
    made = synthetic(count)
    try:
        while some := list(islice(made, AT_ONCE)):
            await link.copy_records_to_table(facts.name, records=some, columns=COLUMNS)
        await link.execute("VACUUM ANALYZE")
    finally:
        await link.close()


async def measure(storage: Storage, times: int = TIMES) -> dict[str, Any]:
    """The months from the facts, then each question; seconds."""
    began = time.perf_counter()
    async with storage.write() as transaction:
        await rollup.from_facts(transaction.connection)
    out: dict[str, Any] = {"rebuild_s": round(time.perf_counter() - began, 2)}
    found = []
    for name, ask in questions(stage(storage).room.evaluation).items():
        took = []
        for _ in range(times):
            began = time.perf_counter()
            await ask()
            took.append(time.perf_counter() - began)
        row = {
            "question": name,
            "median_s": round(statistics.median(took), 3),
            "worst_s": round(max(took), 3),
        }
        found.append(row)
        print(f"{storage.dialect}: {name}: median {row['median_s']} s, worst {row['worst_s']} s", flush=True)
    return out | {"questions": found}


def questions(evaluation: Any) -> dict[str, Asked]:
    year = EvaluationRequest(*YEAR)
    cut = EvaluationRequest(YEAR[0] + timedelta(days=16), YEAR[1] - timedelta(days=12))
    bureau = EvaluationRequest(*YEAR, departments=("bureau-1",))
    one_class = EvaluationRequest(*YEAR, classes=("E0110",))
    week = EvaluationRequest(date(2026, 11, 2), date(2026, 11, 9))
    ways: dict[str, Asked] = {
        f"a year by {by}": (lambda by=by: evaluation.evaluate(CHEN, year, by))  # type: ignore[misc]
        for by in ("department", "district", "class", "person", "street", "cell", "day")
    }
    return ways | {
        "most of a year, from the 17th to the 19th, by class": lambda: evaluation.evaluate(
            CHEN, cut, "class"
        ),
        "a year by class, for a person of one district": lambda: evaluation.evaluate(
            OF_ONE_DISTRICT, year, "class"
        ),
        "a year of one department by class": lambda: evaluation.evaluate(CHEN, bureau, "class"),
        "a year of one class by department": lambda: evaluation.evaluate(CHEN, one_class, "department"),
        "hot spots of a week by cell": lambda: evaluation.hotspots(CHEN, week, "cell", weeks=8),
    }


async def run(folder: Path, count: int, only: str) -> dict[str, Any]:
    found: dict[str, Any] = {"cases": count, "goal_s": GOAL_S}
    if only in {"", "sqlite"}:
        file = folder / "evaluation.db"
        metadata.create_all(create_blocking_engine(f"sqlite:///{file}"))
        into_sqlite(file, count)
        storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
        found["sqlite"] = await measure(storage)
        await storage.close()
    if only in {"", "postgresql"}:
        cluster = PostgresPeer()
        try:
            cluster.start()
            storage = Storage(create_engine(StorageSettings(url=cluster.url)))
            async with storage.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            await into_postgres(cluster.url, count)
            found["postgresql"] = await measure(storage)
            await storage.close()
        finally:
            cluster.close()
    return found


def slow(found: dict[str, Any]) -> list[str]:
    """The questions that take longer than the goal."""
    return [
        f"{base}: {one['question']}"
        for base in ("sqlite", "postgresql")
        for one in found.get(base, {}).get("questions", ())
        if one["worst_s"] > GOAL_S
    ]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cases", type=int, default=1_000_000)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    arguments.add_argument("--out", type=Path)
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-evaluation-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen.cases, chosen.only))
    if chosen.out:
        chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    late = slow(found)
    print(f"over {GOAL_S:g} s: " + (", ".join(late) or "none"))
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(main())
