"""The operating mode at the desk: the banner for everybody, asking for another, lent roles, the wallboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


def emergency(**changed: Any) -> dict[str, Any]:
    return {
        "mode": "emergency", "before": "peace", "version": 1, "why": "民益街果戈里大街路口塌陷",
        "by": "zhao.qiang", "since": "2026-11-30T08:00:00Z", "alone": True, "confirmed_by": "",
        "confirmed_at": None, "overdue": False, "incident_id": None, "greeting": "wait-long",
        "roles": {"agent": ["dispatcher"]},
    } | changed  # fmt: skip


async def test_everybody_sees_the_mode_and_who_is_still_to_confirm_it(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    assert not await page.has("mode-banner")
    assert not await page.has("view-field")
    await gateway.tell("cases.operating_mode_changed", mode=emergency())
    await page.until_text("mode-banner", "应急")
    assert "路口塌陷" in await page.text("mode-banner")
    assert "等待第二人确认" in await page.text("mode-second")
    assert "派单员" in await page.text("mode-roles")
    await page.until("document.querySelector('[data-testid=view-field]') !== null", "the lent role's work")
    await gateway.tell("cases.operating_mode_changed", mode=emergency(overdue=True))
    await page.until_text("mode-second", "已超时")
    await gateway.tell("cases.operating_mode_changed", mode=emergency(confirmed_by="li.na"))
    await page.until_text("mode-second", "李娜")
    await gateway.tell("cases.operating_mode_changed", mode=emergency(mode="peace", roles={}))
    await page.until("document.querySelector('[data-testid=mode-banner]') === null", "peace")
    assert not await page.has("view-field")
    clean(page)


async def test_everybody_sees_that_new_calls_are_kept_back_before_a_stop(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    assert not await page.has("drain-banner")
    drain = {
        "on": True, "since": "2026-12-01T08:00:00Z", "until": "2026-12-01T08:45:00Z", "by": "zhao.qiang",
        "left": 2, "kept_waiting": 1,
    }  # fmt: skip
    await gateway.tell("hotline.drain_changed", drain=drain)
    await page.until_text("drain-banner", "新来电不再转给坐席")
    assert "还有 2 个通话未结束，1 位来电人等待" in await page.text("drain-banner")
    await gateway.tell("hotline.drain_changed", drain={**drain, "on": False})
    await page.until("document.querySelector('[data-testid=drain-banner]') === null", "the end of the drain")
    clean(page)


async def test_a_supervisor_asks_for_a_mode_alone_or_with_a_second_person(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await open_workspace(page, "supervision")
    await page.until_text("mode-now", "平时")
    await page.choose("mode-wanted", "emergency")
    await page.until_text("mode-changes", "wait-long")
    assert "坐席还可作为派单员" in await page.text("mode-changes")
    await page.fill("mode-why", "民益街塌陷")
    await page.click("mode-alone")
    await page.click("mode-ask")
    await page.until_text("mode-banner", "应急")
    asked = [body for method, path, body in gateway.requests if path == "/api/mode/request"]
    assert [(one["mode"], one["alone"], one["why"]) for one in asked] == [("emergency", True, "民益街塌陷")]
    await page.choose("mode-wanted", "peace")
    assert not await page.has("mode-alone"), "down go two"
    await page.fill("mode-why", "处置完毕")
    await page.click("mode-ask")
    await page.until_text("mode-panel", "等待第二人批准")
    clean(page)


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 1280)])
async def test_axe_finds_nothing_in_the_mode(
    page: Page, gateway: SimulatedGateway, language: str, width: int
) -> None:
    await page.size(width, 900)
    await sign_in(page, gateway, "zhao.qiang")
    await page.choose("language", language)
    await open_workspace(page, "supervision")
    await page.choose("mode-wanted", "wartime")
    await gateway.tell("cases.operating_mode_changed", mode=emergency())
    await page.until("document.querySelector('[data-testid=mode-banner]') !== null", "the banner")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"mode-{language}")
    gateway.mode = emergency()
    await page.open(f"{gateway.url}/desk/wallboard")
    await page.until("document.querySelector('[data-testid=wall-mode]') !== null", "the mode on the wall")
    await picture(page, f"mode-wall-{language}")
