"""What the ledger has of the calls that were placed, and when each pop came, after a part of the bench."""

from __future__ import annotations

import csv
import time
from typing import Any

from core.ids import leg_id
from tests.bench.hotline.stage import Stage
from tests.bench.people import person

SETTLE_S = 180.0


def settle(stage: Stage, placed: int) -> dict[str, Any]:
    """Wait until nothing more comes; what is there and what is missing."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        found = _record(stage, placed)
        if not found["incomplete"] or time.monotonic() > deadline:
            found["settled_after_s"] = round(SETTLE_S - (deadline - time.monotonic()), 1)
            return found
        time.sleep(1)


def _record(stage: Stage, placed: int) -> dict[str, Any]:
    def one(query: str) -> int:
        return int(stage.ask(query)[0][0] or 0)

    calls = one("SELECT count(*) FROM cdr_calls WHERE merged_into IS NULL AND direction = 'inbound'")
    whole = one(
        "SELECT count(*) FROM cdr_calls c WHERE c.ended_at IS NOT NULL AND c.merged_into IS NULL "
        "AND c.direction = 'inbound' AND c.seal IS NOT NULL AND 2 = (SELECT count(*) FROM cdr_recordings r "
        "WHERE r.call_id = c.call_id AND r.state = 'complete')"
    )
    return {
        "placed": placed,
        "calls": calls,
        "whole": whole,
        "incomplete": max(placed, calls) - whole,
        "doubled": max(0, calls - placed),
        "figures": one("SELECT count(*) FROM cdr_facts WHERE direction = 'inbound'"),
        "recordings": dict(stage.ask("SELECT state, count(*) FROM cdr_recordings GROUP BY state")),
        "outcomes": dict(stage.ask("SELECT outcome, count(*) FROM cdr_calls GROUP BY outcome")),
        "closed_by_reader": one("SELECT count(*) FROM cdr_calls WHERE closed_by = 'reader'"),
    }


def pops(stage: Stage, seen: dict[str, Any]) -> dict[str, Any]:
    """From the moment at which Asterisk made the agent's leg (its CEL) to the frame at the desk, in ms.

    Only legs of agents whose desk is open can pop.
    """
    watched = {f"PJSIP/{person(number).endpoint}-" for number in range(1, stage.plan.desks + 1)}
    began: dict[str, float] = {}
    with stage.switch.cel.open(encoding="utf-8", errors="replace", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) > 10 and row[0] == "CHAN_START" and row[6].rpartition("-")[0] + "-" in watched:
                began[str(leg_id("songhua", row[9]))] = float(row[1])
    took = sorted((seen["pops"][leg] - at) * 1000 for leg, at in began.items() if leg in seen["pops"])
    return {
        "rings": len(began),
        "pops": len(took),
        "missing": len(began) - len(took),
        "p50_ms": _at(took, 0.5),
        "p99_ms": _at(took, 0.99),
        "max_ms": _at(took, 1.0),
    }


def lags(seen: dict[str, Any]) -> dict[str, Any]:
    """From an event's making to the desk, in ms; the longest is of all frames, the shares of a sample."""
    some = sorted(lag * 1000 for lag in seen["lags"])
    return {"frames": seen["frames"], "p50_ms": _at(some, 0.5), "p99_ms": _at(some, 0.99),
            "max_ms": round(seen["longest_lag"] * 1000, 1), "snapshots": seen["snapshots"]}  # fmt: skip


def _at(ordered: list[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
