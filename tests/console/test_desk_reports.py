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


async def test_an_offered_report_is_taken_by_one_key_or_goes_on_without_a_reason(
    page: Page, gateway: SimulatedGateway
) -> None:
    reports(gateway)
    await sign_in(page, gateway)
    await gateway.offers_report(FIRST, urgency="urgent")
    await page.until_text("report-offer", "请领取上报")
    await page.until_text("report-offer", "雨水井盖 · 南岗区")
    shown = await page.text("report-offer")
    assert "公滨路" not in shown, "nothing that the citizen wrote before it is the agent's"
    assert await faults(page) == []
    await picture(page, "report-offer")
    await page.click("report-offer-refuse")
    await page.until("document.querySelector('[data-testid=report-offer-take]') === null", "it has gone on")
    await gateway.offers_report(FIRST)
    await page.until_text("report-offer", "雨水井盖")
    await page.choose("language", "en")
    await page.until_text("report-offer", "Report for you")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, "report-offer-en-dark")
    await page.press("r", alt=True)
    await page.until_text("received-text", "井盖不见了")
    await page.until("document.querySelector('[data-testid=confirm]') !== null", "the form: it is taken")
    assert await page.has("report-offer-take") is False
    sent = [one[1] for one in gateway.requests if one[0] == "POST" and "/drafts/" in one[1]]
    assert sent == [f"/api/drafts/{FIRST}/offer/decline", f"/api/drafts/{FIRST}/take"]
    clean(page)


async def test_an_offer_that_ended_elsewhere_leaves_the_page(page: Page, gateway: SimulatedGateway) -> None:
    reports(gateway)
    await sign_in(page, gateway)
    await gateway.offers_report(FIRST)
    await page.until_text("report-offer", "雨水井盖")
    over = {"agent_id": "li.na", "why": "withdrawn"}
    await gateway.tell("cases.report_offer_over", draft_id=SECOND, **over)
    await page.until_text("report-offer", "雨水井盖")
    await gateway.tell("cases.report_offer_over", draft_id=FIRST, **over)
    await page.until("document.querySelector('[data-testid=report-offer-take]') === null", "no offer")
    clean(page)


async def test_a_supervisor_sees_how_many_wait_and_since_when(page: Page, gateway: SimulatedGateway) -> None:
    reports(gateway)
    await sign_in(page, gateway, "zhao.qiang")
    await open_workspace(page, "supervision")
    await gateway.tell("cases.reports_waiting", waiting=3, oldest="2026-01-01T00:00:00Z")
    await page.until_text("tile-reports", "3")
    await page.until_attribute("tile-reports", "data-tone", "warn")
    assert await faults(page) == []
    await picture(page, "supervision-reports")
    await page.open(f"{gateway.url}/desk/wallboard")
    await page.until_text("wall-reports", "1")
    await gateway.tell("cases.reports_waiting", waiting=2, oldest="2026-01-01T00:00:00Z")
    await page.until_text("wall-reports", "最早")
    await picture(page, "wallboard-reports")
    clean(page)
