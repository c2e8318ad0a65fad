"""What filing a case and each act on it take, on a small and on a large ledger.

`python -m tests.bench.cases.acts`, also a part of `scripts/bench cases`.

Synthetic cases lie in the ledger (`load.py`); then so many are filed with class, beat, clock, department and
the events from which notices are made, and each is signed for, answered, verified and closed. One at a time,
with SQLite's and PostgreSQL's own durability. `--sizes N N`, `--times N`, `--only sqlite|postgresql`,
`--out FILE`. The bench's own processor time stands beside: other programs on the machine make times longer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import create_engine as create_blocking_engine

from cases.assignments.service import AskedAct, AssignedCase
from cases.events import AssignmentAction, CaseView
from cases.life.model import CaseAction
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.bench.cases.load import into_postgres, into_sqlite
from tests.cases.assignments.people import ACCEPTOR, MA, Office, office
from tests.cases.rooms import known, stage
from tests.peers.checkout import HOME
from tests.peers.postgres import PostgresPeer

FILING_S: Final = 0.02
"""p95 of filing."""
FLAT: Final = 1.2
"""At most so many times the processor time of the smallest ledger at the largest."""
SIZES: Final = (10_000, 1_000_000)
TIMES: Final = 300
FIRST: Final = 20
"""Not counted: what is loaded once."""
PACE_S: Final = 7.0
"""Between two cases on the city's clock."""
T = TypeVar("T")


class Watch:
    """Seconds and processor seconds of each kind of act."""

    def __init__(self) -> None:
        self._took: dict[str, list[tuple[float, float]]] = defaultdict(list)

    async def time(self, name: str, act: Awaitable[T]) -> T:
        began, used = time.perf_counter(), time.process_time()
        found = await act
        self._took[name].append((time.perf_counter() - began, time.process_time() - used))
        return found

    def figures(self) -> dict[str, dict[str, float]]:
        found = {}
        for name, rows in self._took.items():
            took = sorted(one for one, _ in rows[FIRST:])
            found[name] = {
                "median_ms": round(1000 * statistics.median(took), 2),
                "p95_ms": round(1000 * took[round(0.95 * (len(took) - 1))], 2),
                "cpu_ms": round(1000 * statistics.median(used for _, used in rows[FIRST:]), 2),
            }
        return found


async def measured(storage: Storage, times: int) -> dict[str, dict[str, float]]:
    """Of each act, by its name."""
    at, watch = office(storage), Watch()
    for _ in range(FIRST + times):
        case = await watch.time("file", at.filed())
        await watch.time("sign", await acted(at, case, AssignmentAction.SIGN))
        await watch.time("answer", await acted(at, case, AssignmentAction.ANSWER, "已清运"))
        await watch.time("verify", stepped(at, case, CaseAction.VERIFY))
        await watch.time("close", stepped(at, case, CaseAction.CLOSE))
        at.clock.advance(PACE_S)
    return watch.figures()


async def acted(
    at: Office, case: CaseView, action: AssignmentAction, text: str = ""
) -> Awaitable[AssignedCase]:
    """Ready to be awaited: what the department sees of its assignment was read before."""
    seen = (await at.of(case)).assignment
    return at.service.act(seen.assignment_id, AskedAct(action, seen.rev, text), op_id=uuid7(), actor=MA)


async def stepped(at: Office, case: CaseView, action: CaseAction) -> CaseView:
    condition = "restored" if action is CaseAction.CLOSE else ""
    return await at.on.room.cases.take_step(
        case.case_id, action, op_id=uuid7(), actor=ACCEPTOR, reason="现场已恢复", condition=condition
    )


async def on_sqlite(file: Path, size: int, times: int) -> dict[str, dict[str, float]]:
    blocking = create_blocking_engine(f"sqlite:///{file}")
    metadata.create_all(blocking)
    blocking.dispose()
    storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
    try:
        into_sqlite(file, size, known(), stage(storage).room.search)
        return await measured(storage, times)
    finally:
        await storage.close()


async def on_postgresql(size: int, times: int) -> dict[str, dict[str, float]]:
    cluster = PostgresPeer()
    try:
        cluster.start()
        storage = Storage(create_engine(StorageSettings(url=cluster.url)))
        try:
            async with storage.engine.begin() as connection:
                await connection.run_sync(metadata.create_all)
            await into_postgres(cluster.url, size, known(), stage(storage).room.search)
            return await measured(storage, times)
        finally:
            await storage.close()
    finally:
        cluster.close()


async def run(folder: Path, sizes: Sequence[int], times: int, only: str) -> dict[str, Any]:
    """Figures by base and size of the ledger."""
    found: dict[str, Any] = {"times": times, "goal_filing_p95_ms": 1000 * FILING_S, "goal_flat": FLAT}
    gc.freeze()
    for base in ("sqlite", "postgresql"):
        if only in {"", base}:
            found[base] = {}
            for size in sizes:
                if base == "sqlite":
                    figures = await on_sqlite(folder / f"acts-{size}.db", size, times)
                else:
                    figures = await on_postgresql(size, times)
                found[base][str(size)] = figures
                for name, row in figures.items():
                    print(f"{base}, {size:,} cases: {name}: {row}", flush=True)
    return found


def missed(found: dict[str, Any]) -> list[str]:
    """What is slower, or grows more, than the goal."""
    wrong = []
    for base in ("sqlite", "postgresql"):
        by_size = found.get(base, {})
        if not by_size:
            continue
        small, large = by_size[min(by_size, key=int)], by_size[max(by_size, key=int)]
        for size, figures in by_size.items():
            if figures["file"]["p95_ms"] > 1000 * FILING_S:
                wrong.append(f"{base}, {size}: filing p95 {figures['file']['p95_ms']} ms")
        for name, row in large.items():
            if row["cpu_ms"] > FLAT * small[name]["cpu_ms"]:
                wrong.append(f"{base}: {name} grows from {small[name]['cpu_ms']} to {row['cpu_ms']} ms")
    return wrong


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--times", type=int, default=TIMES)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    arguments.add_argument("--out", type=Path)
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-acts-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen.sizes, chosen.times, chosen.only))
    if chosen.out:
        chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    wrong = missed(found)
    print("missed: " + ("; ".join(wrong) or "none"))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
