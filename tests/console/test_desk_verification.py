"""Inspectors at the desk: asked for a draft and for a done case, answered with a photo, taken back."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.answers import now
from tests.console.test_accessibility import faults
from tests.console.test_desk_addresses import go
from tests.console.test_desk_cases import done, put
from tests.console.test_desk_page import clean, picture, sign_in
from tests.console.test_desk_reports import FIRST, open_reports

pytestmark = pytest.mark.real

FOUND = {
    "finding": "differs", "answer": "是雨水箅子，没有丢，只是移位", "answered_at": now(),
    "position": {"lon": 126.69123, "lat": 45.72001, "accuracy_m": 8.2},
    "photos": [{"photo_id": "0193a000-0000-7000-8000-0000000000f1", "taken_at": now(), "kept": True}],
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_agent_has_an_inspector_look_before_the_report_is_filed(
    page: Page, gateway: SimulatedGateway, language: str
) -> None:
    await open_reports(page, gateway)
    await page.choose("language", language)
    await page.click(f"received-{FIRST}")
    await page.click("received-take")
    await page.click("verification-ask")
    await page.fill("verification-words", "还在吗？有多深？" if language == "zh" else "Is it still there?")
    assert await faults(page) == []
    await page.click("verification-send")
    (task_id,) = await tasks(page, gateway)
    await page.until_attribute(f"verification-{task_id}", "data-state", "asked")
    await page.until_attribute(f"received-task-{FIRST}", "data-state", "asked")
    assert not await page.has("verification-ask"), "one inspector at a time"
    await gateway.inspector(task_id, "accepted", "accept")
    await page.until_attribute(f"verification-{task_id}", "data-state", "accepted")
    await gateway.inspector(task_id, "answered", "answer", **FOUND)
    await page.until_attribute("verification-answer", "data-finding", "differs")
    await page.until_attribute(f"received-task-{FIRST}", "data-state", "answered")
    await page.click("verification-photo-0")
    await page.until(
        "document.querySelector('[data-testid=verification-photo-shown]')?.complete", "the photo"
    )
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await page.run("document.querySelector('[data-testid=verification]').scrollIntoView()")
    await picture(page, f"verification-{language}")
    assert gateway.drafts[FIRST]["state"] == "open", "filing stays a person's act"
    clean(page)


async def test_a_departments_own_inspectors_are_named_like_one_of_ours(
    page: Page, gateway: SimulatedGateway
) -> None:
    await open_reports(page, gateway)
    await page.click(f"received-{FIRST}")
    await page.click("received-take")
    await page.click("verification-ask")
    listed = "document.querySelector('[data-testid=verification-who]').innerText"
    await page.until(f"{listed}.includes('南岗区城市管理部门 · 由该部门系统派监督员')", "the department")
    await page.choose("verification-who", "department:district-230103")
    assert await faults(page) == []
    await page.click("verification-send")
    (task_id,) = await tasks(page, gateway)
    await page.until_text(f"verification-{task_id}", "南岗区城市管理部门")
    await gateway.inspector(task_id, "answered", "answer", **FOUND)
    await page.until_attribute("verification-answer", "data-finding", "differs")
    clean(page)


async def test_a_task_is_taken_back_and_who_comes_second_is_told(
    page: Page, gateway: SimulatedGateway
) -> None:
    case = put(gateway, 1)
    gateway.cases[case] |= done(case)
    await sign_in(page, gateway, "wang.wei")
    await page.click("accept-k1")
    await page.click("verification-ask")
    await page.choose("verification-who", "app:22")
    await page.click("verification-send")
    (task_id,) = await tasks(page, gateway)
    await page.until_attribute(f"verification-{task_id}", "data-state", "asked")
    assert gateway.verifications[task_id]["unit_id"] == "app:22"
    await page.click("verification-recall")
    await page.fill("verification-reason", "电话里说清楚了")
    await page.click("verification-recall-send")
    await page.until_attribute(f"verification-{task_id}", "data-state", "recalled")
    assert gateway.verifications[task_id]["acts"][-1]["reason"] == "电话里说清楚了"
    clean(page)


async def test_an_inspectors_own_report_stands_in_the_queue_with_its_photo(
    page: Page, gateway: SimulatedGateway
) -> None:
    third = "0193a003-0000-7000-8000-000000000003"
    gateway.report(third, source="inspector", taken_by=None, description="井盖松动", address="公滨路7号")
    await sign_in(page, gateway)
    await open_workspace(page, "cases")
    await page.click("to-received")
    await page.until_text(f"received-{third}", "监督员")
    await page.click(f"received-{third}")
    await page.until_text("received-text", "井盖松动")
    await page.click("inspector-photo-0")
    await page.until("document.querySelector('[data-testid=inspector-photo-shown]')?.complete", "the photo")
    assert await faults(page) == []
    clean(page)


async def test_the_map_draws_the_track_of_an_inspectors_shift(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await go(page, gateway, "field/map?at=unit:app:21")
    await page.until_attribute("map-track", "data-shift", "true")
    assert gateway.tracked[0] == ("app:21", "2026-11-30T23:30:00Z")
    await page.until_attribute("field-map", "data-state", "drawn")
    await picture(page, "map-track")


async def tasks(page: Page, gateway: SimulatedGateway) -> list[str]:
    await page.until("document.querySelector('[data-testid=verification] ol li') !== null", "the task")
    return list(gateway.verifications)
