"""Own reports of inspectors that became no case are kept as long as reports of citizens, and then go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from cases.events import CaseSource, DeclineReason
from cases.tables import drafts
from citizen.events import ReportReceived
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import AGENT, stage

YEAR = timedelta(days=365)


async def test_they_go_when_they_are_old_and_what_became_a_case_stays(any_storage: Storage) -> None:
    on = stage(any_storage)
    reports = on.room.reports

    async def a_report(source: CaseSource = CaseSource.INSPECTOR) -> UUID:
        report_id = uuid7()
        await reports.hear(
            ReportReceived(
                report_id=report_id, source=source, received_at=datetime.now(UTC),
                text="井盖松动", place="香坊区公滨路五号", phone="", position=None, category="",
            )
        )  # fmt: skip
        return report_id

    waiting, declined, filed, new = [await a_report() for _ in range(4)]
    citizens = await a_report(CaseSource.WEB)
    await reports.take(declined, op_id=uuid7(), actor=AGENT)
    await reports.decline(declined, reason=DeclineReason.NO_REPORT, op_id=uuid7(), actor=AGENT)
    await reports.take(filed, op_id=uuid7(), actor=AGENT)
    await on.room.cases.confirm(filed, op_id=uuid7(), actor=AGENT)
    async with any_storage.write() as transaction:
        old = update(drafts).where(drafts.c.draft_id != new)
        await transaction.connection.execute(old.values(created_at=datetime.now(UTC) - YEAR * 1.01))
    assert await reports.forget_old(YEAR) == 2
    assert await reports.forget_old(YEAR) == 0
    async with any_storage.read() as connection:
        left = set(await connection.scalars(drafts.select().with_only_columns(drafts.c.draft_id)))
    assert left == {filed, citizens, new}
    assert waiting not in left
