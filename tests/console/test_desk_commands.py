"""The command bar: everything that has an address and every action of the role, by the keyboard alone."""

from __future__ import annotations

import pytest

from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway, category
from tests.console.test_desk_page import CALL, clean, picture, sign_in, talk

pytestmark = pytest.mark.real

OPEN = "document.querySelector('[data-testid=command-bar]') !== null"
ROWS = "document.querySelectorAll('[data-testid=command-rows] li b')"
STATUS = "document.querySelector('[data-testid=command-bar] [role=status]').innerText"
FIRST = "document.querySelector('[data-testid=command-rows] [aria-selected=true]')?.innerText ?? ''"


async def find(page: Page, words: str) -> None:
    await page.press("k", ctrl=True)
    await page.until(OPEN, "the command bar")
    assert await page.focused() == "command-words"
    await page.command("Input.insertText", text=words)


async def chosen(page: Page, text: str) -> None:
    await page.until(f"({FIRST}).includes('{text}')", text)


async def test_each_kind_of_thing_is_found_and_opened_by_keys(page: Page, gateway: SimulatedGateway) -> None:
    values = dict.fromkeys(("district", "address", "crossing", "urgency", "handoff", "intent"))
    case = gateway.case_of({**values, "category": category("P0103"), "description": "井盖丢了"}, CALL, 1)
    gateway.cases["k1"] = case | {"case_id": "k1"}
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher", "acceptor"]
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001")
    await gateway.floor("app:daoli", "idle")
    await page.press("Escape")
    for words, text, path in (
        ("0001", "230103-20261125-0001", "/desk/cases/k1"),
        ("139 0451", "13904510001", f"/desk/calls/{CALL}"),
        ("南岗一", "南岗一队", "/desk/field/units/app:17"),
        ("道里", "道里", "/desk/field/talkgroups/app:daoli"),
        ("验收", "验收", "/desk/acceptance"),
    ):
        await find(page, words)
        await page.until_text("command-rows", text)
        row = f"[...{ROWS}].findIndex((e) => e.innerText.includes('{text}'))"
        await page.until(f"!{STATUS}.includes('正在')", "all sources have answered")
        for _ in range(int(await page.run(row))):
            await page.press("ArrowDown")
        await chosen(page, text)
        await page.press("Enter")
        await page.until(f"decodeURIComponent(location.pathname) === '{path}'", path)
        assert not await page.run(OPEN)
    clean(page)


async def test_a_slash_opens_it_outside_fields_and_is_typed_inside(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await page.click("disposition-enquiry")
    await page.focus("disposition-note")
    await page.press("/")
    assert await page.value("disposition-note") == "/"
    assert not await page.run(OPEN)
    await page.run("document.activeElement.blur()")
    await page.press("/")
    await page.until(OPEN, "the command bar")
    await picture(page, "command-bar")
    await page.press("Escape")
    await page.until(f"!({OPEN})")
    clean(page)


async def test_the_focus_goes_back_to_where_it_was(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await page.click("disposition-enquiry")
    await page.fill("disposition-note", "问路灯")
    await page.press("k", ctrl=True)
    await page.until(OPEN)
    await page.press("Escape")
    await page.until(f"!({OPEN})")
    assert await page.focused() == "disposition-note"
    assert await page.value("disposition-note") == "问路灯"


async def test_an_action_of_the_role_is_done_and_those_of_others_are_not_offered(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await page.press("k", ctrl=True)
    await page.until(OPEN)
    assert await page.has("command-workspace calls")
    for other in ("settings", "field", "acceptance", "supervision"):
        assert not await page.has(f"command-workspace {other}")
    await page.command("Input.insertText", text="示闲")
    await chosen(page, "示闲")
    await page.press("Enter")
    await page.until_attribute("agent-state", "data-state", "ready")
    await find(page, "深色")
    await chosen(page, "深色")
    await page.press("Enter")
    await page.until("document.documentElement.dataset.theme === 'dark'", "the dark theme")
    await page.open(f"{gateway.url}/desk/")
    await page.until("document.documentElement.dataset.theme === 'dark'", "it is remembered")
    clean(page)


async def test_what_an_input_method_composes_is_neither_searched_nor_chosen(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["supervisor"]
    await sign_in(page, gateway)
    await page.press("k", ctrl=True)
    await page.until(OPEN)
    gateway.requests.clear()
    await page.command("Input.imeSetComposition", text="nangang", selectionStart=7, selectionEnd=7)
    enter = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    await page.command("Input.dispatchKeyEvent", type="rawKeyDown", **enter)
    await page.command("Input.dispatchKeyEvent", type="keyUp", **enter)
    await page.run("new Promise((done) => setTimeout(done, 400))")
    assert await page.run(OPEN), "Enter of the input method chose nothing"
    assert [one for one in gateway.requests if one[1] in {"/api/cases", "/api/talkgroups"}] == []
    await page.command("Input.insertText", text="南岗")
    await page.until_text("command-rows", "南岗一队")
    clean(page)


async def test_it_finds_what_it_can_while_one_source_is_away(page: Page, gateway: SimulatedGateway) -> None:
    gateway.users["li.na"]["roles"] = ["supervisor"]
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001")
    gateway.refuse["/cases"] = "unavailable"
    gateway.refuse["/talkgroups"] = "unavailable"
    await find(page, "13904510001")
    await page.until_text("command-rows", "13904510001")
