"""The bench `cases`: pages of the list of a million cases, by filters and by words, on SQLite and PostgreSQL.

`scripts/bench cases` (half an hour, most of it loading); `--cases N`, `--only sqlite`. The cases are
synthetic (`load.py`). At the end a year is evaluated (`evaluation.py`).

Each kind of question is asked with many values, as the web asks it: a page of 50 whole cases. The bench's own
processor time stands beside: other programs on the machine make the times longer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine as create_blocking_engine

from cases.life.service import CaseService
from cases.room import CasesRoom
from cases.search.model import CaseAudience, CaseFilter, CaseOrder
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.bench.cases import evaluation
from tests.bench.cases.load import BEGAN, TOLD, WHAT, WHERE, YEARS, into_postgres, into_sqlite
from tests.cases.rooms import known, stage
from tests.peers.checkout import HOME
from tests.peers.postgres import PostgresPeer

GOAL_S = 0.2
TIMES = 60
PAGE = 50


@dataclass(frozen=True)
class Question:
    wanted: CaseFilter
    order: CaseOrder = CaseOrder.NEWEST
    audience: CaseAudience = field(default_factory=CaseAudience)
    pages: int = 1


def questions(chance: random.Random) -> dict[str, Callable[[], Question]]:
    classes = [row.ref for row in known().catalogues.default.rows.values()]
    districts = [one.code for one in known().gazetteer.districts]
    streets = [place.name_zh for place in known().gazetteer.places if place.kind == "street"]
    states = ("filed", "done", "closed", "cancelled")
    pick = chance.choice

    def week() -> dict[str, Any]:
        since = BEGAN + YEARS * chance.random()
        return {"since": since, "until": since + timedelta(days=7)}

    return {
        "no filter": lambda: Question(CaseFilter()),
        "the fifth page": lambda: Question(CaseFilter(), pages=5),
        "oldest first": lambda: Question(CaseFilter(states=("filed",)), CaseOrder.OLDEST),
        "by urgency": lambda: Question(CaseFilter(states=("filed",)), CaseOrder.URGENCY),
        "by change": lambda: Question(CaseFilter(), CaseOrder.UPDATED),
        "by change, a state and a district": lambda: Question(
            CaseFilter(states=(pick(states),), districts=(pick(districts),)), CaseOrder.UPDATED
        ),
        "state": lambda: Question(CaseFilter(states=(pick(states),))),
        "class": lambda: Question(CaseFilter(categories=(pick(classes),))),
        "state, class and district": lambda: Question(
            CaseFilter(states=(pick(states),), categories=(pick(classes),), districts=(pick(districts),))
        ),
        "a week": lambda: Question(CaseFilter(**week())),
        "a week, a class and a word": lambda: Question(
            CaseFilter(categories=(pick(classes),), text=pick(WHAT), **week())
        ),
        "a frequent word": lambda: Question(CaseFilter(text=pick((*WHERE, *WHAT, *TOLD)))),
        "two frequent words": lambda: Question(CaseFilter(text=f"{pick(WHERE)} {pick(WHAT)}")),
        "a word and a rare state": lambda: Question(CaseFilter(states=("cancelled",), text=pick(WHAT))),
        "a street": lambda: Question(CaseFilter(text=pick(streets))),
        "a street and a number": lambda: Question(CaseFilter(text=f"{pick(streets)}{chance.randrange(400)}")),
        "one character": lambda: Question(CaseFilter(text=pick("桥路灯水油噪"))),
        "an English word": lambda: Question(CaseFilter(text=pick(("broken", "loud", "smell", "manhole")))),
        "a word that is nowhere": lambda: Question(CaseFilter(text="量子纠缠")),
        "the end of a number": lambda: Question(CaseFilter(text=f"{chance.randrange(100_000):05}")),
        "a person of two districts, a word": lambda: Question(
            CaseFilter(text=pick(WHAT)),
            audience=CaseAudience("agent7", frozenset(chance.sample(districts, 2)), confidential=False),
        ),
    }  # fmt: skip


async def ask(cases: CaseService, question: Question) -> int:
    after, rows = None, 0
    for _ in range(question.pages):
        found, after = await cases.find(
            question.wanted, question.audience, order=question.order, after=after, limit=PAGE
        )
        rows = len(found)
        if after is None:
            break
    return rows


async def measure(storage: Storage, times: int) -> list[dict[str, Any]]:
    room: CasesRoom = stage(storage).room
    found = []
    for name, make in questions(random.Random(7)).items():
        took, used, rows = [], [], []
        for _ in range(times):
            question = make()
            began, before = time.perf_counter(), time.process_time()
            rows.append(await ask(room.cases, question))
            took.append((time.perf_counter() - began) / question.pages)
            used.append((time.process_time() - before) / question.pages)
        took.sort()
        p95 = took[round(0.95 * (len(took) - 1))]
        found.append({
            "question": name, "rows": statistics.mean(rows), "median_s": statistics.median(took),
            "p95_s": p95, "worst_s": took[-1], "cpu_s": statistics.mean(used),
        })  # fmt: skip
        print(
            f"{storage.dialect}: {name}: median {statistics.median(took):.3f} s, p95 {p95:.3f} s", flush=True
        )
    began = time.perf_counter()
    await room.cases.counts(CaseFilter(text=WHAT[0]), CaseAudience())
    found.append({"question": "counts of a word", "median_s": time.perf_counter() - began})
    return found


async def run(folder: Path, count: int, only: str, times: int) -> dict[str, Any]:
    found: dict[str, Any] = {"cases": count}
    gc.freeze()
    if only in {"", "sqlite"}:
        file = folder / "cases.db"
        blocking = create_blocking_engine(f"sqlite:///{file}")
        metadata.create_all(blocking)
        blocking.dispose()
        storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
        began = time.perf_counter()
        into_sqlite(file, count, known(), stage(storage).room.search)
        found["sqlite_load_s"] = time.perf_counter() - began
        found["sqlite_bytes"] = file.stat().st_size
        print(
            f"sqlite: loaded in {found['sqlite_load_s']:.0f} s, {found['sqlite_bytes']:,} bytes", flush=True
        )
        found["sqlite"] = await measure(storage, times)
        await storage.close()
    if only in {"", "postgresql"}:
        cluster = PostgresPeer()
        try:
            cluster.start()
            storage = Storage(create_engine(StorageSettings(url=cluster.url)))
            async with storage.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            began = time.perf_counter()
            await into_postgres(cluster.url, count, known(), stage(storage).room.search)
            found["postgresql_load_s"] = time.perf_counter() - began
            print(f"postgresql: loaded in {found['postgresql_load_s']:.0f} s", flush=True)
            found["postgresql"] = await measure(storage, times)
            await storage.close()
        finally:
            cluster.close()
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--cases", type=int, default=1_000_000)
    arguments.add_argument("--times", type=int, default=TIMES)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-cases-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen.cases, chosen.only, chosen.times))
        found["evaluation"] = asyncio.run(evaluation.run(Path(name), chosen.cases, chosen.only))
    found |= {"machine": platform.platform(), "cores": os.cpu_count(), "load_before": load, "goal_s": GOAL_S}
    chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    slow = [
        f"{base}: {one['question']}"
        for base in ("sqlite", "postgresql")
        for one in found.get(base, ())
        if one.get("p95_s", 0) > GOAL_S
    ]
    print("p95 over 200 ms: " + (", ".join(slow) or "none"))
    late = evaluation.slow(found["evaluation"])
    print(f"evaluations over {evaluation.GOAL_S:g} s: " + (", ".join(late) or "none"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
