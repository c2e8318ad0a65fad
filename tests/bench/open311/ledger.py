"""A filled ledger: synthetic reports by Open311 with their steps and cases, and the clocks that run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import Table, insert

from cases.events import CaseState
from cases.tables import case_clocks, cases
from citizen.channels.open311.service import NAME
from citizen.tables import notices, reports
from core.ids import uuid7
from core.storage import Storage
from tests.bench.cases.load import synthetic
from tests.cases.rooms import known

DAYS: Final = 365
AT_ONCE: Final = 1_000
STREETS: Final = ("公滨路", "中央大街", "果戈里大街", "学府路")

Rows = dict[Table, list[dict[str, Any]]]


def _rows(count: int) -> Iterator[Rows]:
    """Of one report each, the oldest first: the report, two or three steps, its case, its clock."""
    chance, now = random.Random(11), datetime.now(UTC)
    for at, case in enumerate(synthetic(count, known(), seed=11)):
        received = now - timedelta(days=DAYS) * ((count - at) / count)
        is_open = at > count * 0.9
        steps = ("assigned",) if is_open else ("assigned", "done", "closed")
        report_id, lon, lat = uuid7(), case.lon, case.lat
        yield {
            reports: [{
                "report_id": report_id, "channel": NAME, "message_id": f"m{at}", "digest": "0" * 64,
                "source": "open311", "number": f"R{at:09}", "code": "00000000", "text": case.description,
                "place": "", "reporter": "", "phone": "", "lon": lon, "lat": lat, "accuracy_m": 10.0,
                "category": case.category, "street": chance.choice(STREETS), "received_at": received,
                "case_id": case.case_id, "case_number": case.number, "progress": steps[-1],
            }],
            notices: [{
                "notice_id": uuid7(), "report_id": report_id, "progress": step, "declined": "",
                "at": received + timedelta(hours=hours), "state": "sent", "tries": 1, "due_at": received,
                "case_number": case.number,
            } for hours, step in enumerate(steps, 1)],
            cases: [asdict(case) | {
                "state": (CaseState.FILED if is_open else CaseState.CLOSED).value, "source": "open311",
                "drafted": {}, "final": {}, "search_version": 1,
            }],
            case_clocks: [{
                "case_id": case.case_id, "filed_order": case.filed_order, "stage": "handling",
                "started_at": received, "limit_text": "4工作时", "condition_zh": "x", "condition_en": "x",
                "choice": "only", "counting": "working", "season": "", "warn_at": now,
                "due_at": now + timedelta(days=3), "provisional": False, "next_at": now,
            }] if is_open else [],
        }  # fmt: skip


async def fill(storage: Storage, count: int) -> None:
    made = _rows(count)
    while some := list(islice(made, AT_ONCE)):
        async with storage.write() as transaction:
            for table in (cases, reports, notices, case_clocks):
                if values := [row for one in some for row in one[table]]:
                    await transaction.connection.execute(insert(table), values)
    async with storage.write() as transaction:
        await transaction.connection.exec_driver_sql("ANALYZE")
