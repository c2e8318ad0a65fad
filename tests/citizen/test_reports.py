"""A report of any channel is stored once, becomes a draft without a call, and is erased in time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cases.events import CaseSource, ReportsWaiting
from cases.tables import cases as case_table
from cases.tables import drafts
from citizen.contract import CitizenReport
from citizen.errors import MessageReused, NoSuchReport, ReportInvalid
from citizen.reports.model import check, digest_of, new_code, report_number
from citizen.tables import pictures, reports
from core.ids import uuid7
from core.place import Position
from core.storage import Storage
from tests.cases.rooms import AGENT
from tests.citizen.city import AT, City, a_report, city
from tests.field.pictures import exif, jpeg

ELSEWHERE = "中央大街1号"
HERE = Position(lon=126.69, lat=45.72, accuracy_m=12)


async def rows_of(storage: Storage, table: object) -> int:
    async with storage.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


async def sent(on: City, **changed: object) -> str:
    """A report by SMS, and its draft's id."""
    await on.citizen.reports.receive("sms", CaseSource.SMS, a_report(**changed))
    await on.settle()
    return str((await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"][-1]["draft_id"])


async def test_a_report_becomes_one_draft_however_often_it_comes(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        first = await on.citizen.reports.receive("sms", CaseSource.SMS, a_report())
        again = await on.citizen.reports.receive(
            "sms", CaseSource.SMS, a_report(received_at=AT + timedelta(1))
        )
        assert again == first
        await on.settle()
        assert await rows_of(any_storage, reports) == await rows_of(any_storage, drafts) == 1
        waiting = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
    (draft,) = waiting
    assert (draft["source"], draft["call_id"], draft["taken_by"]) == ("sms", None, None)
    assert draft["fields"]["description"]["value"] == "公滨路5号门口井盖不见了，很危险"
    assert draft["fields"]["category"]["value"].startswith("gbt30428"), "drafting reads it as if it was said"
    assert draft["fields"]["address"]["value"] == "公滨路5号"


async def test_the_same_message_twice_at_once_is_one_report(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        take = on.citizen.reports.receive
        receipts = await asyncio.gather(*(take("sms", CaseSource.SMS, a_report()) for _ in range(8)))
        assert len(set(receipts)) == 1
        assert await rows_of(any_storage, reports) == 1


async def test_a_message_id_is_a_channels_own_and_belongs_to_one_report(storage: Storage) -> None:
    async with city(storage) as on:
        take = on.citizen.reports.receive
        first = await take("sms", CaseSource.SMS, a_report())
        other = await take("wechat", CaseSource.WECHAT, a_report())
        assert other.number != first.number
        with pytest.raises(MessageReused):
            await take("sms", CaseSource.SMS, a_report(text="另一件事"))
        assert await rows_of(storage, reports) == 2


async def test_pictures_are_kept_without_the_place_that_they_tell(storage: Storage) -> None:
    async with city(storage) as on:
        whole = jpeg(tiff=exif())
        draft_id = await sent(on, pictures=(whole,))
        report = (await on.ask(AGENT, "GET", f"/drafts/{draft_id}/report")).json()
        (picture_id,) = report["picture_ids"]
        shown = await on.ask(AGENT, "GET", f"/drafts/{draft_id}/report/pictures/{picture_id}")
        assert shown.headers["content-type"] == "image/jpeg"
        assert b"Exif" in whole
        assert b"Exif" not in shown.content
        assert on.looked.at == [
            ("wang", "view-drafts", "report:waiting"),
            ("wang", "view-report", f"report:{report['number']}"),
            ("wang", "view-report-picture", f"report:{draft_id}"),
        ]
        assert "reporter" not in report, "where answers go is nobody's business"


@pytest.mark.parametrize(
    "changed",
    [
        {"text": " "}, {"text": "a" * 4001}, {"text": "a\0"}, {"message_id": ""}, {"message_id": "m" * 129},
        {"place": "p" * 201}, {"reporter": "r" * 257}, {"phone": "1" * 41},
        {"pictures": (b"\xff\xd8 no picture",)}, {"pictures": (jpeg(),) * 4},
        {"pictures": (b"\xff\xd8" + bytes(2 * 1024 * 1024),)},
    ],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused_whole(storage: Storage, changed: dict[str, object]) -> None:
    async with city(storage) as on:
        with pytest.raises(ReportInvalid):
            await on.citizen.reports.receive("sms", CaseSource.SMS, a_report(**changed))
        assert await rows_of(storage, reports) == await rows_of(storage, pictures) == 0


async def test_only_number_and_code_together_open_a_report(storage: Storage) -> None:
    async with city(storage) as on:
        receipt = await on.citizen.reports.receive("sms", CaseSource.SMS, a_report())
        found = await on.citizen.reports.follow(f" {receipt.number} ", receipt.code.upper())
        assert (found.number, found.case_number, found.steps) == (receipt.number, "", ())
        for number, code in ((receipt.number, new_code()), ("R20261130-99999", receipt.code), ("", "")):
            with pytest.raises(NoSuchReport):
                await on.citizen.reports.follow(number, code)


async def test_a_report_is_erased_with_all_that_was_made_of_it(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        long_ago = AT - timedelta(days=500)
        await sent(on, message_id="undecided", received_at=long_ago)
        draft_id = await sent(on, received_at=long_ago, phone="13904510001", pictures=(jpeg(),))
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        filed = (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()
        assert filed["callback"] == "13904510001"
        await on.settle()
        kept = await on.citizen.reports.receive("sms", CaseSource.SMS, a_report(message_id="new"))
        assert await on.citizen.reports.forget_old() == 2
        assert await on.citizen.reports.forget_old() == 0
        await on.settle()
        async with any_storage.read() as connection:
            old = (await connection.execute(select(reports).where(reports.c.forgotten_at.is_not(None)))).all()
            case = (await connection.execute(select(case_table))).one()
            left = (await connection.execute(select(drafts.c.body, drafts.c.case_id))).all()
        assert {(row.text, row.reporter, row.phone, row.lon) for row in old} == {("", "", "", None)}
        assert await rows_of(any_storage, pictures) == 0
        assert (case.callback, case.caller, case.address) == (None, None, "公滨路5号")
        assert {str(row.case_id) for row in left} == {filed["case_id"], "None"}, "the undecided draft is gone"
        assert all(row.body["heard"] == [] for row in left if row.case_id is not None)
        assert (await on.citizen.reports.follow(kept.number, kept.code)).number == kept.number


async def test_the_case_is_where_the_reporter_says_unless_an_agent_enters_another_address(
    storage: Storage,
) -> None:
    async with city(storage) as on:
        here = await sent(on, position=HERE)
        elsewhere = await sent(on, message_id="m2", position=HERE)
        for draft_id in (here, elsewhere):
            await on.act(AGENT, f"/drafts/{draft_id}/take")
        rev = (await on.ask(AGENT, "GET", f"/drafts/{elsewhere}")).json()["rev"]
        entered = {"field": "address", "value": ELSEWHERE, "rev": rev, "op_id": str(uuid7())}
        answer = await on.ask(AGENT, "PATCH", f"/drafts/{elsewhere}", **entered)
        assert answer.status_code == 200, answer.text
        for draft_id in (here, elsewhere):
            assert (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).status_code == 200
        async with storage.read() as connection:
            found = await connection.execute(select(case_table).order_by(case_table.c.filed_order))
            first, second = ((row.lon, row.lat) for row in found)
        assert first == (HERE.lon, HERE.lat)
        assert second != first, "where the citizen stood is another place"


async def test_desks_are_told_how_many_wait(storage: Storage) -> None:
    async with city(storage) as on:
        first = await sent(on)
        await sent(on, message_id="m2")
        await on.act(AGENT, f"/drafts/{first}/take")
        told = [one.waiting for one in on.bus.live if isinstance(one, ReportsWaiting)]
        assert told[-1] == 1
        assert max(told) == 2


@given(
    st.builds(
        CitizenReport,
        message_id=st.text(max_size=140),
        text=st.text(max_size=2100),
        received_at=st.just(AT),
        reporter=st.text(max_size=10),
        phone=st.text(max_size=50),
        place=st.text(max_size=210),
        pictures=st.tuples(st.binary(max_size=50)),
    )
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_report_is_taken_or_refused_by_name(report: CitizenReport) -> None:
    try:
        check(report)
    except ReportInvalid as refused:
        named = refused.extra["field"]
    else:
        named = "text"
        assert report.text.strip()
        assert len(digest_of(report)) == 64
    assert named in {"message_id", "text", "place", "reporter", "phone", "pictures"}


def test_a_number_has_the_day_of_the_city() -> None:
    assert report_number(AT.replace(hour=20), 7, 8.0) == "R20261201-00007"
