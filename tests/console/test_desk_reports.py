"""Citizens' reports at the desk: taken, filed, declined, found by keys, with nothing for axe."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway, category
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real

FIRST = "0193a001-0000-7000-8000-000000000001"
SECOND = "0193a002-0000-7000-8000-000000000002"
DARK = "document.documentElement.dataset.theme = 'dark'"


def reports(gateway: SimulatedGateway) -> None:
    """Two reports wait: one by the web form, one by WeChat that a colleague has taken."""
    for draft_id, source, text, by in (
        (FIRST, "web", "公滨路5号门口井盖不见了，晚上很危险，麻烦尽快处理。", None),
        (SECOND, "wechat", "中山路路灯不亮", "zhao.qiang"),
    ):
        gateway.report(draft_id, source=source, taken_by=by, description=text, address="公滨路5号")
        gateway.drafts[draft_id]["fields"]["category"]["value"] = category("P0103")


async def open_reports(page: Page, gateway: SimulatedGateway) -> None:
    reports(gateway)
    await sign_in(page, gateway)
    await open_workspace(page, "cases")
    await page.until_text("to-received", "1")
    await page.click("to-received")
    await page.until_text("received-count", "2")


async def test_an_agent_takes_a_report_and_files_it(page: Page, gateway: SimulatedGateway) -> None:
    await open_reports(page, gateway)
    await page.click(f"received-{FIRST}")
    await page.until_text("received-text", "井盖不见了")
    await page.until_text("received-addition", "就在公交站旁边")
    await page.until_text("received-rating", "4")
    assert await page.run("document.querySelector('[data-testid=confirm]') === null"), (
        "not before it is taken"
    )
    await page.click("received-take")
    await page.until("document.querySelector('[data-testid=confirm]') !== null", "the form")
    assert await page.run("document.querySelector('.pictures img').complete")
    await page.click("confirm")
    await page.until("document.querySelector('.case-number') !== null", "the case")
    await page.until_text("received-count", "1")
    asked = [one[1] for one in gateway.requests if one[0] == "POST" and "/drafts/" in one[1]]
    assert asked == [f"/api/drafts/{FIRST}/take", f"/api/drafts/{FIRST}/confirm"]
    clean(page)


async def test_a_report_is_declined_with_a_reason_and_another_agents_stays_his(
    page: Page, gateway: SimulatedGateway
) -> None:
    await open_reports(page, gateway)
    await page.click(f"received-{SECOND}")
    await page.until_text("received-text", "路灯")
    assert await page.run("document.querySelector('[data-testid=received-take]') === null")
    await page.press("Escape")
    await page.until(f"document.activeElement.dataset.draft === '{SECOND}'", "the row that was open")
    await page.press("ArrowUp")
    await page.press("Enter")
    await page.until_text("received-text", "井盖")
    await page.click("received-take")
    await page.choose("received-reason", "not_ours")
    await page.click("received-decline")
    await page.until_text("received-count", "1")
    said = [one[2] for one in gateway.requests if one[1] == f"/api/drafts/{FIRST}/decline"]
    assert [one["reason"] for one in said] == ["not_ours"]
    clean(page)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_in_the_reports(page: Page, gateway: SimulatedGateway, language: str) -> None:
    await open_reports(page, gateway)
    await page.choose("language", language)
    await page.click(f"received-{FIRST}")
    await page.click("received-take")
    await page.until("document.querySelector('[data-testid=confirm]') !== null", "the form")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"reports-{language}")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, f"reports-dark-{language}")
