"""The desk of a department, on a phone and on a wide screen, against a simulated gateway."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from tests.console.page import Page
from tests.console.phone import photograph
from tests.console.seats import SHOWN, fill_in
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_assignments import clock_of
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real

HOST = "district-230103"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = (
    "[...document.querySelectorAll('.department button, .department select, .department-rows a,"
    " .rail a, .strip button')]"
    ".filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"
)
"""What a thumb would miss."""


async def take_phone(page: Page, gateway: SimulatedGateway, width: int = 360) -> None:
    await page.size(width, 740)
    await page.open(f"{gateway.url}/desk/")
    await fill_in(page, "ma.ke", "correct-horse")
    await page.until_attribute("link-state", "data-state", "live")
    await page.until("document.querySelector('main[data-workspace=department]')?.children.length", "")


async def fits_a_phone(page: Page) -> None:
    assert await page.run(SIDEWAYS) == 0
    assert await page.run(SMALL) == []
    assert await faults(page) == []


def photo(folder: Path, name: str, colour: str) -> Path:
    file = folder / f"{name}.jpg"
    Image.new("RGB", (3000, 2000), colour).save(file)
    return file


async def test_on_a_phone_a_case_arrives_is_signed_for_and_answered_with_photos(
    page: Page, gateway: SimulatedGateway, tmp_path: Path
) -> None:
    await take_phone(page, gateway)
    assert await page.run(SHOWN) == ["department"]
    await page.until_text("department-none", "没有任务")
    number = gateway.cases[put(gateway, 1)]["number"]
    one = await gateway.given("k1", HOST, "sign", "return!", clock=clock_of(3.9))
    await page.until_text(f"row-{number}", "剩 3 小时")
    await page.until_text("count-department", "1")
    await fits_a_phone(page)
    await picture(page, "department-phone-list")
    await page.click(f"row-{number}")
    await page.until_attribute("department-state", "data-state", "waiting")
    assert not await page.run("document.querySelector('[data-testid=department-list]').offsetParent")
    assert "井盖丢了" in await page.text("department-description")
    await page.click("do-sign")
    await page.until_attribute("department-state", "data-state", "handling")
    await page.click("do-answer")
    assert await page.focused() == "do-words"
    await page.fill("do-words", "已更换新井盖")
    await photograph(page, "photo-before", photo(tmp_path, "before", "grey"))
    await photograph(page, "photo-after", photo(tmp_path, "after", "green"))
    await page.until("document.querySelectorAll('.photo-chooser img').length === 2", "both photos")
    await fits_a_phone(page)
    await picture(page, "department-phone-answer")
    await page.click("do-send")
    await page.until_attribute("department-state", "data-state", "answered")
    known = gateway.assignments[one]["assignment"]
    assert known["before"] + known["photos"] == list(gateway.brought)
    sizes = []
    for data in gateway.brought.values():
        file = tmp_path / "came.jpg"
        file.write_bytes(data)
        sizes.append(Image.open(file).size)
    assert sizes == [(2048, 1365)] * 2, "a slow line carries no more than a screen shows"
    await page.until_attribute("department-photos", "data-count", "2")
    assert "处置前" in await page.text(f"look-{known['before'][0]}")
    await page.click(f"look-{known['photos'][0]}")
    await page.until("document.querySelector('[data-testid=department-photo-shown]')?.naturalWidth", "it")
    await fits_a_phone(page)
    await picture(page, "department-phone-answered")
    await page.click("department-back")
    await page.until_text("department-none", "没有任务")
    clean(page)


async def test_it_asks_with_a_reason_and_hears_the_decision_without_a_reload(
    page: Page, gateway: SimulatedGateway
) -> None:
    await take_phone(page, gateway, 390)
    put(gateway, 1)
    one = await gateway.given("k1", HOST, "ask_extension!", "answer!", clock=clock_of(1))
    gateway.assignments[one]["assignment"]["state"] = "handling"
    await page.open(f"{gateway.url}/desk/department/{one}")
    await page.click("do-ask_extension")
    await page.fill("do-words", "等吊车")
    assert await page.run("document.querySelector('[data-testid=do-send]').disabled"), "without hours"
    await page.fill("do-hours", "4")
    await picture(page, "department-phone-ask")
    await page.click("do-send")
    await page.until_attribute("department-state", "data-state", "extension_asked")
    assert "等吊车" in await page.text("department-acts")
    known = gateway.assignments[one]["assignment"]
    known |= {"state": "handling", "rev": 9, "clock": clock_of(5, extended_h=4.0), "last_act": "approve"}
    gateway.acts[one].append(
        {"at": datetime.now(UTC).isoformat(), "actor": "zhao.qiang", "actor_name": "赵强", "act": "approve",
         "state": "handling", "text": "同意"}
    )  # fmt: skip
    await gateway._told(one)
    await page.until_attribute("department-state", "data-state", "handling")
    assert "已延 4 小时" in await page.text("department-fact-due")
    assert "赵强" in await page.text("department-acts")
    clean(page)


async def test_a_case_is_given_to_a_colleague_and_to_a_unit_whose_words_and_photos_make_the_answer(
    page: Page, gateway: SimulatedGateway
) -> None:
    await take_phone(page, gateway)
    for number in (1, 2):
        put(gateway, number)
    mine, other = gateway.cases["k2"]["number"], gateway.cases["k1"]["number"]
    one = await gateway.given("k1", HOST, "delegate", "answer!", clock=clock_of(1))
    two = gateway.assigned("k2", HOST, "handling", "take_back", clock=clock_of(5))
    gateway._give_to(gateway.assignments[two], "ma.ke")
    gateway.assignments[two]["assignment"]["last_by_name"] = "何科长"
    await gateway.tell(
        "cases.assignment_changed", confidential=False, assignment=gateway.assignments[two]["assignment"],
        act="delegate", actor="he.ke", text="", district=None,
    )  # fmt: skip
    await page.until_text("department-mine", "分给我的（1）")
    first = await page.run("document.querySelector('[data-testid=department-rows] a').dataset.testid")
    assert first == f"row-{mine}", "his own first, though the other one is due before"
    await page.until_text("department-given", f"何科长 把案件 {mine} 分派给您")
    await fits_a_phone(page)
    await picture(page, "department-phone-mine")
    await page.click("department-given-read")
    await page.click(f"row-{other}")
    await page.click("do-delegate")
    await page.until("document.querySelectorAll('[data-testid=do-handler] option').length === 4", "whom")
    assert "孙工 · 值班至" in await page.text("do-handler")
    await page.choose("do-handler", "app:31")
    await fits_a_phone(page)
    await picture(page, "department-phone-delegate")
    await page.click("do-send")
    await page.until_text("department-fact-handler", "抢修一车 · 已派出")
    gateway.unit_photos = [str(uuid4())]
    item = gateway.assignments[one]
    item["job"] |= {"step": "done", "ended": True, "note": "已换新井盖"}
    gateway.acts[one].append(
        {"at": datetime.now(UTC).isoformat(), "actor": "unit:app:31", "actor_name": "抢修一车",
         "act": "job_done", "state": "handling", "text": "已换新井盖"}
    )  # fmt: skip
    await gateway._told(one)
    await page.until_text("department-fact-handler", "已处置")
    await page.until_text("department-acts", "已处置")
    await page.click("do-answer")
    await page.click("take-words")
    assert await page.value("do-words") == "已换新井盖"
    await page.click(f"take-after-{gateway.unit_photos[0]}")
    await fits_a_phone(page)
    await picture(page, "department-phone-unit-work")
    await page.click("do-send")
    await page.until_attribute("department-state", "data-state", "answered")
    assert gateway.assignments[one]["assignment"]["photos"] == gateway.unit_photos
    clean(page)


async def test_a_colleague_was_quicker_and_what_was_typed_stays(
    page: Page, gateway: SimulatedGateway
) -> None:
    await take_phone(page, gateway)
    put(gateway, 1)
    one = await gateway.given("k1", HOST, "return!")
    await page.open(f"{gateway.url}/desk/department/{one}")
    await page.click("do-return")
    await page.fill("do-words", "不属我区")
    gateway.assignments[one]["assignment"] |= {"rev": 5, "last_act": "remind", "last_by_name": "孙丽"}
    await page.click("do-send")
    await page.until_text("do-trouble", "孙丽")
    assert await page.value("do-words") == "不属我区"
    assert gateway.assignments[one]["assignment"]["state"] == "waiting"
    page.errors = [line for line in page.errors if "409" not in line]
    await page.click("do-send")
    await page.until_attribute("department-state", "data-state", "returned")
    assert "等待中心处理" in await page.text("department-nothing")
    clean(page)


async def test_a_wide_screen_shows_list_and_case_and_goes_by_keys(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "ma.ke")
    for number in range(1, 6):
        put(gateway, number)
    gateway.page_size = 4
    gateway.assigned("k1", HOST, "waiting", "sign", clock=clock_of(2))
    late = clock_of(-3, state="overdue", was_overdue=True)
    gateway.assigned(
        "k2", HOST, "handling", "answer!", "ask_extension!", clock=late, supervision=2, reminders=1
    )
    gateway.assigned("k3", HOST, "suspended", "resume!", clock=clock_of(None))
    gateway.assigned("k4", "drainage", "sent_back", "sign", "object!", clock=clock_of(5), returns=1)
    await gateway.given("k5", HOST, "sign")
    await page.until_attribute("department-rows", "data-rows", "4")
    first = await page.run("document.querySelector('[data-testid=department-rows] a').dataset.testid")
    assert first == f"row-{gateway.cases['k2']['number']}", "what is due first stands first"
    assert "起停止计时：已挂账" in await page.text(f"row-{gateway.cases['k3']['number']}")
    await page.click("department-more")
    await page.until_attribute("department-rows", "data-rows", "5")
    await page.run(f"document.querySelector('[data-testid={first}]').focus()")
    await page.press("ArrowDown")
    await page.press("ArrowUp")
    await page.press("Enter")
    await page.until_attribute("department-state", "data-state", "handling")
    assert await faults(page) == []
    await picture(page, "department")
    await page.choose("language", "en")
    await page.size(1280, 800)
    await page.run(DARK)
    await page.until_text("department-state", "Being handled")
    assert await faults(page) == []
    await picture(page, "department-en-dark")
    await page.press("Escape")
    await page.until("document.querySelector('[data-testid=department-case]') === null", "the list alone")
    assert await page.focused() == first
    await page.choose("department-filter", "overdue")
    await page.until_attribute("department-rows", "data-rows", "1")
    await page.choose("department-filter", "toSign")
    await page.until_attribute("department-rows", "data-rows", "3")
    clean(page)


async def test_another_departments_case_is_not_there_and_other_roles_have_no_such_desk(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "ma.ke")
    await page.open(f"{gateway.url}/desk/department/{uuid4()}")
    await page.until("document.querySelector('[data-testid=unknown-page]') !== null", "it is not there")
    await page.open(f"{gateway.url}/desk/cases")
    await page.until("document.querySelector('[data-testid=unknown-page]') !== null", "not his workspace")
    asked = {path for _method, path, _body in gateway.requests}
    assert not any("/catalogue" in path or path == "/api/cases" for path in asked), asked
    await page.click("sign-out")
    await fill_in(page, "sun.li", "correct-horse")
    await page.until_attribute("link-state", "data-state", "live")
    assert "department" not in await page.run(SHOWN)
