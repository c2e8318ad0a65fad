"""Events of feeds become reports: each once, whatever became of its pictures the second time."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from cases.events import CaseSource
from citizen.reports.service import CitizenReports
from citizen.settings import CitizenSettings
from citizen.tables import pictures, reports
from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.citizen import clean_picture
from gateway.wiring.event_feeds import ReportsOfFeeds
from sensing.ports import FeedDraft
from tests.sensing.test_pictures import jpeg


async def test_an_event_is_one_report_with_its_pictures(any_storage: Storage) -> None:
    kept = CitizenReports(any_storage, CitizenSettings(), clean_picture)
    port = ReportsOfFeeds(lambda: kept)
    now = any_storage.clock.now()
    draft = FeedDraft(uuid7(), now, "机动车违停\n车牌：黑A***45", "果戈里大街", None, "", (jpeg(),))
    report_id = await port.put(draft)
    assert await port.put(replace(draft, pictures=())) == report_id
    # A picture that is dangerous to open stays out, and the report is there.
    other = await port.put(replace(draft, event_id=uuid7(), pictures=(b"\xff\xd8\xff no picture",)))
    async with any_storage.read() as connection:
        rows = (await connection.execute(select(reports).order_by(reports.c.report_id))).all()
        evidence = (await connection.execute(select(pictures))).all()
    assert [(one.report_id, one.channel, one.source) for one in rows] == [
        (report_id, "feeds", CaseSource.OTHER_SYSTEM.value), (other, "feeds", "other_system"),
    ]  # fmt: skip
    assert [one.report_id for one in evidence] == [report_id]
