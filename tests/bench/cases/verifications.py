"""What figures of 50,000 verification tasks take: `python -m tests.bench.cases.verifications`.

Synthetic tasks of a year, on SQLite (`--tasks N`, `--only postgresql` for the other). Prints the statements
that a question needs, and its seconds; the bench's own processor time stands beside.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import event, insert

from cases.evaluation.service import EvaluationRequest
from cases.evaluation.verifications.service import TaskEvaluations
from cases.verification.tables import verifications
from core.actor import Actor, Role
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from tests.cases.rooms import stage
from tests.peers.checkout import HOME
from tests.peers.postgres import PostgresPeer

GOAL_S: Final = 1.0
TIMES: Final = 5
AT_ONCE: Final = 1_000
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
YEAR: Final = EvaluationRequest(date(2026, 1, 1), date(2027, 1, 1))
CHEN: Final = Actor("chen", "Chen", frozenset({Role.SUPERVISOR}))


async def fill(storage: Storage, count: int) -> None:
    chance = random.Random(1)
    for first in range(0, count, AT_ONCE):
        rows = []
        for at in range(first, min(first + AT_ONCE, count)):
            asked = BEGAN + timedelta(days=364) * (at / count)
            answered = chance.random() < 0.9
            unit = f"app:{chance.randrange(200)}"
            acts = [{"action": "ask", "at": asked.isoformat(), "by": "zhao", "reason": ""}] * 3
            rows.append({
                "task_id": uuid7(), "draft_id": None if at % 3 else uuid7(),
                "case_id": uuid7() if at % 3 else None, "unit_id": unit, "unit_name": f"{unit}号",
                "state": "answered" if answered else chance.choice(["expired", "recalled", "declined"]),
                "words": "去看一下", "asked_by": "zhao", "asked_at": asked,
                "due_at": asked + timedelta(minutes=30), "beat": f"b-{chance.randrange(60)}",
                "confidential": False, "finding": "confirmed" if answered else "", "answer": "看过了",
                "answered_at": asked + timedelta(minutes=chance.randrange(50)) if answered else None,
                "acts": acts,
            })  # fmt: skip
        async with storage.write() as transaction:
            await transaction.connection.execute(insert(verifications), rows)


async def measure(storage: Storage, count: int) -> float:
    """The worst seconds."""
    async with storage.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await fill(storage, count)
    room = stage(storage).room
    evaluations = TaskEvaluations(storage, room.evaluations, room.record, tuple, dict, hours=8.0)
    statements: list[str] = []
    event.listen(
        storage.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_more: statements.append(statement),
    )
    worst = 0.0
    for by in ("unit", "beat"):
        took, used = [], []
        for _ in range(TIMES):
            statements.clear()
            began, before = time.perf_counter(), time.process_time()
            found = await evaluations.evaluate(CHEN, YEAR, by, "all")
            took.append(time.perf_counter() - began)
            used.append(time.process_time() - before)
        worst = max(worst, *took)
        print(
            f"{storage.dialect}: {found.total.counts['asked']} tasks by {by}: {len(statements)} statements, "
            f"median {sorted(took)[TIMES // 2]:.2f} s, worst {max(took):.2f} s, processor {min(used):.2f} s",
            flush=True,
        )
    await storage.close()
    return worst


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tasks", type=int, default=50_000)
    arguments.add_argument("--only", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = arguments.parse_args()
    if chosen.only == "postgresql":
        cluster = PostgresPeer()
        try:
            cluster.start()
            storage = Storage(create_engine(StorageSettings(url=cluster.url)))
            worst = asyncio.run(measure(storage, chosen.tasks))
        finally:
            cluster.close()
    else:
        HOME.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="bench-verifications-", dir=HOME) as name:
            url = f"sqlite+aiosqlite:///{Path(name) / 'ledger.db'}"
            storage = Storage(create_engine(StorageSettings(url=url)))
            worst = asyncio.run(measure(storage, chosen.tasks))
    print(f"goal {GOAL_S:g} s: {'reached' if worst < GOAL_S else 'MISSED'}")
    return 0 if worst < GOAL_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
