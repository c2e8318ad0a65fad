"""Warnings at the desk: two people in two browsers release one, everybody sees it, and it is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import KeptTab, Page
from tests.console.seats import chinese_browser, open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def open_warnings(page: Page, gateway: SimulatedGateway, user: str) -> None:
    await sign_in(page, gateway, user)
    await open_workspace(page, "supervision")
    await page.click("view-warnings")
    await page.until("document.querySelector('[data-testid=warnings]') !== null", "the page of warnings")


async def draft(page: Page, status: str, *channels: str) -> None:
    """With these channels besides those that are chosen already."""
    await page.run("document.querySelector('[data-testid=warning-new]').open = true")
    for channel in channels:
        await page.click_first(f"[data-testid=warning-new] input[value={channel}]")
    await page.choose("warning-status", status)
    await page.fill("warning-headline", "暴雨红色预警")
    await page.fill("warning-description", "请留在室内。")
    await page.fill("warning-where", "道里区")
    await page.fill("warning-codes", "230102")
    await page.click("warning-draft")
    await page.until_text("warning-new-told", "尚未发出")
    await page.until_text("warning-state", "待发布")


async def release(page: Page) -> None:
    await page.until("document.querySelector('[data-testid=warning-release]') !== null", "its button")
    await page.click("warning-release")
    await page.until("document.querySelector('[data-testid=warning-release-sure]') !== null", "the question")
    await page.click("warning-release-sure")


async def test_two_people_in_two_browsers_release_an_actual_warning(
    page: Page, gateway: SimulatedGateway, tmp_path: Path
) -> None:
    for user, name in (("qian.yi", "钱一"), ("zhou.er", "周二")):
        gateway.users[user] = {"id": user, "name": name, "roles": ["supervisor"]}
    await open_warnings(page, gateway, "zhao.qiang")
    await draft(page, "Actual")
    await page.click("warning-open")
    await page.until_text("warning-audience", "3 个外勤单元")
    await release(page)
    await page.until_text("warnings-trouble", "起草人不能发布")
    assert not await page.has("warning-banner")
    with chinese_browser(tmp_path) as other:
        async with KeptTab(other).page() as first:
            await open_warnings(first, gateway, "qian.yi")
            await first.click("warning-open")
            await release(first)
            await first.until_text("warnings-told", "等待第二人")
            await release(first)
            await first.until_text("warnings-trouble", "须由第二人")
            assert not await first.has("warning-banner")
    # Had somebody else drafted it, this person would be the second.
    gateway.warnings[0]["made_by"] = "zhou.er"
    await page.click("warning-open")
    await page.click("warning-open")
    await release(page)
    await page.until_text("warnings-told", "正在告知")
    await page.until_text("warning-banner", "暴雨红色预警")
    await page.until_text("warning-counts", "已送达 2")
    await picture(page, "desk-warnings-zh")
    await page.fill("warning-why", "误发")
    await page.click("warning-cancel")
    await page.until("document.querySelector('[data-testid=warning-banner]') === null", "its end")


async def test_one_person_runs_an_exercise_that_says_so(page: Page, gateway: SimulatedGateway) -> None:
    await open_warnings(page, gateway, "zhao.qiang")
    await draft(page, "Exercise", "sirens", "paging")
    await page.click("warning-open")
    await page.until_text("warnings", "区域内有 3 台警报器")
    await page.until_text("warnings", "区域内有 3 个广播组")
    await release(page)
    await page.until_text("warning-banner", "演习 EXERCISE")
    counts = "document.querySelectorAll('[data-testid=warning-counts]').length"
    await page.until(f"{counts} === 3", "counts of units, sirens and paging")
    await page.until_text("warnings", "组播广播（扬声器、话机）")
    assert "演习 EXERCISE" in await page.text("warning-text")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await page.open(f"{gateway.url}/desk/wallboard")
    await page.until_text("warning-banner", "演习 EXERCISE")
    clean(page)
