"""What stands beside the form and on a case's page: cases near, of the caller, the timeline; and paper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.timeline.model import TimelineEntry, TimelineKind, TimelineSubject
from core.actor import Actor, Role
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, ADMIN, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.test_http import filed
from tests.cases.test_search import plant
from tests.cases.web import Desk, desk_of

SUPERVISOR = Actor("chen", "陈班长", frozenset({Role.SUPERVISOR}))
OF_NANGANG = Actor("qian", "钱", frozenset({Role.AGENT}), Scopes(districts=frozenset({"230103"})))
PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR, ADMIN, SUPERVISOR, OF_NANGANG)


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, PEOPLE) as made:
        yield made


async def test_open_cases_near_a_place_are_measured_and_sorted(desk: Desk) -> None:
    far = await plant(desk, 1, lon=126.6530, lat=45.7500, accuracy_m=10.0)
    near = await plant(desk, 2, lon=126.6505, lat=45.7500, accuracy_m=10.0)
    await plant(desk, 3, lon=126.7000, lat=45.7500, accuracy_m=10.0)
    worded = await plant(desk, 4, address="中山路88号")
    where = "/cases/near?lon=126.65&lat=45.75"
    found = (await desk(AGENT, "GET", f"{where}&metres=300&address=中山路88号")).json()["cases"]
    assert [one["case"]["case_id"] for one in found] == [str(one.case_id) for one in (near, far, worded)]
    assert [one["metres"] for one in found] == [pytest.approx(39, abs=2), pytest.approx(233, abs=5), None]
    only = (await desk(AGENT, "GET", f"{where}&metres=100")).json()["cases"]
    assert [one["case"]["case_id"] for one in only] == [str(near.case_id)]
    assert (await desk(OF_NANGANG, "GET", where)).json() == {"cases": []}
    await desk.post(DISPATCHER, f"/cases/{near.case_id}/cancel", note="重复")
    assert (await desk(AGENT, "GET", f"{where}&metres=100")).json() == {"cases": []}
    for query in ("", "lon=126.65", "lon=400&lat=45", "lon=126&lat=45&metres=0"):
        assert (await desk(AGENT, "GET", f"/cases/near?{query}")).status_code == 422, query


async def test_that_a_hidden_case_is_near_is_not_told(desk: Desk) -> None:
    hidden = await plant(desk, 1, lon=126.65, lat=45.75, accuracy_m=10.0, confidential=True)
    where = "/cases/near?lon=126.65&lat=45.75&address=公滨路5号"
    assert (await desk(OTHER_AGENT, "GET", where)).json() == {"cases": []}
    found = (await desk(SUPERVISOR, "GET", where)).json()["cases"]
    assert [one["case"]["case_id"] for one in found] == [str(hidden.case_id)]


async def test_the_open_cases_of_the_number_that_calls_are_for_who_took_the_call(desk: Desk) -> None:
    case = await filed(desk)
    again = desk.on.a_call(agent=OTHER_AGENT)
    path = f"/calls/{again}/open-cases"
    found = (await desk(OTHER_AGENT, "GET", path)).json()["cases"]
    assert [one["case_id"] for one in found] == [case["case_id"]]
    assert (await desk(AGENT, "GET", path)).status_code == 403
    assert (await desk(ACCEPTOR, "GET", path)).status_code == 403
    withheld = desk.on.a_call("", agent=OTHER_AGENT)
    assert (await desk(OTHER_AGENT, "GET", f"/calls/{withheld}/open-cases")).json() == {"cases": []}


async def test_a_call_about_existing_cases_is_linked_to_each_once(desk: Desk) -> None:
    first, second = await filed(desk), await filed(desk)
    again = desk.on.a_call("13900000000", agent=OTHER_AGENT)
    ids = [one.case_id for one in (await desk.on.room.cases.find())[0]]
    for _ in range(2):
        async with desk.on.storage.write() as transaction:
            await desk.on.room.cases.link(transaction, OTHER_AGENT, again, ids)
    for case in (first, second):
        after = (await desk(SUPERVISOR, "GET", f"/cases/{case['case_id']}")).json()
        assert str(again) in after["call_ids"]
        log = (await desk(SUPERVISOR, "GET", f"/cases/{case['case_id']}/history")).json()["history"]
        assert [(one["act"], one["actor"]) for one in log] == [("file", "wang"), ("link", "sun")]
    links = [one for one in await desk.on.emitted() if getattr(one, "act", "") == "link"]
    assert len(links) == 2
    assert {one.case_id for one in await desk.on.room.cases.open_of_caller("13900000000")} == set(ids)


async def test_a_timeline_brings_everything_in_order_to_who_may_read_it(desk: Desk) -> None:
    case = await filed(desk)
    path = f"/cases/{case['case_id']}"
    sent = (await desk.post(DISPATCHER, f"{path}/dispatch", unit_id="app:17")).json()
    await desk.post(DISPATCHER, f"/dispatches/{sent['dispatch_id']}/recall", reason="派错了")
    asked: list[tuple[Actor, TimelineSubject]] = []
    early = TimelineEntry(
        kind=TimelineKind.CALL, at=datetime(2020, 1, 1, tzinfo=UTC), by="wang", act="answered"
    )

    class Played:
        async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
            asked.append((actor, about))
            return [early]

    desk.on.room.timeline._sources = (Played(),)

    async def seen(who: Actor) -> list[dict[str, Any]]:
        answer = await desk(who, "GET", f"{path}/timeline")
        assert answer.status_code == 200, answer.text
        entries: list[dict[str, Any]] = answer.json()["entries"]
        assert [one["at"] for one in entries] == sorted(one["at"] for one in entries)
        return entries

    acts = [(one["kind"], one["act"], one["by"], one["words"]) for one in await seen(SUPERVISOR)]
    assert acts == [
        ("call", "answered", "wang", ""), ("draft", "drafted", "", ""), ("act", "file", "wang", ""),
        ("dispatch", "dispatch", "zhao", ""), ("dispatch", "recall", "zhao", "派错了"),
    ]  # fmt: skip
    about = asked[0][1]
    assert (str(about.case_id), about.number, list(about.units)) == (
        case["case_id"],
        case["number"],
        ["app:17"],
    )
    assert about.units["app:17"][0] < about.units["app:17"][1]
    agents = [(one["kind"], one["act"]) for one in await seen(OTHER_AGENT)]
    assert agents == [("call", "answered"), ("act", "file"), ("dispatch", "queued"), ("dispatch", "recalled")]
    assert "draft" in {one["kind"] for one in await seen(AGENT)}
    assert "draft" not in {one["kind"] for one in await seen(ACCEPTOR)}
    hidden = await filed(desk, confidential=True)
    assert (await desk(OTHER_AGENT, "GET", f"/cases/{hidden['case_id']}/timeline")).status_code == 403


async def test_a_case_without_dispatch_is_received_and_not_in_progress(desk: Desk) -> None:
    case = await filed(desk)
    path = f"/cases/{case['case_id']}"
    assert case["progress"] == "received"
    sent = (await desk.post(DISPATCHER, f"{path}/dispatch", unit_id="app:17")).json()
    await desk.post(DISPATCHER, f"{path}/dispatch", unit_id="app:18")
    whole = (await desk(AGENT, "GET", path)).json()
    assert (whole["progress"], [one["unit_id"] for one in whole["dispatches"]]) == (
        "assigned", ["app:17", "app:18"],
    )  # fmt: skip
    for one in whole["dispatches"]:
        await desk.post(DISPATCHER, f"/dispatches/{one['dispatch_id']}/recall", reason="撤回")
    assert (await desk(AGENT, "GET", path)).json()["progress"] == "received"
    assert sent["step"] == "queued"
    assert (await desk.post(DISPATCHER, f"{path}/cancel", note="误报")).json()["progress"] == "cancelled"


async def test_a_report_that_is_handed_over_is_a_record_without_dispatch(desk: Desk) -> None:
    for word, number in (("火", "119"), ("着火", "119"), ("fire", "119"), ("急救", "120"), ("治安", "110")):
        rows = (await desk(AGENT, "GET", f"/catalogue?q={word}")).json()["rows"]
        assert number in {row["handover"] for row in rows}, word
    fire = next(
        row
        for row in (await desk(AGENT, "GET", "/catalogue?q=着火")).json()["rows"]
        if row["handover"] == "119"
    )
    assert fire["limits"] == []
    call_id = desk.on.a_call()
    draft = (await desk.post(AGENT, f"/calls/{call_id}/drafts")).json()
    for name, value in (("category", fire["id"]), ("address", "公滨路5号")):
        rev = (await desk(AGENT, "GET", f"/drafts/{draft['draft_id']}")).json()["fields"][name]["rev"]
        body = {"op_id": str(uuid7()), "field": name, "value": value, "rev": rev}
        assert (await desk(AGENT, "PATCH", f"/drafts/{draft['draft_id']}", **body)).status_code == 200
    case = (await desk.post(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
    assert (case["state"], case["progress"], case["handoff"]) == ("handed_over", "handed_over", "119")
    refused = await desk.post(DISPATCHER, f"/cases/{case['case_id']}/dispatch", unit_id="app:17")
    assert refused.status_code == 409
    assert await desk.on.room.cases.snapshot(DISPATCHER) == []


async def test_every_sub_category_of_every_scheme_has_an_other(desk: Desk) -> None:
    for catalogue in desk.on.room.knowledge.catalogues.all():
        if catalogue.scheme != "songhua":
            assert {major for major in catalogue.majors if f"{major}99" not in catalogue.rows} == set()


async def test_a_case_on_paper_has_its_true_time_and_a_number_of_today(desk: Desk) -> None:
    before = await filed(desk)
    taken = datetime.now(UTC) - timedelta(hours=20)
    body: dict[str, Any] = {
        "op_id": str(uuid7()), "taken_at": taken.isoformat(), "taken_by": "王坐席（纸质）",
        "fields": {"category": "gbt30428.2@2013/P0101", "district": "230110", "address": "公滨路6号"},
    }  # fmt: skip
    case = (await desk(AGENT, "POST", "/cases/paper", **body)).json()
    again = (await desk(AGENT, "POST", "/cases/paper", **body)).json()
    assert (again["case_id"], case["source"], case["taken_by"]) == (
        case["case_id"],
        "paper",
        "王坐席（纸质）",
    )
    assert (datetime.fromisoformat(case["taken_at"]), case["filed_by"]) == (taken, "wang")
    assert datetime.fromisoformat(case["filed_at"]) > taken + timedelta(hours=19)
    assert int(case["number"]) == int(str(before["number"])) + 1
    listed = (await desk(AGENT, "GET", "/cases?source=paper")).json()["cases"]
    assert [one["case_id"] for one in listed] == [case["case_id"]]
    for change in (
        {"taken_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()},
        {"taken_at": (datetime.now(UTC) - timedelta(days=90)).isoformat()},
        {"taken_at": "2026-11-30T08:00:00"},
        {"fields": {"district": "230110"}}, {"fields": {"category": "P0101"}}, {"taken_by": ""},
    ):  # fmt: skip
        answer = await desk(AGENT, "POST", "/cases/paper", **(body | {"op_id": str(uuid7())} | change))
        assert answer.status_code == 422, change
    fresh = body | {"op_id": str(uuid7())}
    assert (await desk(DISPATCHER, "POST", "/cases/paper", **fresh)).status_code == 403
    assert (await desk(OF_NANGANG, "POST", "/cases/paper", **fresh)).status_code == 403
