"""What finding deadlines costs with 100,000 running clocks: `python -m tests.bench.cases.deadlines`.

Synthetic cases on SQLite (`load.py`). First nothing comes to its time, then `--rate` clocks a minute do: 60
is what limits of three days make of 100,000 cases. Prints the processor time as a share of one core, and how
late each was found. `--cases N`, `--seconds S`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine as create_blocking_engine
from sqlalchemy import select, update

from cases.tables import case_clocks, cases
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.bench.cases.load import into_sqlite
from tests.cases.rooms import Stage, known, stage

SHARE = 0.02
LATE_S = 5.0


def rows(keys: list[tuple[Any, int]], far: datetime) -> Iterator[dict[str, Any]]:
    """A running clock for each case, none of which comes to its time soon."""
    for case_id, filed_order in keys:
        yield {
            "case_id": case_id, "filed_order": filed_order, "stage": "handling", "started_at": far,
            "limit_text": "4工作时", "condition_zh": "x", "condition_en": "x", "choice": "only",
            "counting": "working", "season": "", "warn_at": far, "due_at": far + timedelta(days=1),
            "provisional": False, "next_at": far,
        }  # fmt: skip


async def prepared(on: Stage) -> list[int]:
    """The clocks, by their keys."""
    far = datetime.now(UTC) + timedelta(days=30)
    async with on.storage.read() as connection:
        found = await connection.execute(select(cases.c.case_id, cases.c.filed_order))
        keys = [(row.case_id, row.filed_order) for row in found]
    made = rows(keys, far)
    while some := list(islice(made, 5_000)):
        async with on.storage.write() as transaction:
            await transaction.connection.execute(case_clocks.insert(), some)
    async with on.storage.write() as transaction:
        await transaction.connection.execute(update(cases).values(state="filed"))
        await transaction.connection.exec_driver_sql("ANALYZE")
    async with on.storage.read() as connection:
        return list(await connection.scalars(select(case_clocks.c.seq)))


async def watched(on: Stage, seconds: float) -> float:
    """The share of one core that the watch took."""
    task = asyncio.create_task(on.room.watch.run())
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    share = (time.process_time() - used) / (time.monotonic() - began)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return share


async def coming(on: Stage, clocks: list[int], seconds: float, rate: float) -> list[int]:
    """So many clocks a minute warn within the time, evenly."""
    now = datetime.now(UTC)
    many = int(rate * seconds / 60)
    chosen = clocks[:: max(1, len(clocks) // many)][:many]
    async with on.storage.write() as transaction:
        for number, seq in enumerate(chosen):
            at = now + timedelta(seconds=1 + number * (seconds - 4) / many)
            await transaction.connection.execute(
                update(case_clocks).where(case_clocks.c.seq == seq).values(warn_at=at, next_at=at)
            )
    return chosen


async def measured(file: Path, seconds: float, rate: float) -> dict[str, Any]:
    storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
    try:
        on = stage(storage)
        clocks = await prepared(on)
        idle = await watched(on, seconds)
        chosen = await coming(on, clocks, seconds, rate)
        busy = await watched(on, seconds)
        async with storage.read() as connection:
            query = select(case_clocks.c.warn_at, case_clocks.c.warned_at)
            found = (await connection.execute(query.where(case_clocks.c.seq.in_(chosen)))).all()
        late = sorted((row.warned_at - row.warn_at).total_seconds() for row in found if row.warned_at)
        return {
            "clocks": len(clocks), "rate_per_minute": rate, "idle_share": round(idle, 4),
            "busy_share": round(busy, 4), "warned": len(late), "of": len(chosen),
            "late_p50_s": round(late[len(late) // 2], 2), "late_max_s": round(late[-1], 2),
        }  # fmt: skip
    finally:
        await storage.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=60.0)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        metadata.create_all(create_blocking_engine(f"sqlite:///{file}"))
        into_sqlite(file, wish.cases, known(), stage_search(file))
        found = asyncio.run(measured(file, wish.seconds, wish.rate))
    print(json.dumps(found, indent=2))
    kept = found["busy_share"] <= SHARE and found["late_max_s"] <= LATE_S and found["warned"] == found["of"]
    raise SystemExit(0 if kept else 1)


def stage_search(file: Path) -> Any:
    """What makes the terms of the cases."""
    storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
    return stage(storage).room.search


if __name__ == "__main__":
    main()
