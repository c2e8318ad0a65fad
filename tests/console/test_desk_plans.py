"""Emergency plans at the desk: one press starts one, and by keyboard each step is confirmed or skipped."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway, now
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_a_dispatcher_starts_a_plan_and_confirms_its_steps_by_keyboard(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.offer_plan()
    gateway.plan_results["duty"] = "in_doubt"
    gateway.near_things = [
        {"kind": "camera", "id": "N1", "name": "果戈里大街北向", "metres": 56.4, "lon": 126.6, "lat": 45.7,
         "state": "up", "at": None},
        {"kind": "unit", "id": "app:17", "name": "道外市政十七组", "metres": 120.0, "lon": 126.6, "lat": 45.7,
         "state": "online", "at": now()},
    ]  # fmt: skip
    put(gateway, 1)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_text("case-plans", "路面塌陷 · 示例")
    await page.focus("plan-start")
    await page.press("Enter")
    await page.until_attribute("step-look", "data-state", "open")
    await page.until_text("step-duty", "先完成第 1 步")
    assert not [one for one in gateway.requests if "/plan-runs/" in one[1]], "nothing is sent unasked"
    await page.focus("step-confirm-look")
    await page.press("Enter")
    await page.until_attribute("step-look", "data-state", "done")
    await page.fill("step-words-crew", "app:17")
    await page.focus("step-words-crew")
    await page.press("Enter")
    await page.until_attribute("step-crew", "data-state", "done")
    await page.fill("step-words-duty", "84660000")
    await page.focus("step-confirm-duty")
    await page.press("Enter")
    await page.until_attribute("step-duty", "data-state", "in_doubt")
    await page.fill("step-words-fence", "班组已围挡")
    await page.focus("step-skip-fence")
    await page.press("Enter")
    await page.until_attribute("step-fence", "data-state", "skipped")
    asked = [one[2] for one in gateway.requests if "/plan-runs/" in one[1]]
    assert [(one["target"], one["words"]) for one in asked] == [
        ("", ""), ("app:17", ""), ("84660000", ""), ("", "班组已围挡"),
    ]  # fmt: skip
    await page.focus("near-look")
    await page.press("Enter")
    await page.until_attribute("near-things", "data-count", "2")
    assert await faults(page) == []
    await page.run("document.querySelector('[data-testid=case-plans]').scrollIntoView()")
    await picture(page, "plans-zh")
    await page.choose("language", "en")
    await page.until_text("step-duty", "in doubt")
    await page.fill("step-words-duty", "问过值班室：接到了")
    await page.click("step-happened-duty")
    await page.until_attribute("step-duty", "data-state", "done")
    await page.run("document.querySelector('[data-testid=case-near]').scrollIntoView()")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, "plans-en")
    clean(page)
