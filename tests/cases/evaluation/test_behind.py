"""Behind every figure are its cases: as many as it says, confidential ones counted and not shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from cases.errors import BadEvaluation
from cases.evaluation.figures import FIGURES
from cases.evaluation.model import COUNTS, DIMENSIONS, SUMS
from cases.evaluation.tables import facts
from cases.events import CaseState
from cases.life.model import Case, CaseAction
from core.actor import Actor, Role
from core.clock import ManualClock
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.deadlines.test_clocks_of_cases import act
from tests.cases.evaluation.test_figures import BEGAN, CHEN
from tests.cases.rooms import ADMIN, AGENT, DISPATCHER
from tests.cases.web import Desk, desk_of
from tests.citizen.city import SUPERVISOR, city
from tests.citizen.test_reports import sent

OF_NANGANG = Actor("qian", "钱", frozenset({Role.SUPERVISOR}), Scopes(districts=frozenset({"230103"})))
TIME = "from=2026-10-01&to=2026-12-15"
COVER, ROAD = "gbt30428.2@2013/P0101", "gbt30428.2@2013/E0505"


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, (CHEN, ADMIN, AGENT, DISPATCHER, OF_NANGANG)) as made:
        yield made


async def plant(desk: Desk, number: int, **fields: Any) -> Case:
    at = BEGAN + timedelta(hours=number)
    values: dict[str, Any] = {
        "state": CaseState.FILED, "category": COVER, "district": "230110", "address": f"公滨路{number}号",
        "crossing": None, "description": "井盖丢了", "urgency": "normal", "handoff": None,
        "confidential": False, "filed_by": "wang", "filed_at": at, "updated_at": at,
    }  # fmt: skip
    case = Case(
        case_id=uuid7(), number=f"23011020261101{number:05}", spoken_code=f"{number:08}", **(values | fields)
    )
    async with desk.on.storage.write() as transaction:
        return await desk.on.room.cases.file(transaction.connection, case, AGENT, drafted={}, final={})


async def a_city(desk: Desk) -> None:
    """Thirty cases: of two districts, two classes and several streets, some of them confidential."""
    made = [
        await plant(
            desk, number, district=("230110", "230103")[number % 2], confidential=number % 5 == 0,
            category=(COVER, ROAD)[number % 3 == 0], subdistrict=("230110001", None)[number % 2],
            filed_by=("wang", "sun")[number % 4 == 0],
            state=CaseState.HANDED_OVER if number == 7 else CaseState.FILED,
        )
        for number in range(30)
    ]  # fmt: skip
    await plant(desk, 40, address=made[1].address, district=made[1].district, category=made[1].category)
    desk.on.storage.clock = ManualClock(BEGAN + timedelta(hours=50))
    for case in made[8:24:2]:
        await act(desk.on, case.case_id, CaseAction.DONE)
    for case in made[8:20:4]:
        await act(desk.on, case.case_id, CaseAction.VERIFY)
        await act(desk.on, case.case_id, CaseAction.CLOSE)
    await act(desk.on, made[22].case_id, CaseAction.REOPEN)
    await desk.on.room.watch.look()


async def listed(desk: Desk, who: Actor, query: str) -> tuple[int, list[str], int]:
    """What a figure is said to be, the cases of all pages, and how many of them are hidden."""
    found: list[str] = []
    hidden, after = 0, ""
    while True:
        answer = await desk(who, "GET", f"/evaluation/cases?{TIME}&{query}&limit=7&after={after}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [one["case_id"] for one in page["cases"]] + [one["draft_id"] for one in page["declined"]]
        hidden += page["hidden"]
        after = page["next"] or ""
        if not after:
            return page["count"], found, hidden


async def test_every_figure_has_as_many_cases_behind_it_as_it_says(desk: Desk) -> None:
    await a_city(desk)
    seen = 0
    for by in DIMENSIONS:
        shown = (await desk(CHEN, "GET", f"/evaluation?{TIME}&by={by}")).json()
        for row in shown["rows"]:
            for name, formula in FIGURES.items():
                part = formula.denominator if formula.numerator in SUMS else formula.numerator
                want = row["counts"][part]
                if not want or (by, name) not in _LOOKED:
                    continue
                query = f"by={by}&key={row['key']}&figure={name}"
                count, cases, hidden = await listed(desk, CHEN, query)
                assert (count, len(cases), hidden) == (want, want, 0)
                assert len(set(cases)) == want
                seen += 1
    assert seen > 20
    total = (await desk(CHEN, "GET", f"/evaluation?{TIME}")).json()["total"]["counts"]
    for name in COUNTS:
        if name not in SUMS:
            count, cases, _ = await listed(desk, CHEN, f"count={name}")
            assert (count, len(cases)) == (total[name], total[name]), name


_LOOKED = {(by, name) for by in ("district", "class", "street") for name in FIGURES} | {
    (by, "handling_rate") for by in DIMENSIONS
}


async def test_confidential_cases_count_for_everybody_and_are_shown_to_some(desk: Desk) -> None:
    await a_city(desk)
    for who, hidden in ((CHEN, 0), (ADMIN, 6)):
        assert (await listed(desk, who, "count=filed"))[2] == hidden
        shown = (await desk(who, "GET", f"/evaluation?{TIME}&by=class")).json()
        assert shown["total"]["counts"]["filed"] == 31
    count, cases, hidden = await listed(desk, ADMIN, "by=district&key=230110&count=filed")
    assert count == len(cases) + hidden
    assert hidden == 3


async def test_who_is_limited_to_a_district_finds_no_other_behind_a_figure(desk: Desk) -> None:
    await a_city(desk)
    count, cases, _ = await listed(desk, OF_NANGANG, "count=filed")
    assert count == len(cases) == 16
    assert (await listed(desk, OF_NANGANG, "by=district&key=230110&count=filed"))[0] == 0
    for path in ("", "/cases", "/hotspots", "/repeats", "/report.html"):
        assert (await desk(AGENT, "GET", f"/evaluation{path}?{TIME}")).status_code == 403


async def test_a_repeated_complaint_leads_to_those_that_repeat_it(desk: Desk) -> None:
    for number in range(3):
        await plant(desk, number, address="公滨路5号")
    await plant(desk, 4, address="公滨路6号")
    await plant(desk, 24 * 32, address="公滨路5号")
    (found,) = (await desk(CHEN, "GET", f"/evaluation/repeats?{TIME}")).json()["complaints"]
    assert (found["repeats"], found["first"]["address"]) == (2, "公滨路5号")
    count, cases, _ = await listed(desk, CHEN, f"count=repeated&repeat_of={found['first_id']}")
    assert (count, len(cases)) == (2, 2)
    assert found["first_id"] not in cases


async def test_the_first_complaint_is_shown_to_who_may_see_it(desk: Desk) -> None:
    pairs = [
        (await plant(desk, number, confidential=number > 1), await plant(desk, number + 1, district="230103"))
        for number in (1, 3)
    ]
    await desk.on.room.evaluations.catch_up()
    async with desk.on.storage.write() as transaction:
        for first, later in pairs:
            known = update(facts).where(facts.c.subject_id == later.case_id)
            await transaction.connection.execute(known.values(repeated=1, repeat_root=first.case_id))
    for who, seen in ((CHEN, 2), (ADMIN, 1), (OF_NANGANG, 0)):
        found = (await desk(who, "GET", f"/evaluation/repeats?{TIME}")).json()["complaints"]
        assert [one["repeats"] for one in found] == [1, 1]
        assert sum(one["first"] is not None for one in found) == seen


async def test_a_time_before_the_calendar_is_refused(desk: Desk) -> None:
    refused = await desk(CHEN, "GET", "/evaluation/hotspots?from=0001-01-02&to=0001-01-09&weeks=8")
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:songhua:problem:{BadEvaluation.kind}")


async def test_of_a_street_with_more_than_usual_the_cases_can_be_seen(desk: Desk) -> None:
    for number in range(9):
        await plant(desk, 24 * 30 + number, subdistrict="230110001")
        await plant(desk, 24 * 3 * number, subdistrict="230110002")
    time = "from=2026-11-25&to=2026-12-02"
    (hot,) = (await desk(CHEN, "GET", f"/evaluation/hotspots?{time}&by=street&weeks=8")).json()["hotspots"]
    assert (hot["key"], hot["now"], hot["usual"]) == ("230110001", 9, 0.0)
    assert hot["name_zh"] == "香坊大街街道"
    assert hot["surprise"] > 6
    answer = await desk(CHEN, "GET", f"/evaluation/cases?{time}&by=street&key={hot['key']}&count=filed")
    assert answer.json()["count"] == 9


async def test_a_declined_report_lowers_the_rate_of_registration(storage: Storage) -> None:
    async with city(storage) as on:
        first, second = await sent(on), await sent(on, message_id="m2")
        for draft_id in (first, second):
            await on.act(AGENT, f"/drafts/{draft_id}/take")
        assert (await on.act(AGENT, f"/drafts/{first}/confirm")).status_code == 200
        assert (await on.act(AGENT, f"/drafts/{second}/decline", reason="duplicate")).status_code == 200
        await on.settle()
        await on.cases.evaluations.find_declined()
        today = "from=2020-01-01&to=2029-01-01"
        shown = (await on.ask(SUPERVISOR, "GET", f"/evaluation?{today}&by=source")).json()
        assert shown["total"]["rates"]["registration_rate"] == 0.5
        behind = (await on.ask(SUPERVISOR, "GET", f"/evaluation/cases?{today}&count=received")).json()
        assert behind["count"] == 2
        assert [UUID(one["draft_id"]) for one in behind["declined"]] == [UUID(str(second))]


@pytest.mark.parametrize("after", ["x", "1-", "-1-00", "1-" + "g" * 32, "9" * 30 + "-" + "0" * 32])
async def test_a_page_begins_only_where_one_ended(storage: Storage, after: str) -> None:
    async with desk_of(storage, (CHEN,)) as desk:
        answer = await desk(CHEN, "GET", f"/evaluation/cases?{TIME}&count=filed&after={after}")
        assert answer.status_code == 422
