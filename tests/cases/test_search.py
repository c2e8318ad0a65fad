"""The list of cases: pages, filters, orders and words, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import BadCursor
from cases.events import CaseState
from cases.life.model import Case
from cases.search.model import CaseOrder, cursor_of
from cases.search.terms import asked, words_of
from core.actor import Actor, Role
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.web import Desk, desk_of

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
OF_NANGANG = Actor("qian", "钱", frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({"230103"})))
PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR, OF_NANGANG)


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, PEOPLE) as made:
        yield made


async def plant(desk: Desk, number: int, **fields: Any) -> Case:
    """A case that was filed `number` minutes after the first."""
    at = BEGAN + timedelta(minutes=number)
    values: dict[str, Any] = {
        "state": CaseState.FILED, "category": "gbt30428.2@2013/P0101", "district": "230110",
        "address": "公滨路5号", "crossing": None, "description": "井盖丢了", "urgency": "normal",
        "handoff": None, "confidential": False, "filed_by": "wang", "filed_at": at, "updated_at": at,
    }  # fmt: skip
    case = Case(
        case_id=uuid7(), number=f"23011020261101{number:05}", spoken_code=f"{number:08}",
        **(values | fields),
    )  # fmt: skip
    async with desk.on.storage.write() as transaction:
        return await desk.on.room.cases.file(transaction.connection, case, AGENT, drafted={}, final={})


async def listed(desk: Desk, who: Actor, query: str = "") -> list[str]:
    return [one["case_id"] for one in (await page(desk, who, query))["cases"]]


async def page(desk: Desk, who: Actor, query: str = "") -> Mapping[str, Any]:
    answer = await desk(who, "GET", f"/cases?{query}")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


def ids(*cases: Case) -> list[str]:
    return [str(case.case_id) for case in cases]


async def whole(desk: Desk, query: str, limit: int) -> list[str]:
    """Every page of a list."""
    out: list[str] = []
    cursor = ""
    while True:
        found = await page(desk, DISPATCHER, f"{query}&limit={limit}&cursor={cursor}")
        assert len(found["cases"]) <= limit
        out += [one["case_id"] for one in found["cases"]]
        cursor = found["next"] or ""
        if not cursor:
            return out


async def test_each_order_brings_every_case_once_over_its_pages(desk: Desk) -> None:
    urgencies = ("normal", "danger", "urgent", "normal", "danger", "normal", "urgent")
    cases = [await plant(desk, number, urgency=urgency) for number, urgency in enumerate(urgencies)]
    async with desk.on.storage.write() as transaction:
        await transaction.connection.exec_driver_sql("UPDATE cases SET updated_at = filed_at")
    for number in (3, 0):  # what has happened last to cases
        await desk.post(DISPATCHER, f"/cases/{cases[number].case_id}/done")
    newest = ids(*reversed(cases))
    by_urgency = ids(*(cases[number] for number in (4, 1, 6, 2, 5, 3, 0)))
    changed = ids(*(cases[number] for number in (0, 3, 6, 5, 4, 2, 1)))
    for limit in (1, 2, 3, 7, 50):
        assert await whole(desk, "order=newest", limit) == newest
        assert await whole(desk, "order=oldest", limit) == newest[::-1]
        assert await whole(desk, "order=urgency", limit) == by_urgency
        assert await whole(desk, "order=updated", limit) == changed
        assert await whole(desk, "order=updated&q=井盖", limit) == changed
        assert await whole(desk, "order=urgency&q=井盖&state=filed", limit) == ids(
            *(cases[number] for number in (4, 1, 6, 2, 5))
        )


async def test_what_is_filed_meanwhile_moves_no_page(desk: Desk) -> None:
    cases = [await plant(desk, number) for number in range(4)]
    first = await page(desk, DISPATCHER, "limit=2")
    await plant(desk, 9)
    second = await page(desk, DISPATCHER, f"limit=2&cursor={first['next']}")
    assert [one["case_id"] for one in second["cases"]] == ids(cases[1], cases[0])
    assert second["next"] is None


async def test_cases_of_one_moment_have_an_order(desk: Desk) -> None:
    cases = [await plant(desk, number) for number in range(3)]
    same = [await plant(desk, 50 + number, filed_at=BEGAN) for number in range(3)]
    assert await whole(desk, "order=oldest", 2) == ids(cases[0], *same, *cases[1:])


async def test_filters_are_joined_and_each_may_hold_several_values(desk: Desk) -> None:
    cover = await plant(desk, 1)
    lamp = await plant(desk, 2, category="gbt30428.2@2013/P0201", district="230103", urgency="urgent")
    tree = await plant(desk, 3, district=None, state=CaseState.CLOSED, urgency=None)
    await desk.post(DISPATCHER, f"/cases/{lamp.case_id}/dispatch", unit_id="app:17")
    for query, found in (
        ("state=closed", [tree]), ("state=closed&state=filed", [tree, lamp, cover]),
        ("category=P0201", [lamp]),
        ("category=gbt30428.2@2013/P0201&category=P0101", [tree, lamp, cover]), ("district=230110", [cover]),
        ("district=230110&district=230103&urgency=urgent", [lamp]), ("unit=app:17", [lamp]),
        ("urgency=normal", [tree, cover]), ("source=telephone", [tree, lamp, cover]), ("source=paper", []),
        ("since=2026-11-01T00:02:00Z", [tree, lamp]), ("until=2026-11-01T00:02:00Z", [cover]),
        ("since=2026-11-01T00:02:00Z&until=2026-11-01T00:03:00Z&q=井盖", [lamp]),
        ("state=closed&district=230110", []),
    ):  # fmt: skip
        assert await listed(desk, DISPATCHER, query) == ids(*found), query
    counts = (await page(desk, DISPATCHER, "counts=true&state=closed&q=井盖"))["counts"]
    assert counts["state"] == {
        "filed": 2,
        "done": 0,
        "verified": 0,
        "closed": 1,
        "cancelled": 0,
        "handed_over": 0,
        "merged": 0,
    }
    assert counts["urgency"] == {"danger": 0, "urgent": 0, "normal": 1}
    for query in ("state=lost", "urgency=very", "district=12", "limit=0", "limit=201", "since=yesterday"):
        assert (await desk(DISPATCHER, "GET", f"/cases?{query}")).status_code == 422, query


async def test_a_state_that_changes_is_found_as_it_is_now(desk: Desk) -> None:
    case = await plant(desk, 1)
    await desk.post(DISPATCHER, f"/cases/{case.case_id}/done")
    assert await listed(desk, DISPATCHER, "state=filed&q=井盖") == []
    assert await listed(desk, DISPATCHER, "state=done&q=井盖") == ids(case)


async def test_words_are_found_in_chinese_and_english_in_place_class_and_number(desk: Desk) -> None:
    cover = await plant(desk, 12_345, description="小区门口的雨水井盖被压坏，Cover is BROKEN near gate 3")
    other = await plant(desk, 2, address="中山路88号", description="路灯不亮", category="x@1/Z9")
    for text in ("井盖", "盖", "压坏", "雨水井盖", "公滨路", "5号", "broken", "BROK", "12345", "26110112345",
                 "井盖 公滨路", "坏 cover", "2301102026110112345", "ｇａｔｅ"):  # fmt: skip
        assert await listed(desk, DISPATCHER, f"q={text}") == ids(cover), text
    for text in ("井灯", "%25", "。", "井盖 中山路", "roken", "'", '" OR *', ")("):
        assert await listed(desk, DISPATCHER, f"q={text}") == [], text
    for text in ("路", "Xiangfang", "香坊"):
        assert await listed(desk, DISPATCHER, f"q={text}") == ids(cover, other)


async def test_nobody_is_found_by_a_telephone_number(desk: Desk) -> None:
    await plant(desk, 1, description="联系13945671234或 139-4567-1234，井盖丢了")
    for text in ("13945671234", "4567", "1234", "139"):
        assert await listed(desk, DISPATCHER, f"q={text}") == []


async def test_hidden_words_find_no_confidential_case(desk: Desk) -> None:
    """Neither do counts tell that a word is in one."""
    case = await plant(desk, 1, confidential=True, description="邻居举报油烟")
    for who in (AGENT, DISPATCHER, ACCEPTOR):
        assert await listed(desk, who, "q=油烟") == ids(case)
    assert await listed(desk, OTHER_AGENT, "q=油烟") == []
    assert (await page(desk, OTHER_AGENT, "q=油烟&counts=true"))["counts"]["state"]["filed"] == 0
    assert await listed(desk, OTHER_AGENT) == ids(case)  # masked
    await desk.post(
        AGENT, f"/cases/{(open_one := await plant(desk, 2)).case_id}/confidential", confidential=True
    )
    assert await listed(desk, OTHER_AGENT, "q=井盖") == []
    assert await listed(desk, AGENT, "q=井盖") == ids(open_one, case)  # the class has the word too


async def test_a_person_of_one_district_sees_its_cases_and_those_of_none(desk: Desk) -> None:
    await plant(desk, 1)
    nangang = await plant(desk, 2, district="230103")
    nowhere = await plant(desk, 3, district=None)
    own = await plant(desk, 4, filed_by=OF_NANGANG.id)
    for query in ("", "q=井盖", "order=updated", "order=urgency"):
        assert await listed(desk, OF_NANGANG, query) == ids(own, nowhere, nangang)
    assert (await page(desk, OF_NANGANG, "counts=true"))["counts"]["state"]["filed"] == 3


async def test_cases_of_an_earlier_version_are_indexed_when_the_room_starts(desk: Desk) -> None:
    case = await plant(desk, 1)
    async with desk.on.storage.write() as transaction:
        await transaction.connection.exec_driver_sql("DELETE FROM case_search")
        await transaction.connection.exec_driver_sql("UPDATE cases SET search_version = 0")
    assert await listed(desk, DISPATCHER, "q=井盖") == []
    search = desk.on.room.search
    assert await search.catch_up(desk.on.storage) == 1
    assert await search.catch_up(desk.on.storage) == 0
    assert await listed(desk, DISPATCHER, "q=井盖") == ids(case)


async def test_a_cursor_is_for_its_own_order(desk: Desk) -> None:
    for number in range(2):
        await plant(desk, number)
    following = (await page(desk, DISPATCHER, "limit=1"))["next"]
    answer = await desk(DISPATCHER, "GET", f"/cases?order=updated&cursor={following}")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:songhua:problem:bad-cursor")


@given(st.text(max_size=120))
def test_no_text_is_taken_for_a_cursor_without_being_one(text: str) -> None:
    with suppress(BadCursor):
        assert cursor_of(text, CaseOrder.NEWEST).text() != ""


@given(st.text(max_size=60))
def test_what_is_written_is_found_and_terms_need_no_escape(text: str) -> None:
    words = words_of([text])
    assert all(word.replace(":", "").isalnum() or not word.isascii() for word in words)
    for group in asked(text):
        for term in group:
            assert not set(term.text) & set(" \"'\\&|!()*<>")
