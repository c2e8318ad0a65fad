"""Signed events of a feed at 500 a second, each stored once, on SQLite; on both databases: `scripts/bench
feeds`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.feeds.__main__ import GOAL_PER_S, measure
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal


def run(folder: Path, short: bool) -> Found:
    url = f"sqlite+aiosqlite:///{folder / 'feeds.db'}"
    return asyncio.run(measure(folder, url, 2.0 if short else 10.0))


def tell(found: Found) -> list[str]:
    return headed(
        "signed events",
        row("posted, accepted in a second", found["posted"], found["per_s"]),
        row("answer p95, ms; processor of the service, ms", found["p95_ms"], found["cpu_ms"]),
        row(
            "stored, drafted, repeated and known", found["events"], found["reports"], found["repeated_again"]
        ),
        row("drafts in a second", found["drafts_per_s"]),
    )


def goals(found: Found) -> list[Goal]:
    names = ("accepted", "events", "reports", "repeated_again")
    once = all(found[one] == found["posted"] for one in names)
    return [
        (
            once and found["per_s"] >= GOAL_PER_S * 0.98,
            (
                f"{GOAL_PER_S:g} signed events/s, each once: {found['per_s']}/s, "
                f"{'each once' if once else 'NOT each once'}"
            ),
        )
    ]
