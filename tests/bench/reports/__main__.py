"""The bench `reports`: every kind of report over a million calls of a year, on SQLite and on PostgreSQL.

`scripts/bench reports` (about two minutes); `--calls N`, `--only sqlite`. The calls are synthetic and loaded
past the keeper; the reports are asked exactly as the web asks them. Each is asked four times, the first time
on a connection that has read nothing. The bench's own processor time stands beside: on a busy machine it
tells what a quiet one would take (all of it for SQLite, the reading alone for PostgreSQL).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine as create_blocking_engine

from cdr.reports import formats
from cdr.reports.bulk import BulkLimit
from cdr.reports.intervals import Interval
from cdr.reports.service import ReportRequest, ReportResult, Reports
from core.actor import Actor, Role
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.bench.reports.load import facts, into_postgres, into_sqlite, rows_of, shifts
from tests.cdr.ports import NobodyApproves
from tests.cdr.world import Trail
from tests.peers.checkout import HOME
from tests.peers.postgres import PostgresPeer

GOAL_S = 2.0
TIMES = 4
BY = Actor("zhao.lei", "Zhao", frozenset({Role.SUPERVISOR}))
YEAR = ("2026-01-01", "2027-01-01")
MONTH = ("2026-06-01", "2026-07-01")

Ask = Callable[[Reports], Awaitable[ReportResult]]


def asked() -> dict[str, Ask]:
    def queues(time_: tuple[str, str], interval: Interval) -> Ask:
        return lambda reports: reports.queues(BY, ReportRequest(*time_, interval))

    def agents(time_: tuple[str, str], interval: Interval) -> Ask:
        return lambda reports: reports.agents(BY, ReportRequest(*time_, interval))

    def some_calls(reports: Reports) -> Awaitable[ReportResult]:
        return reports.calls(BY, ReportRequest(*MONTH), limit=1_000)

    return {
        "queues, the year in one row": queues(YEAR, Interval.WHOLE),
        "queues, the year by month": queues(YEAR, Interval.MONTH),
        "queues, the year by day": queues(YEAR, Interval.DAY),
        "queues, a month by hour": queues(MONTH, Interval.HOUR),
        "queues, a month by 15 minutes": queues(MONTH, Interval.QUARTER),
        "200 agents, the year in one row": agents(YEAR, Interval.WHOLE),
        "200 agents, the year by month": agents(YEAR, Interval.MONTH),
        "200 agents, the year by week": agents(YEAR, Interval.WEEK),
        "200 agents, a month by day": agents(MONTH, Interval.DAY),
        "calls of a month, a page of 1,000": some_calls,
    }


async def measure(storage: Storage) -> list[dict[str, Any]]:
    found = []
    for name, ask in asked().items():
        await storage.close()
        reports = Reports(storage, Trail(), "Asia/Shanghai", bulk=BulkLimit(100_000, NobodyApproves()))
        took: list[float] = []
        used: list[float] = []
        rows = 0
        for _ in range(TIMES):
            began, before = time.perf_counter(), time.process_time()
            answer = await ask(reports)
            took.append(time.perf_counter() - began)
            used.append(time.process_time() - before)
            rows = len(answer.rows)
        began = time.perf_counter()
        size = len(formats.csv_of(answer))
        written = time.perf_counter() - began
        found.append({
            "report": name, "rows": rows, "first_s": took[0], "median_s": statistics.median(took[1:]),
            "worst_s": max(took), "cpu_s": statistics.median(used), "csv_s": written, "csv_bytes": size,
        })  # fmt: skip
        print(
            f"{storage.dialect}: {name}: {max(took):.2f} s, {max(used):.2f} s of processor, {rows} rows",
            flush=True,
        )
    return found


async def run(folder: Path, calls: int, only: str) -> dict[str, Any]:
    print(f"making {calls:,} calls …", flush=True)
    rows = rows_of(facts(calls), shifts())
    # No centre holds a million calls in memory: to look through them for garbage took 1.7 s of a report.
    gc.freeze()
    found: dict[str, Any] = {"calls": calls, "rows": {name: len(some) for name, some in rows.items()}}
    print("rows: " + ", ".join(f"{name} {len(some):,}" for name, some in rows.items()), flush=True)
    if only in {"", "sqlite"}:
        file = folder / "ledger.db"
        blocking = create_blocking_engine(f"sqlite:///{file}")
        metadata.create_all(blocking)
        blocking.dispose()
        into_sqlite(file, rows)
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
            await into_postgres(cluster.url, rows)
            found["postgresql"] = await measure(storage)
            await storage.close()
        finally:
            cluster.close()
    return found


def table(found: dict[str, Any]) -> str:
    bases = [name for name in ("sqlite", "postgresql") if name in found]
    lines = [
        "| report | rows | " + " | ".join(f"{base}, s (worst; own processor)" for base in bases) + " |",
        "|---|---|" + "---|" * len(bases),
    ]
    for at, row in enumerate(found[bases[0]]):
        timed = (found[base][at] for base in bases)
        cells = [f"{one['median_s']:.2f} ({one['worst_s']:.2f}; {one['cpu_s']:.2f})" for one in timed]
        lines.append(f"| {row['report']} | {row['rows']:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--calls", type=int, default=1_000_000)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-reports-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen.calls, chosen.only))
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "load_before": load}
    chosen.out.write_text(json.dumps(found, indent=1))
    worst = max(row["worst_s"] for base in ("sqlite", "postgresql") for row in found.get(base, []))
    print(f"\n{table(found)}\n")
    print(f"worst {worst:.2f} s over {chosen.calls:,} calls; load before {load:.1f}")
    print(f"goal: each below {GOAL_S:g} s: {'reached' if worst < GOAL_S else 'MISSED'}")
    return 0 if worst < GOAL_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
