"""The evaluation at the desk: figures, the cases behind them, hot spots and repeats, with nothing for axe."""

from __future__ import annotations

import asyncio

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real

DARK = "document.documentElement.dataset.theme = 'dark'"
ROWS = "document.querySelectorAll('[data-testid=evaluation-row]').length"
CASES = "document.querySelectorAll('[data-testid=evaluation-case]').length"


async def open_evaluation(page: Page, gateway: SimulatedGateway, user: str = "zhao.qiang") -> None:
    gateway.behind = [gateway.cases[put(gateway, number, progress="received")] for number in range(3)]
    gateway.hidden = 1
    await sign_in(page, gateway, user)
    await page.open(f"{gateway.url}/desk/reports/evaluation")
    await page.until(f"{ROWS} === 4", "the departments")


async def test_every_figure_leads_to_its_cases_and_they_to_their_page(
    page: Page, gateway: SimulatedGateway
) -> None:
    await open_evaluation(page, gateway)
    await page.until_text("evaluation-rates", "按期处置率")
    await page.click("behind-timely_handling_rate")
    await page.until(f"{CASES} === 2", "the first page")
    heading = await page.text("evaluation-behind")
    assert "香坊区城市管理部门 · 按期处置率: 4 件" in heading
    assert "涉密案件" not in heading
    await page.click("evaluation-more")
    await page.until(f"{CASES} === 3", "the second page")
    assert "其中 1 件为涉密案件，只计数" in await page.text("evaluation-hidden")
    asked = gateway.asked_behind[0]
    assert (asked["figure"], asked["by"], asked["key"]) == (
        "timely_handling_rate", "department", "district-230110",
    )  # fmt: skip
    await page.press("Escape")
    await page.until("!document.querySelector('[data-testid=evaluation-behind]')", "the table alone")
    await page.click("evaluation-of-rework_rate")
    await page.until(f"{CASES} === 2", "the cases of all")
    asked = gateway.asked_behind[-1]
    assert (asked["figure"], asked["part"], asked.get("by")) == ("rework_rate", "denominator", None)
    await page.click_first("[data-testid=evaluation-case] a")
    await page.until("location.pathname.startsWith('/desk/cases/')", "the page of the case")
    clean(page)


async def test_figures_of_verification_tasks_lead_to_their_cases(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(1280, 900)
    await open_evaluation(page, gateway)
    await page.until_text("evaluation-tasks", "一号监督员")
    assert "核实按时率" in await page.text("evaluation-tasks")
    assert "0:12:20" in await page.text("tasks-row") or "12" in await page.text("tasks-row")
    await page.click_first("[data-testid=tasks-row] [data-testid=tasks-late]")
    await page.until_text("tasks-behind", "一号监督员 · 超时: 2 个任务")
    asked = gateway.asked_behind[-1]
    assert (asked["count"], asked["by"], asked["key"]) == ("late", "unit", "app:21")
    assert "涉密案件" in await page.text("tasks-behind")
    await page.run("document.querySelector('[data-testid=evaluation-tasks]').scrollIntoView()")
    assert await faults(page) == []
    await picture(page, "evaluation-tasks-zh")
    await page.click_first("[data-testid=tasks-total] [data-testid=tasks-timely_verification_rate]")
    await page.until_text("tasks-behind", "合计 · 应答")
    assert "by" not in gateway.asked_behind[-1]
    await page.click_first("[data-testid=tasks-task] a")
    await page.until("location.pathname.startsWith('/desk/cases/')", "the page of the case")
    clean(page)


async def test_tasks_are_cut_by_beat_and_kind(page: Page, gateway: SimulatedGateway) -> None:
    await open_evaluation(page, gateway)
    await page.until_text("evaluation-tasks", "一号监督员")
    await page.choose("tasks-by", "beat")
    await page.until_text("evaluation-tasks", "香坊一网格")
    await page.choose("tasks-kind", "draft")
    await page.until_text("tasks-none", "没有派出任务")
    await page.choose("language", "en")
    await page.until_text("tasks-none", "No task was asked")
    clean(page)


async def test_hot_spots_and_repeated_complaints_lead_to_their_cases(
    page: Page, gateway: SimulatedGateway
) -> None:
    await open_evaluation(page, gateway)
    await page.click_first("[data-testid=hotspot] button")
    await page.until(f"{CASES} === 2", "its cases")
    assert gateway.asked_behind[-1]["key"] == "230110001"
    asked = len(gateway.asked_behind)
    await page.click_first("[data-testid=repeat] button")
    await page.until_text("evaluation-behind", "重复案件")
    async with asyncio.timeout(10):
        while len(gateway.asked_behind) == asked:
            await asyncio.sleep(0.05)
    assert gateway.asked_behind[-1]["repeat_of"] == gateway.behind[0]["case_id"]
    await page.choose("hotspots-by", "cell")
    await page.until_text("hotspots-none", "没有明显高于往常的地点")
    clean(page)


async def test_the_last_week_is_one_press_and_a_wrong_time_is_told(
    page: Page, gateway: SimulatedGateway
) -> None:
    await open_evaluation(page, gateway)
    await page.click("evaluation-last-week")
    await page.until("document.querySelector('[data-testid=evaluation-to]').value !== ''", "the week")
    days = await page.run(
        "(Date.parse(document.querySelector('[data-testid=evaluation-to]').value)"
        " - Date.parse(document.querySelector('[data-testid=evaluation-from]').value)) / 86400000"
    )
    assert days == 7
    link = await page.attribute("evaluation-pdf", "href")
    assert link.startswith("/api/evaluation/report.pdf?")
    for name, day in (("from", "2026-11-30"), ("to", "2026-11-01")):
        await page.run(
            f"(box => {{ box.value = '{day}'; box.dispatchEvent(new Event('input')); }})"
            f"(document.querySelector('[data-testid=evaluation-{name}]'))"
        )
    await page.click("evaluation-ask")
    await page.until_text("evaluation-trouble", "ends before")


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 1280)])
async def test_axe_finds_nothing_in_the_evaluation(
    page: Page, gateway: SimulatedGateway, language: str, width: int
) -> None:
    await page.size(width, 900)
    await open_evaluation(page, gateway)
    await page.choose("language", language)
    await page.until_text("evaluation-rates", "按期处置率" if language == "zh" else "Handled in time")
    await page.click("behind-filed")
    await page.until(f"{CASES} === 2", "the cases")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"evaluation-behind-{language}")
    await page.press("Escape")
    await page.run("document.querySelector('.scrolls').scrollTo(0, 0)")
    await picture(page, f"evaluation-{language}")
    await page.run("document.querySelector('.scrolls').scrollTo(0, 99999)")
    await picture(page, f"evaluation-places-{language}")
    await page.run(DARK)
    assert await contrast_faults(page) == []
