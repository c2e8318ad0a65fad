"""Deadlines and departments at the desk: in the list, on a page, in the form, against a simulated gateway."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.cases import deadline_of, responsible_of
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import CALL, DRAFT, clean, draft, picture, sign_in, talk

pytestmark = pytest.mark.real
CHOICES = "document.querySelectorAll('[data-testid=act-department-choice] option').length === 2"
LAMP = "gbt30428.2@2013/P0137"


def look_of(row: str) -> str:
    return f"document.querySelector('[data-testid={row}] .deadline')?.dataset.look ?? ''"


def planted(gateway: SimulatedGateway) -> None:
    """Running, near, overdue, done in time, done late, and one without a clock."""
    host = {"responsible": responsible_of("district-230103")}
    late = {"state": "done", **host}
    put(gateway, 1, deadline=deadline_of(5.9), **host)
    put(gateway, 2, deadline=deadline_of(0.5, state="warned"), **host)
    put(gateway, 3, deadline=deadline_of(-26.5, provisional=True, assumed=True), **host)
    put(gateway, 4, deadline=deadline_of(3, state="stopped", stopped_at="2026-01-01T00:00:00Z"), **late)
    put(gateway, 5, deadline=deadline_of(-3, state="stopped", stopped_at="2999-01-01T00:00:00Z"), **late)
    put(gateway, 6, deadline=None, responsible=None)


async def test_the_list_and_the_page_say_how_much_time_is_left(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "sun.li")
    planted(gateway)
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "6")
    await page.until_text("case-row-k1", "剩 5 小时")
    looks = [await page.run(look_of(f"case-row-k{number}")) for number in range(1, 7)]
    assert looks == ["running", "warned", "overdue", "inTime", "late", ""]
    await page.until_text("case-row-k3", "超 26 小时")
    assert await faults(page) == []
    await picture(page, "deadlines-list")
    await page.choose("cases-deadline", "overdue")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_text("case-deadline", "超 26 小时")
    due = await page.text("fact-due")
    assert "条件未选" in due
    assert "暂定" in due
    await page.until_text("fact-department", "南岗区城市管理部门")
    await page.click("act-department")
    await page.until(
        "document.querySelectorAll('[data-testid=act-department-choice] option').length === 2", ""
    )
    await picture(page, "deadlines-page")
    clean(page)


async def test_the_clock_says_that_12345s_deadline_decided(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "sun.li")
    outside = {"set_by": "12345", "reference": "2026113000123"}
    first, second = deadline_of(2.9), deadline_of(5.9)
    first |= {"decided_by": "12345", "outside": {**outside, "due_at": first["due_at"]}}
    later = deadline_of(40)["due_at"]
    second |= {"decided_by": "limit", "outside": {**outside, "due_at": later}}
    put(gateway, 1, deadline=first, responsible=responsible_of("district-230103"))
    put(gateway, 2, deadline=second, responsible=responsible_of("district-230103"))
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.until_text("case-deadline", "剩 2 小时 · 12345")
    assert "以12345工单 2026113000123 的时限为准" in await page.text("fact-due")
    assert await faults(page) == []
    await picture(page, "deadlines-12345-zh")
    await page.choose("language", "en")
    await page.until_text("fact-due", "12345's deadline of work order 2026113000123 decides")
    await picture(page, "deadlines-12345-en")
    await page.open(f"{gateway.url}/desk/cases/k2")
    await page.until_text("fact-due", "12345's work order 2026113000123 is due")
    assert "12345" not in await page.text("case-deadline")
    clean(page)


async def test_a_dispatcher_chooses_another_department_and_says_why(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    planted(gateway)
    await page.open(f"{gateway.url}/desk/cases/k3")
    await page.until_text("fact-department", "南岗区城市管理部门")
    await page.click("act-department")
    await page.until(
        "document.querySelectorAll('[data-testid=act-department-choice] option').length === 2", ""
    )
    await page.choose("act-department-choice", "drainage")
    await page.fill("act-words", "区里来函")
    await page.click("act-send")
    await page.until_text("fact-department", "城镇排水主管部门")
    await page.until_text("fact-department", "改派")
    (sent,) = [one for one in gateway.requests if one[1].endswith("/department")]
    assert sent[0] == "POST"
    clean(page)


async def test_a_condition_is_chosen_only_where_the_class_has_several_and_costs_no_key(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.until_text("expected-due", "2紧急工作时")
    await page.until_text("expected-due", "条件未选")
    await page.until_text("expected-due", "位置确定后时限可能不同")
    await page.until_text("expected-department", "城镇排水主管部门")
    assert await faults(page) == []
    await picture(page, "deadlines-form")
    await page.choose("condition", "异响")
    await page.until_text("expected-due", "2工作日")
    await page.until_text("expected-due", "按“异响”")
    await page.choose("language", "en")
    await page.until_text("expected-due", "2 working days")
    await page.until_text("expected-due", "another limit may count")
    await page.run(DARK)
    await picture(page, "deadlines-form-en-dark")
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    (filed,) = [one for one in gateway.requests if one[1].endswith("/confirm")]
    assert filed[2]["condition"] == "异响"
    clean(page)


async def test_the_strictest_limit_counts_where_nobody_chooses(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    said: dict[str, Any] = {
        "category": (LAMP, 0.9, []),
        "address": ("学府路", 0.9, []),
        "description": ("灯不亮", 0.9, []),
    }
    await gateway.drafted(CALL, DRAFT, **said)
    await page.until_text("expected-department", "城镇排水主管部门")
    assert not await page.has("condition"), "a class with one condition has nothing to choose"
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    (filed,) = [one for one in gateway.requests if one[1].endswith("/confirm")]
    assert filed[2]["condition"] == ""
    clean(page)


async def test_the_narrow_english_list_says_it_too(page: Page, gateway: SimulatedGateway) -> None:
    await page.size(1280, 800)
    await sign_in(page, gateway, "sun.li")
    planted(gateway)
    await open_workspace(page, "cases")
    await page.choose("language", "en")
    await page.run(DARK)
    await page.until_text("case-row-k1", "5 h left")
    await picture(page, "deadlines-list-en-dark")
    await page.open(f"{gateway.url}/desk/field")
    await page.until_attribute("link-state", "data-state", "live")
    await picture(page, "deadlines-field-en-dark")
