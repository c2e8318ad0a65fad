"""The bench `feeds`: signed events at 500 a second for some seconds, each of them once, and the time until
each has its draft.

`scripts/bench feeds` (two minutes); `--seconds S`, `--only sqlite`. The source stands on the same machine and
posts by 16 connections; a second pass repeats every event, signed anew. The product's web server, gate,
intake and reports are in one process; what drafting costs after the report is the bench `drafting`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select

from citizen.tables import reports
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from sensing.tables import feed_events
from tests.bench.feeds.posting import Posted, post_all
from tests.bench.open311.asking import load, port_of
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.postgres import PostgresPeer
from tests.peers.program import Program

GOAL_PER_S = 500.0
DRAFTED_S = 600.0


@asynccontextmanager
async def filled(url: str) -> AsyncIterator[Storage]:
    """A database with empty tables."""
    storage = Storage(create_engine(StorageSettings(url=url)))
    async with storage.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield storage
    await storage.close()


def server(folder: Path, url: str) -> tuple[Program, int]:
    """The process, and its port."""
    port_file = folder / "feeds.port"
    port_file.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "tests.bench.feeds.server", str(port_file), url]
    program = Program(argv, log=folder / "feeds.log", cwd=CHECKOUT)
    program.wait_until(port_file.exists, what="a server that listens", timeout=120)
    return program, port_of(port_file)


async def counted(storage: Storage) -> tuple[int, int, int]:
    """Events, those that wait for their draft, reports."""
    async with storage.read() as connection:
        events = select(func.count(), func.count().filter(feed_events.c.state == "waiting"))
        every, waiting = (await connection.execute(events.select_from(feed_events))).one()
        return (
            every,
            waiting,
            (await connection.execute(select(func.count()).select_from(reports))).scalar_one(),
        )


async def measure(folder: Path, url: str, seconds: float) -> dict[str, Any]:
    async with filled(url) as storage:
        program, port = server(folder, url)
        try:
            many = int(GOAL_PER_S * seconds)
            first, second = Posted(), Posted()
            process = psutil.Process(program.pid)
            used = sum(process.cpu_times()[:2])
            began = time.perf_counter()
            await post_all(port, iter(range(many)), first, per_s=GOAL_PER_S)
            lasted, used = time.perf_counter() - began, sum(process.cpu_times()[:2]) - used
            await post_all(port, iter(range(many)), second)
            until = time.perf_counter() + DRAFTED_S
            while (await counted(storage))[1] and time.perf_counter() < until:
                await asyncio.sleep(0.2)
            drafted = time.perf_counter() - began
            events, waiting, made = await counted(storage)
        finally:
            program.stop(15)
    took = sorted(first.took)
    if not took:
        raise RuntimeError(f"no event was answered; lost connections: {first.lost}")
    return {
        "posted": many, "accepted": len(first.accepted), "refused": first.refused,
        "per_s": round(len(first.accepted) / lasted, 1),
        "p95_ms": round(took[int(0.95 * (len(took) - 1))] * 1000, 1),
        "cpu_ms": round(used / max(1, len(first.accepted)) * 1000, 2),
        "repeated_again": second.again, "events": events, "waiting": waiting, "reports": made,
        "drafts_per_s": round(made / drafted, 1),
    }  # fmt: skip


async def run(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"goal_per_s": GOAL_PER_S}
    if chosen.only in {"", "sqlite"}:
        found["sqlite"] = await measure(folder, f"sqlite+aiosqlite:///{folder / 'feeds.db'}", chosen.seconds)
    if chosen.only in {"", "postgresql"}:
        cluster = PostgresPeer()
        try:
            cluster.start()
            found["postgresql"] = await measure(folder, cluster.url, chosen.seconds)
        finally:
            cluster.close()
    return found


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    before = load()
    with tempfile.TemporaryDirectory(prefix="bench-feeds-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen))
    found["machine"] = {
        "python": platform.python_version(), "cores": os.cpu_count(),
        "load_before": before, "load_after": load(),
    }  # fmt: skip
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(
        "| database | posted | accepted, /s | p95, ms | own processor, ms | events | reports | drafts, /s |\n"
        + "|---" * 8
        + "|"
    )
    wrong = []
    for base in ("sqlite", "postgresql"):
        if base not in found:
            continue
        row = found[base]
        print(
            f"| {base} | {row['posted']:,} | {row['per_s']:,.0f} | {row['p95_ms']:.0f} "
            f"| {row['cpu_ms']:.2f} | {row['events']:,} "
            f"| {row['reports']:,} | {row['drafts_per_s']:,.0f} |"
        )
        once = row["posted"] == row["accepted"] == row["events"] == row["reports"] == row["repeated_again"]
        if not once:
            wrong.append(f"{base}: not each once")
        if row["per_s"] < GOAL_PER_S * 0.98:
            wrong.append(f"{base}: slower")
    print(f"\nload before {before:.1f}, after {load():.1f}")
    fate = "MISSED: " + ", ".join(wrong) if wrong else "reached"
    print(f"goal: {GOAL_PER_S:g} events/s, each once: {fate}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
