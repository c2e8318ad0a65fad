"""Lists by deadline and department, the choice of another department, and the condition at filing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from cases.events import CaseChanged
from cases.life.model import CaseAction
from core.clock import ManualClock
from core.storage import Storage
from tests.cases.deadlines.test_clocks_of_cases import COVER, NINE, NO_LIMIT, WASTE, act, filed
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.web import Desk, desk_of

PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR)


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    any_storage.clock = ManualClock(NINE)
    async with desk_of(any_storage, PEOPLE) as made:
        yield made


def clock_of(desk: Desk) -> ManualClock:
    clock = desk.on.storage.clock
    assert isinstance(clock, ManualClock)
    return clock


async def page(desk: Desk, query: str) -> Mapping[str, Any]:
    answer = await desk(DISPATCHER, "GET", f"/cases?{query}")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


async def listed(desk: Desk, query: str) -> list[str]:
    return [one["case_id"] for one in (await page(desk, query))["cases"]]


async def test_lists_know_whose_deadline_is_near_or_has_passed(desk: Desk) -> None:
    cover, waste = await filed(desk.on, COVER), await filed(desk.on, WASTE)
    without, over = await filed(desk.on, NO_LIMIT), await filed(desk.on, COVER)
    await act(desk.on, over.case_id, CaseAction.DONE)
    clock_of(desk).advance(1.7 * 3600)
    await desk.on.room.watch.look()
    assert await listed(desk, "deadline=warned") == [str(cover.case_id)]
    assert await listed(desk, "deadline=overdue") == []
    clock_of(desk).advance(3600)
    await desk.on.room.watch.look()
    assert await listed(desk, "deadline=overdue") == [str(cover.case_id)]
    assert await listed(desk, "deadline=warned") == []
    assert await listed(desk, "deadline=overdue&deadline=running&order=oldest") == [
        str(cover.case_id), str(waste.case_id),
    ]  # fmt: skip
    assert await listed(desk, "deadline=stopped") == [str(over.case_id)]
    (shown,) = (await page(desk, "deadline=overdue"))["cases"]
    assert shown["deadline"]["was_overdue"] is True
    assert shown["deadline"]["limit"] == "2紧急工作时"
    assert without.deadline is None


async def test_the_order_by_deadline_has_each_case_once_over_all_pages(desk: Desk) -> None:
    waste = [await filed(desk.on, WASTE) for _ in range(2)]
    without = [await filed(desk.on, NO_LIMIT) for _ in range(2)]
    covers = [await filed(desk.on, COVER) for _ in range(3)]
    wanted = [str(one.case_id) for one in (*covers, *waste, *reversed(without))]
    for query in ("order=due", "order=due&state=filed"):
        found: list[str] = []
        cursor = ""
        while True:
            answer = await page(desk, f"{query}&limit=2{cursor}")
            found += [one["case_id"] for one in answer["cases"]]
            if answer["next"] is None:
                break
            cursor = f"&cursor={answer['next']}"
        assert found == wanted
    assert await listed(desk, "order=due&state=cancelled") == []


async def test_a_department_lists_its_cases_also_those_that_it_assists(desk: Desk) -> None:
    here, there = await filed(desk.on, WASTE), await filed(desk.on, WASTE, district="230103")
    assert here.responsible is not None
    assert await listed(desk, f"department={here.responsible.host.id}") == [str(here.case_id)]
    assert await listed(desk, "department=district-230103") == [str(there.case_id)]
    assert await listed(desk, "department=nobody") == []
    answer = (await desk(AGENT, "GET", "/departments")).json()
    assert {"district-230103", "sanitation"} <= {one["id"] for one in answer["departments"]}


async def test_a_dispatcher_chooses_another_department_with_a_reason(desk: Desk) -> None:
    case = await filed(desk.on, WASTE)
    path = f"/cases/{case.case_id}/department"
    refused = await desk.post(AGENT, path, department_id="sanitation", reason="x")
    assert refused.status_code == 403
    nameless = await desk.post(DISPATCHER, path, department_id="sanitation", reason=" ")
    assert nameless.json()["type"].endswith("reason-missing")
    unknown = await desk.post(DISPATCHER, path, department_id="moon", reason="x")
    assert unknown.json()["type"].endswith("no-such-department")
    answer = await desk.post(DISPATCHER, path, department_id="sanitation", reason="区里来函")
    responsible = answer.json()["responsible"]
    assert (responsible["host"]["id"], responsible["chosen_by"]) == ("sanitation", DISPATCHER.id)
    assert "sanitation" not in {one["id"] for one in responsible["assists"]}
    assert await listed(desk, "department=sanitation") == [str(case.case_id)]
    entries = (await desk(DISPATCHER, "GET", f"/cases/{case.case_id}/timeline")).json()["entries"]
    (chosen,) = [one for one in entries if one["act"] == "department"]
    assert (chosen["by"], chosen["words"]) == (DISPATCHER.id, "→ sanitation: 区里来函")
    told = [one for one in await desk.on.emitted() if isinstance(one, CaseChanged)]
    assert told[-1].case.responsible is not None
    assert told[-1].case.responsible.host.id == "sanitation"
    await act(desk.on, case.case_id, CaseAction.CANCEL)
    late = await desk.post(DISPATCHER, path, department_id="lighting", reason="x")
    assert late.status_code == 409


async def test_the_same_choice_again_is_one(desk: Desk) -> None:
    case = await filed(desk.on, WASTE)
    body = {"op_id": str(case.case_id), "department_id": "sanitation", "reason": "区里来函"}
    for _ in range(2):
        answer = await desk(DISPATCHER, "POST", f"/cases/{case.case_id}/department", **body)
        assert answer.status_code == 200
    log = [one.act for one in await desk.on.room.cases.history(case.case_id)]
    assert log == ["file", "department"]


async def test_the_catalogue_tells_the_conditions_to_choose_from(desk: Desk) -> None:
    (row,) = (await desk(AGENT, "GET", "/catalogue?q=P0101")).json()["rows"]
    assert [one["condition_zh"] for one in row["conditions"]][:2] == ["缺失、移位", "破损超过25平方厘米"]
    assert row["conditions"][0]["condition_en"] == "missing or shifted"
    assert row["conditions"][0]["limit"] == "2紧急工作时"


async def test_filing_over_http_takes_the_condition(desk: Desk) -> None:
    call = desk.on.a_call()
    draft = (await desk.post(AGENT, f"/calls/{call}/drafts")).json()
    for name, value in (("category", COVER), ("address", "公滨路5号")):
        path = f"/drafts/{draft['draft_id']}"
        rev = draft["fields"][name]["rev"]
        edit = {
            "op_id": draft["draft_id"][:-2] + f"{len(name):02}",
            "field": name,
            "value": value,
            "rev": rev,
        }
        draft = (await desk(AGENT, "PATCH", path, **edit)).json()
    path = f"/drafts/{draft['draft_id']}/confirm"
    wrong = await desk.post(AGENT, path, condition="天黑")
    assert wrong.json()["type"].endswith("no-such-condition")
    case = (await desk.post(AGENT, path, condition="异响")).json()
    assert (case["deadline"]["condition_en"], case["deadline"]["assumed"]) == ("rattling", False)


async def test_the_form_learns_what_filing_would_mean(desk: Desk) -> None:
    query = f"/cases/expected?category={WASTE}&district=230110"
    found = (await desk(AGENT, "GET", query)).json()
    case = await filed(desk.on, WASTE)
    assert case.deadline is not None
    assert case.responsible is not None
    assert found["deadline"] == case.deadline.model_dump(mode="json")
    assert found["responsible"] == case.responsible.model_dump(mode="json")
    chosen = (await desk(AGENT, "GET", f"/cases/expected?category={COVER}&condition=异响")).json()
    assert (chosen["deadline"]["limit"], chosen["deadline"]["assumed"]) == ("2工作日", False)
    none = (await desk(AGENT, "GET", f"/cases/expected?category={NO_LIMIT}")).json()
    assert none["deadline"] is None
    urgent = (await desk(AGENT, "GET", f"/cases/expected?category={NO_LIMIT}&urgent=true")).json()
    assert urgent["deadline"]["limit"] == "1紧急工作时"
    unknown = (await desk(AGENT, "GET", "/cases/expected?category=moon")).json()
    assert unknown == {"deadline": None, "responsible": None, "area_open": False}
