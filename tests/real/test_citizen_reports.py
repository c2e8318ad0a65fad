"""A citizen's report on the whole service: told on the page of the public without an account, taken and filed
at the desk in a real browser, followed with number and code to its case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from tests.console.page import Page, new_page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.real.service import SUPERVISOR, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

TEXT = "公滨路5号门口井盖丢失，晚上很危险"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    settings = {"citizen": {"web_form": {"enabled": True}}}
    with WholeService(tmp_path_factory.mktemp("reports"), agents=1, overrides=settings) as service:
        yield service


def send(city: WholeService, path: str, body: dict[str, Any]) -> httpx.Response:
    """As a page of the public sends it: no session."""
    return httpx.post(
        f"{city.service.address}/api/citizen/reports{path}", json=body, headers={"X-Songhua": "1"}
    )


async def file(page: Page) -> None:
    """Press until the case is there, as a person does whom the desk tells that no answer came: it is filed
    once. The desk itself gives up on an answer after ten seconds, which a loaded machine may need.
    """
    for _ in range(3):
        await page.click("confirm")
        await page.until(
            "document.querySelector('.case-number, [data-testid=confirm-trouble]') !== null",
            "the case, or why there is none",
            seconds=30,
        )
        if not await page.has("confirm-trouble"):
            return
    raise AssertionError(await page.text("confirm-trouble"))


async def test_a_report_goes_from_the_web_form_to_its_case_and_back(
    city: WholeService, chromium: ChromiumPeer
) -> None:
    async with new_page(chromium) as page:
        await page.size(320, 800)
        await page.open(f"{city.service.address}/citizen/")
        await page.fill("report-text", TEXT)
        await page.fill("report-place", "公滨路5号")
        await page.fill("report-phone", "13904510001")
        await page.click("report-send")
        receipt = {"number": await page.text("receipt-number"), "code": await page.text("receipt-code")}
        await picture(page, "public-page-real")
        assert page.errors == []
    wait_for(lambda: city.supervisor.get("/api/drafts/waiting")["drafts"], "the draft of the report")
    async with new_page(chromium) as page:
        await sit_at_desk(page, city.service.address, SUPERVISOR.id, SUPERVISOR.password)
        await open_workspace(page, "cases")
        await page.until_text("to-received", "1")
        await page.click("to-received")
        await page.press("Tab")
        (draft,) = city.supervisor.get("/api/drafts/waiting")["drafts"]
        await page.click(f"received-{draft['draft_id']}")
        await page.until_text("received-text", TEXT)
        await page.click("received-take")
        # What the form fetches moves its lower part: the button is pressed once it is whole.
        await page.until("document.querySelector('[data-testid=field-category]')?.value", "the class")
        await picture(page, "report-real")
        await file(page)
        assert page.errors == []

    def followed() -> dict[str, Any]:
        answer = send(city, "/follow", receipt)
        assert answer.status_code == 200
        return dict(answer.json())

    wait_for(lambda: followed()["case_number"], "the case's number")
    case = city.supervisor.get(f"/api/cases?q={followed()['case_number']}")["cases"][0]
    assert (case["source"], case["callback"]) == ("web", "13904510001")
    body = {"op_id": str(uuid4()), "note": ""}
    city.supervisor.post(f"/api/cases/{case['case_id']}/done", body)
    wait_for(lambda: [one["progress"] for one in followed()["steps"]] == ["received", "done"], "both steps")
    added = {**receipt, "message_id": str(uuid4()), "text": "就在公交站旁边"}
    assert send(city, "/add", added).json()["additions"] == 1
    async with new_page(chromium) as page:
        await sit_at_desk(page, city.service.address, SUPERVISOR.id, SUPERVISOR.password)
        await page.open(f"{city.service.address}/desk/cases/{case['case_id']}")
        await page.until("document.querySelector('[data-kind=citizen]') !== null", "what the citizen added")
        await page.click("case-report")
        await page.until_text("received-addition", "就在公交站旁边")
        await picture(page, "case-report-real")
        assert page.errors == []
    async with new_page(chromium) as page:
        await page.open(f"{city.service.address}/citizen/#follow")
        await page.fill("follow-number", receipt["number"])
        await page.fill("follow-code", receipt["code"])
        await page.press("Enter")
        await page.until("document.querySelector('[data-step=done]') !== null", "the last step")
        assert page.errors == []
    looked = city.ask_database("SELECT action FROM identity_audit WHERE action LIKE 'view-report%'")
    assert looked, "the look at the citizen's words is in the audit trail"
    assert city.metric('songhua_citizen_notices_total{channel="web_form",fate="sent"}') == 2
