"""Forms to departments at the desk: what became of each, sending one again, and what a case's page shows."""

from __future__ import annotations

import pytest

from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_assignments import HOST, planted
from tests.console.test_desk_cases import DARK
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_an_administrator_sees_what_is_dead_and_sends_it_again(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(1280, 800)
    gateway.users["li.na"]["roles"] = ["admin"]
    await sign_in(page, gateway)
    task = planted(gateway)
    gateway.sent_form(task, "delivered", "task_assignment", "dispatch")
    dead = gateway.sent_form(task, "dead", "result_check", "rework", error="http-500", attempts=72)
    gateway.sent_form(
        task, "waiting", "task_assignment", "remind", error="timeout", attempts=3,
        next_at="2026-12-01T04:00:00Z",
    )  # fmt: skip
    gateway.sent_form(
        task, "delivered", "result_feedback", "close", department_id="12345", reference="2026113000123"
    )
    await page.open(f"{gateway.url}/desk/settings/deliveries")
    await page.until_text("deliveries-counts", "待送达 1，已停止 1")
    assert await page.run("document.querySelectorAll('.deliveries tbody tr').length") == 4
    assert "HTTP 500" in await page.text(f"delivery-{dead}")
    shown = await page.run("document.querySelector('.deliveries table').innerText")
    assert "没有按时应答" in shown
    assert "结果核查单" in await page.text(f"delivery-{dead}")
    assert "12345工单 2026113000123" in await page.run(
        "document.querySelector('.deliveries table').innerText"
    )
    assert await faults(page) == []
    await picture(page, "deliveries-zh")
    await page.choose("language", "en")
    await page.until_text("deliveries-counts", "waiting 1, dead 1")
    await page.choose("deliveries-state", "dead")
    await page.until("document.querySelectorAll('.deliveries tbody tr').length === 1", "")
    assert "Result check" in await page.text(f"delivery-{dead}")
    await page.run(DARK)
    assert await faults(page) == []
    await picture(page, "deliveries-en-dark")
    await page.click(f"delivery-again-{dead}")
    await page.until_text("deliveries-counts", "waiting 2, dead 0")
    assert await page.text("deliveries-none")
    (sent,) = [one for one in gateway.requests if one[1].endswith("/again")]
    assert sent[2]["op_id"]
    clean(page)


async def test_the_daily_comparison_with_12345_says_which_orders_differ(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(1280, 800)
    gateway.users["li.na"]["roles"] = ["admin"]
    await sign_in(page, gateway)
    await page.open(f"{gateway.url}/desk/settings/deliveries")
    await page.until_text("reconciliation-none", "还没有对账")
    gateway.compared_day("2026-11-28", "same")
    gateway.compared_day(
        "2026-11-29", "failed", theirs=None, error="http-503", attempts=72, ended_at="2026-12-02T20:00:00Z"
    )
    gateway.compared_day(
        "2026-11-30", "differs", differing=3,
        differences=[
            {"reference": "2026113000123", "kind": "state", "ours": "filed", "theirs": "closed"},
            {"reference": "2026113000124", "kind": "unknown_here", "ours": None, "theirs": "filed"},
        ],
    )  # fmt: skip
    await page.click("deliveries-reload")
    await page.until_text("reconciliation-2026-11-30", "3 件不一致")
    await page.run("document.querySelector('[data-testid=reconciliation] details').open = true")
    shown = await page.text("reconciliation-2026-11-30")
    assert "2026113000123：状态不同（本方 已立案，对方 已结案）" in shown
    assert "2026113000124：本方没有（本方 —，对方 已立案）" in shown
    assert "另有 1 件未列出" in shown
    assert "HTTP 503" in await page.text("reconciliation-2026-11-29")
    assert await faults(page) == []
    await picture(page, "reconciliation-zh")
    await page.choose("language", "en")
    await page.until_text("reconciliation-2026-11-30", "3 differ")
    await page.run(DARK)
    assert await faults(page) == []
    await picture(page, "reconciliation-en-dark")
    clean(page)


async def test_a_case_shows_that_its_department_got_the_form_and_when(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    task = planted(gateway)
    gateway.sent_form(task, "delivered", "task_assignment", "dispatch")
    gateway.sent_form(task, "waiting", "task_assignment", "refuse_return", attempts=0)
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.until_text(f"assigned-of-{HOST}", "待送达")
    assert "更早的表单（1）" in await page.text("forms-of-task")
    gateway.forms[0] |= {"state": "delivered", "attempts": 1, "ended_at": gateway.forms[0]["created_at"]}
    await page.until_text("forms-of-task", "已送达")
    assert await faults(page) == []
    await picture(page, "forms-of-task")
    clean(page)
