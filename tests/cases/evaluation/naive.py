"""The counts of docs/evaluation.md by a plain walk over the tables: what the sums must be."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from cases.assignments.tables import assignment_acts, assignments
from cases.evaluation.model import COUNTS
from cases.tables import case_clocks, case_departments, case_history, cases, dispatches
from core.storage import Storage

SOON = timedelta(minutes=15)
AGAIN = timedelta(days=30)
GONE = {"cancelled", "handed_over", "merged"}


async def naive(storage: Storage, by: str) -> dict[str, dict[str, int]]:
    """The counts of every case there is, by the dimension; cases without calls and declined reports alone."""
    async with storage.read() as connection:
        rows = [dict(row) for row in (await connection.execute(select(cases))).mappings()]
        log = list((await connection.execute(select(case_history).order_by(case_history.c.seq))).mappings())
        clocks = list((await connection.execute(select(case_clocks))).mappings())
        sent = list((await connection.execute(select(dispatches))).mappings())
        given = list((await connection.execute(select(assignments).order_by(assignments.c.seq))).mappings())
        done_by_departments = list(
            (await connection.execute(select(assignment_acts).order_by(assignment_acts.c.seq))).mappings()
        )
        hosts = {
            row["case_id"]: row["department_id"]
            for row in (await connection.execute(select(case_departments))).mappings()
            if row["part"] == "host"
        }
    acts: dict[Any, list[Any]] = defaultdict(list)
    for line in log:
        acts[line["case_id"]].append(line)
    out: dict[str, Counter[str]] = defaultdict(Counter)
    rows.sort(key=lambda row: row["filed_order"])
    for at, row in enumerate(rows):
        key = row["case_id"]
        own = [line["act"] for line in acts[key] if line["dispatch_id"] is None]
        reworks = own.count("reopen") + own.count("reopen_closed") + own.count("assignment_rework")
        dones = [one for one in acts[key] if one["act"] == "done"]
        dones = [one for one in dones if one["dispatch_id"] is None]
        overdue = row["state"] not in GONE and any(
            clock["passed_at"] for clock in clocks if clock["case_id"] == key
        )
        mine = [one for one in sent if one["case_id"] == key]
        theirs = [one for one in given if one["case_id"] == key]
        handled = row["state"] in {"done", "verified", "closed"}
        handlers = [one["handler"] for one in theirs if one["part"] == "host"]
        counts = out[_key(by, {**row, "handler": handlers[-1] if handlers else ""}, hosts.get(key, ""))]
        counts["received"] += 1
        counts["filed"] += 1
        counts["standing"] += row["state"] not in GONE
        counts["dispatched"] += bool(mine or theirs)
        first = min([*(one["queued_at"] for one in mine), *(one["since"] for one in theirs)], default=None)
        counts["dispatched_in_time"] += (
            row["state"] not in GONE and first is not None and first - row["filed_at"] <= SOON
        )
        counts["due"] += handled or overdue
        counts["handled"] += handled
        counts["overdue"] += overdue
        counts["handled_in_time"] += handled and not overdue
        counts["closed"] += row["state"] == "closed"
        counts["closed_in_time"] += row["state"] == "closed" and not overdue
        counts["ever_done"] += handled or bool(dones) or reworks > 0
        counts["reworked"] += reworks > 0
        counts["reworks"] += reworks
        counts["returned"] += any(
            one["step"] in {"declined", "returned"} and one["assignment_id"] is None for one in mine
        ) or any(
            _given_back(
                [one["act"] for one in done_by_departments if one["assignment_id"] == it["assignment_id"]]
            )
            for it in theirs
        )
        counts["repeated"] += any(
            (one["category"], one["address"], one["district"])
            == (row["category"], row["address"], row["district"])
            and row["filed_at"] - one["filed_at"] <= AGAIN
            for one in rows[:at]
        )
        counts["checked"] += "verify" in own or reworks > 0
        counts["passed"] += "verify" in own and not reworks
        if handled and dones:
            counts["handling_s"] += int((dones[-1]["at"] - row["filed_at"]).total_seconds())
    return {name: {one: counts[one] for one in COUNTS} for name, counts in out.items()}


def _given_back(acts: list[str]) -> bool:
    """The last word about it: given back, or refused."""
    words = [one for one in acts if one in {"return", "refuse_return", "uphold"}]
    return bool(words) and words[-1] != "refuse_return"


def _key(by: str, row: dict[str, Any], host: str) -> str:
    match by:
        case "department":
            return host
        case "class":
            return str(row["category"])
        case "day":
            return f"{row['filed_at'] + timedelta(hours=8):%Y%m%d}"
        case "person":
            return str(row["filed_by"])
        case "street":
            return str(row["subdistrict"] or "")
        case _:
            return str(row[by] or "")
