"""Cases in the hands of departments at the desk: what waits, what a case shows, acts with reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.cases import responsible_of
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real
HOST = "district-230103"


def clock_of(hours: float | None, **changes: object) -> dict[str, Any]:
    """A clock that is due in so many hours; None: it stands still."""
    at = datetime.now(UTC)
    due = None if hours is None else (at + timedelta(hours=hours)).isoformat()
    return {
        "started_at": at.isoformat(), "limit": "4工作时", "due_at": due, "warn_at": due,
        "paused_at": at.isoformat() if hours is None else None, "extended_h": 0, "provisional": False,
        "state": "running", "stopped_at": None, "was_overdue": False, **changes,
    }  # fmt: skip


def planted(gateway: SimulatedGateway) -> str:
    """One case that was returned, one whose department asks for time, and one that is answered."""
    for number in (1, 2, 3):
        put(gateway, number, responsible=responsible_of(HOST))
    asked = {"asked_by": "ma.ke", "asked_text": "不属我区道路，见界桩图"}
    returned = gateway.assigned(
        "k1", HOST, "returned", "refuse_return!", "reassign!", clock=clock_of(None), returns=1, **asked
    )
    wish = {"asked_by": "ma.ke", "asked_text": "等吊车", "asked_h": 4.0}
    gateway.assigned("k2", HOST, "extension_asked", "approve", "refuse!", "remind", clock=clock_of(2), **wish)
    gateway.assigned(
        "k2", "drainage", "answered", "rework!", part="assist", answer="已疏通", photos=["p1"],
        clock=clock_of(-1, state="stopped", stopped_at=datetime.now(UTC).isoformat(), was_overdue=True),
    )  # fmt: skip
    return returned


async def test_what_waits_is_listed_and_a_return_is_refused_with_a_reason(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    planted(gateway)
    await open_workspace(page, "cases")
    await page.until("document.querySelectorAll('[data-testid=decisions] li').length === 2", "")
    assert "不属我区道路" in await page.text("decisions")
    assert await faults(page) == []
    await picture(page, "assignments-waiting")
    number = gateway.cases["k1"]["number"]
    await page.click(f"decision-{number}")
    await page.until_text(f"assigned-of-{HOST}", "退单待审")
    assert "停止计时" in await page.text(f"assigned-of-{HOST}")
    assert "见界桩图" in await page.text(f"assigned-asks-{HOST}")
    await page.click("assigned-history")
    await page.until_text(f"assigned-of-{HOST}", "马科长")
    await page.click("assigned-refuse_return")
    assert await page.run("document.activeElement?.dataset.testid") == "assigned-words"
    assert await page.run("document.querySelector('[data-testid=assigned-send]').disabled")
    await page.fill("assigned-words", "界桩以内")
    assert await faults(page) == []
    await picture(page, "assignments-refuse")
    await page.press("Enter")
    await page.until_text(f"assigned-of-{HOST}", "退单驳回")
    (sent,) = [one for one in gateway.requests if one[1].endswith("/refuse_return")]
    assert (sent[2]["rev"], sent[2]["text"]) == (1, "界桩以内")
    await page.until("document.querySelectorAll('[data-testid=decisions] li').length === 1", "")
    clean(page)


async def test_an_extension_is_granted_in_hours_and_who_is_late_learns_who_came_first(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(1280, 800)
    await sign_in(page, gateway, "zhao.qiang")
    planted(gateway)
    await page.open(f"{gateway.url}/desk/cases/k2")
    await page.until_text(f"assigned-of-{HOST}", "延期待批")
    await page.choose("language", "en")
    await page.until_text(f"assigned-of-{HOST}", "Asks for extension")
    assert "asks for 4 h more" in await page.text(f"assigned-asks-{HOST}")
    assert "已疏通" in await page.text("assigned-of-drainage")
    await page.click("assigned-approve")
    await page.fill("assigned-hours", "2")
    await picture(page, "assignments-approve-en")
    one = next(item["assignment"] for item in gateway.assignments.values() if item["assignment"]["asked_h"])
    one |= {"rev": 2, "last_act": "remind", "last_by": "sun.li", "last_by_name": "孙丽", "reminders": 1}
    await page.click("assigned-send")
    await page.until_text("assigned-trouble", "孙丽 did “Remind”")
    await page.run(DARK)
    await picture(page, "assignments-moved-on-en-dark")
    await page.click("assigned-send")
    await page.until_text(f"assigned-of-{HOST}", "Being handled")
    sent = [one for one in gateway.requests if one[1].endswith("/approve")]
    assert [one[2]["rev"] for one in sent] == [1, 2]
    assert sent[1][2]["hours"] == 2
    assert sent[0][2]["op_id"] != sent[1][2]["op_id"], "another revision is another operation"
    page.errors = [one for one in page.errors if "409" not in one]
    clean(page)


async def test_a_pause_is_shown_beside_a_deadline_from_outside_that_goes_on(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    put(gateway, 1, responsible=responsible_of(HOST))
    clock = clock_of(2, paused_at=datetime.now(UTC).isoformat(), decided_by="12345")
    clock["outside"] = {"set_by": "12345", "reference": "2026113000123", "due_at": clock["due_at"]}
    gateway.assigned("k1", HOST, "suspended", "resume", clock=clock)
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.until_text(f"assigned-of-{HOST}", "停止计时")
    assert "12345" in await page.text(f"assigned-of-{HOST}")
    clean(page)


async def test_a_department_is_reminded_and_put_under_supervision_by_level(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    put(gateway, 1, responsible=responsible_of(HOST))
    gateway.assigned("k1", HOST, "handling", "remind", "supervise!", clock=clock_of(2))
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.until_text(f"assigned-of-{HOST}", "处置中")
    await page.click("assigned-remind")
    await page.click("assigned-send")
    await page.until_text(f"assigned-of-{HOST}", "催办 1 次")
    await page.click("assigned-supervise")
    await page.choose("assigned-level", "2")
    assert await page.run("document.querySelector('[data-testid=assigned-send]').disabled"), "no reason yet"
    await page.fill("assigned-words", "市领导批示")
    assert await faults(page) == []
    await picture(page, "assignments-supervise")
    await page.press("Enter")
    await page.until_text(f"assigned-of-{HOST}", "2 级督办")
    await page.until("document.querySelector('[data-testid=assigned-level]') === null", "the form is done")
    (sent,) = [one for one in gateway.requests if one[1].endswith("/supervise")]
    assert (sent[2]["level"], sent[2]["text"]) == (2, "市领导批示")
    clean(page)


async def test_a_further_department_is_given_the_case(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "sun.li")
    planted(gateway)
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.until_text(f"assigned-of-{HOST}", "退单待审")
    await page.click("assigned-give")
    await page.until("document.querySelectorAll('[data-testid=assigned-give-to] option').length === 2", "")
    await page.choose("assigned-give-to", "drainage")
    await page.click("assigned-must")
    await picture(page, "assignments-give")
    await page.click("assigned-give-send")
    await page.until_text("assigned-of-drainage", "待签收")
    assert "须反馈" in await page.text("assigned-of-drainage")
    clean(page)


async def test_a_closed_case_is_reopened_by_a_supervisor(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    put(gateway, 1, state="closed", acceptor="wang.wei")
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.click("act-reopen_closed")
    await page.fill("act-words", "又堵了")
    await page.click("act-send")
    await page.until_attribute("case-state", "data-state", "filed")
    clean(page)


async def test_who_is_on_duty_stands_beside_an_urgent_assignment_and_numbers_take_a_press(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    put(gateway, 1, responsible=responsible_of(HOST), urgency="urgent")
    put(gateway, 2, responsible=responsible_of(HOST))
    for case in ("k1", "k2"):
        gateway.assigned(case, HOST, "waiting", "remind", clock=clock_of(1))
    await page.open(f"{gateway.url}/desk/cases/k1")
    await page.until_text(f"duty-{HOST}", "马科长")
    assert "0451-8000" not in await page.text(f"duty-{HOST}"), "masked until somebody asks"
    assert await faults(page) == []
    await page.click(f"duty-phones-{HOST}")
    await page.until_text("duty-phone-ma.ke", "0451-8000")
    await picture(page, "case-duty")
    # Of a case that is not urgent it is asked by a press; nobody there is said too.
    gateway.on_duty, gateway.next_duty = [], "2026-12-02T00:00:00Z"
    await page.open(f"{gateway.url}/desk/cases/k2")
    await page.click(f"duty-ask-{HOST}")
    await page.until_text(f"duty-{HOST}", "现在无人值班，下一班")
    await page.choose("language", "en")
    await page.until_text(f"duty-{HOST}", "nobody on duty, next at")
    asked = [one[1] for one in gateway.requests if one[1].startswith("/api/departments/")]
    assert asked.count(f"/api/departments/{HOST}/duty/phones") == 1
    clean(page)


async def test_the_centre_gives_the_job_of_a_departments_own_unit_to_nobody_else(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    sent = {
        "dispatch_id": "d1", "case_id": "k1", "unit_id": "app:17", "step": "accepted", "reason": None,
        "note": None, "at": "2026-11-25T06:00:00Z", "assignment_id": None,
    }  # fmt: skip
    own = sent | {"dispatch_id": "d2", "unit_id": "app:18", "assignment_id": "a1"}
    put(gateway, 1, state="filed", dispatches=[sent, own])
    await page.open(f"{gateway.url}/desk/field/cases/k1")
    await page.until_text("crew-app:18", "部门自己派出")
    assert await page.has("reassign-app:17")
    assert not await page.has("reassign-app:18")
    assert await page.has("recall-app:18"), "the centre may still take it back"
    # The simulator has no deliveries of what a test puts there.
    assert [one for one in page.errors if "/deliveries" not in one] == []
