"""Cases and Acceptance against a simulated gateway: many rows, keys, addresses, and nothing for axe."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway, category
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import CALL, clean, picture, sign_in

pytestmark = pytest.mark.real

MANY = 5_000
ROWS = "document.querySelectorAll('[data-testid^=case-row-]').length"
DARK = "document.documentElement.dataset.theme = 'dark'"
LIGHT = "document.documentElement.dataset.theme = 'light'"
VALUES = dict.fromkeys(("district", "address", "crossing", "urgency", "handoff", "intent"))


def put(gateway: SimulatedGateway, number: int, **changes: Any) -> str:
    case_id = f"k{number}"
    values = {**VALUES, "category": category("P0103"), "description": "井盖丢了", "urgency": "normal"}
    case = gateway.case_of(values, CALL, number)
    gateway.cases[case_id] = case | {"case_id": case_id, "source": "telephone"} | changes
    return case_id


def done(case_id: str) -> dict[str, Any]:
    sent = {
        "dispatch_id": "d1",
        "case_id": case_id,
        "unit_id": "app:17",
        "step": "done",
        "reason": None,
        "note": "已换新井盖",
        "at": "2026-11-25T06:00:00Z",
    }
    return {"state": "done", "dispatches": [sent]}


async def test_of_many_cases_only_those_in_sight_are_drawn_and_keys_reach_them(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    for number in range(1, MANY + 1):
        put(gateway, number)
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "100")
    assert await page.run(ROWS) < 100
    assert await page.text("cases-count-filed") == "1000+"
    await page.focus("case-grid")
    for _ in range(2):
        await page.press("ArrowDown")
    await page.press("End")
    await page.until_attribute("case-grid", "data-rows", "200")
    await page.press("End")
    await page.press("Enter")
    await page.until("location.pathname === '/desk/cases/k200'", "the last row's case")
    await page.until_text("case-number", "230103-20261125-0200")
    assert await page.run("document.activeElement.innerText.includes('0200')"), "the case has the focus"
    await page.press("Escape")
    await page.until("location.pathname === '/desk/cases'", "the list again")
    await page.until("document.activeElement?.dataset.testid === 'case-grid'", "the focus on the list")
    assert await page.attribute("case-row-k200", "class") == "grid-row chosen"
    await page.open(f"{gateway.url}/desk/cases/k200")
    await page.until_attribute("case-grid", "data-rows", "100")
    await page.until_attribute("link-state", "data-state", "live")
    assert not await page.has("cases-fresh"), "what was there before is not new, wherever in the list it is"
    clean(page)


async def test_a_filter_with_a_name_is_there_after_a_reload(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "sun.li")
    put(gateway, 1)
    put(gateway, 2, **done("k2"))
    await open_workspace(page, "cases")
    await page.click("cases-state-done")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.fill("cases-save-name", "待核查")
    await page.press("Enter")
    await page.until_value("cases-saved", "待核查")
    await page.open(f"{gateway.url}/desk/cases")
    await page.until_attribute("case-grid", "data-rows", "2")
    await page.choose("cases-saved", "待核查")
    await page.until_attribute("case-grid", "data-rows", "1")
    clean(page)


async def test_what_changes_is_shown_and_what_is_new_waits_for_a_hand(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    put(gateway, 1)
    await open_workspace(page, "cases")
    await page.until_attribute("case-row-k1", "data-progress", "received")
    put(gateway, 2)
    await gateway.tell(
        "cases.case_filed", call_id=None, draft_id=None, case=gateway.cases["k2"], confidential=False
    )
    await page.until_text("cases-fresh", "1")
    assert await page.attribute("case-grid", "data-rows") == "1"
    changed = gateway.cases["k1"] | {"state": "cancelled", "updated_at": "2099-01-01T00:00:00Z"}
    await gateway.tell(
        "cases.case_changed", call_id=None, confidential=False, case=changed, act="cancel", actor=""
    )
    await page.until_attribute("case-row-k1", "data-progress", "cancelled")
    await page.click("cases-fresh")
    await page.until_attribute("case-grid", "data-rows", "2")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_in_the_list_the_case_and_the_paper(
    page: Page, gateway: SimulatedGateway, language: str
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher"]
    await sign_in(page, gateway)
    await page.choose("language", language)
    for number in range(1, 60):
        put(gateway, number, **(done(f"k{number}") if number % 3 == 0 else {}))
    await open_workspace(page, "cases")
    await page.click("case-row-k2")
    await page.until("document.querySelectorAll('[data-testid=timeline] li').length > 0", "the timeline")
    assert await faults(page) == []
    await page.click("act-cancel")
    await page.until("document.querySelector('[data-testid=act-words]') !== null")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"cases-{language}")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await page.run(LIGHT)
    await page.click("to-paper")
    await page.click("paper-enter")
    await page.until("document.querySelector('[data-testid=paper-trouble] p') !== null", "what is missing")
    assert await faults(page) == []
    await picture(page, f"paper-{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_in_acceptance(page: Page, gateway: SimulatedGateway, language: str) -> None:
    case = put(gateway, 1)
    gateway.cases[case] |= done(case)
    for photo in ("p1", "p2"):
        gateway.photo(photo, case)
    await sign_in(page, gateway, "wang.wei")
    await page.choose("language", language)
    await page.click("accept-k1")
    await page.until_attribute("photos-side", "data-count", "2")
    await page.click("photos-open")
    await page.until("document.querySelectorAll('[data-testid=photo-shown]').length === 2", "both photos")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"acceptance-{language}")
    await page.run(DARK)
    assert await contrast_faults(page) == []


async def test_an_acceptor_sends_back_with_a_reason(page: Page, gateway: SimulatedGateway) -> None:
    case = put(gateway, 1)
    gateway.cases[case] |= done(case)
    await sign_in(page, gateway, "wang.wei")
    await page.click("accept-k1")
    await page.click("send-back")
    await page.until_text("accept-trouble", "退回原因")
    await page.fill("close-note", "井盖没有盖严")
    await page.click("send-back")
    await page.until_text("case-closed", "退回重办")
    await page.until("!document.querySelector('[data-testid=accept-k1]')", "that it does not wait any more")
    assert [one[1] for one in gateway.requests if one[0] == "POST"] == ["/api/cases/k1/reopen"]
    clean(page)
