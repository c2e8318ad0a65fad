"""Reporters whom nobody asks: who left no telephone, whose report goes on as another case, and who was not
chosen. Their own rating is an answer all the same.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from cases.events import CaseView
from citizen.followup import store
from citizen.followup.model import ConcernState, FollowUp, FollowUpState
from citizen.reports import store as report_store
from citizen.reports.model import StoredReport
from core.storage import Storage


async def let_rate(storage: Storage, event_id: UUID, closed_at: datetime, case: CaseView) -> None:
    """A follow-up without a question for each report about this closed case that has none. Again, nothing
    changes. Raises `StorageAway`.
    """
    of_merged = [report_id for one in case.merged for report_id in one.report_ids]
    # Nearly every case came by telephone: what is no report takes no write.
    async with storage.read() as connection:
        reports = await report_store.about(connection, case.case_id, of_merged)
    if not reports:
        return
    async with storage.write() as transaction:
        for report in reports:
            if not await store.is_planned(transaction.connection, report.report_id, closed_at):
                await store.add(transaction.connection, _unasked(event_id, closed_at, case, report))


def _unasked(event_id: UUID, closed_at: datetime, case: CaseView, report: StoredReport) -> FollowUp:
    return FollowUp(
        follow_up_id=uuid5(event_id, str(report.report_id)), case_id=case.case_id, case_number=case.number,
        report_id=report.report_id, number="", source=report.source.value, district=case.district or "",
        category=case.category or "", department=case.department or "", way="none",
        state=FollowUpState.UNANSWERED, due_at=closed_at, attempts=0, taken_by="", contacted=None,
        solved=None, satisfaction=None, note="", answered_by="", answered_at=None, concern=ConcernState.NONE,
        concern_note="", concern_by="", concern_at=None, closed_at=closed_at, last_op=None,
    )  # fmt: skip
