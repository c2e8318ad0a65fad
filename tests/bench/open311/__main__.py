"""The bench `open311`: reading reports by Open311, against a bare ASGI app that gives the same bytes.

`scripts/bench open311` (two minutes); `--reports N`, `--only sqlite`, `--seconds S`, `--profile`. A ledger of
a year is filled (`ledger.py`), then asked by 16 connections: the list of services, the newest reports (a page
of 200, and of 20), reports of a class with many different pages, and single reports. The bare app stands on
the same web server, in the same run, and gives the very bytes from memory: the ratio is what Open311 itself
costs. Clients and server share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import pstats
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine as create_blocking_engine

from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.bench.open311.asking import fetch, load, port_of, rate
from tests.bench.open311.ledger import fill
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.postgres import PostgresPeer
from tests.peers.program import Program

GOAL_PER_S = 500.0
PATH = "/api/open311/v2"
BARE_ADDRESSES = 50
"""So many addresses of a question are recorded for the bare app."""

Address = Callable[[], str]


def questions(reports: int, chance: random.Random) -> dict[str, Address]:
    newest = range(int(reports * 0.76), reports)

    def numbers(count: int) -> str:
        return ",".join(f"R{one:09}" for one in chance.sample(newest, count))

    return {
        "services": lambda: f"{PATH}/services.json",
        "list, the newest 200": lambda: f"{PATH}/requests.json",
        "list, the newest 20": lambda: f"{PATH}/requests.json?page_size=20",
        "list, 20, many pages": lambda: f"{PATH}/requests.json?page_size=20&page={chance.randrange(1, 51)}",
        "list, 20 named": lambda: f"{PATH}/requests.json?service_request_id={numbers(20)}",
        "single": lambda: f"{PATH}/requests/R{chance.choice(newest):09}.json",
    }


@contextmanager
def serving(folder: Path, kind: str, what: str, *, profile: Path | None = None) -> Iterator[tuple[int, int]]:
    """Port and process."""
    port_file = folder / f"{kind}.port"
    port_file.unlink(missing_ok=True)
    argv = [sys.executable, "-m", "tests.bench.open311.server", str(port_file), kind, what]
    program = Program(
        [*argv, *(["--profile", str(profile)] if profile else [])], log=folder / f"{kind}.log", cwd=CHECKOUT
    )
    try:
        program.wait_until(port_file.exists, what="a server that listens", timeout=120)
        yield port_of(port_file), program.pid
    finally:
        program.stop(15)


async def measure(folder: Path, url: str, reports: int, seconds: float) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    bodies: dict[str, str] = {}
    recorded: dict[str, list[str]] = {}
    with serving(folder, "own", url) as (port, pid):
        for name, address in questions(reports, random.Random(5)).items():
            own = await rate(port, pid, address, seconds)
            recorded[name] = [address() for _ in range(BARE_ADDRESSES)]
            for path in recorded[name]:
                bodies[path] = (await fetch(port, path)).decode()
            found.append({"question": name, "own": asdict(own)})
    (folder / "bodies.json").write_text(json.dumps(bodies), encoding="utf-8")
    chance = random.Random(6)
    with serving(folder, "bare", str(folder / "bodies.json")) as (port, pid):
        for row in found:
            paths = recorded[row["question"]]
            row["bare"] = asdict(await rate(port, pid, lambda paths=paths: chance.choice(paths), seconds))  # type: ignore[misc]
            row["ratio"] = round(row["own"]["per_s"] / row["bare"]["per_s"], 3)
            print(
                f"{row['question']}: {row['own']['per_s']} /s, bare {row['bare']['per_s']} /s, "
                f"ratio {row['ratio']}",
                flush=True,
            )
    return found


async def profiled(folder: Path, url: str, reports: int, seconds: float) -> None:
    """Print where the time of each question went; its rates are no result."""
    for name, address in questions(reports, random.Random(5)).items():
        with serving(folder, "own", url, profile=folder / "profile") as (port, pid):
            await rate(port, pid, address, seconds)
        print(f"\n## {name}")
        pstats.Stats(str(folder / "profile")).sort_stats("cumulative").print_stats(60)


async def run(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = {"reports": chosen.reports, "goal_per_s": GOAL_PER_S}
    ask = profiled if chosen.profile else measure
    if chosen.only in {"", "sqlite"}:
        file = folder / "ledger.db"
        url = f"sqlite+aiosqlite:///{file}"
        blocking = create_blocking_engine(f"sqlite:///{file}")
        metadata.create_all(blocking)
        blocking.dispose()
        await _filled(url, chosen.reports)
        found["sqlite"] = await ask(folder, url, chosen.reports, chosen.seconds)
    if chosen.only in {"", "postgresql"}:
        cluster = PostgresPeer()
        try:
            cluster.start()
            storage = Storage(create_engine(StorageSettings(url=cluster.url)))
            async with storage.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            await storage.close()
            await _filled(cluster.url, chosen.reports)
            found["postgresql"] = await ask(folder, cluster.url, chosen.reports, chosen.seconds)
        finally:
            cluster.close()
    return found


async def _filled(url: str, reports: int) -> None:
    storage = Storage(create_engine(StorageSettings(url=url)))
    await fill(storage, reports)
    await storage.close()


def table(found: dict[str, Any]) -> str:
    lines = [
        "| database | question | bytes | own, /s | p95, ms | own processor, ms | bare, /s | ratio |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for base in ("sqlite", "postgresql"):
        for row in found.get(base) or ():
            own, bare = row["own"], row["bare"]
            lines.append(
                f"| {base} | {row['question']} | {own['mean_bytes']:,} | {own['per_s']:,.0f} "
                f"| {own['p95_ms']:.0f} | {own['cpu_ms']:.2f} | {bare['per_s']:,.0f} | {row['ratio']:.2f} |"
            )
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--reports", type=int, default=100_000)
    arguments.add_argument("--seconds", type=float, default=5.0)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    arguments.add_argument("--profile", action="store_true", help="print where the time goes instead")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    before = load()
    with tempfile.TemporaryDirectory(prefix="bench-open311-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen))
    if chosen.profile:
        return 0
    found["machine"] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": before,
        "load_after": load(),
    }
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\n{table(found)}\n\nload before {before:.1f}, after {load():.1f}")
    slow = [
        f"{base}: {row['question']}"
        for base in ("sqlite", "postgresql")
        for row in found.get(base) or ()
        if row["own"]["per_s"] < GOAL_PER_S
    ]
    print(f"goal: {GOAL_PER_S:g} answers/s: {'reached' if not slow else 'MISSED: ' + ', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
