"""Cases in a real browser, on the whole service: found by their words, opened by their address, with the
call and its sound in the timeline; marked as done, sent back, verified and closed; one entered from paper
with its true time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.real.field_case import a_case
from tests.real.service import SUPERVISOR, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@dataclass(frozen=True, slots=True)
class FiledCall:
    """The whole service with one case, whose call has ended and is recorded."""

    service: WholeService
    call: str
    case: str

    @property
    def address(self) -> str:
        return self.service.service.address

    def ask(self, path: str = "") -> Any:
        return self.service.supervisor.get(f"/api/cases/{self.case}{path}")

    async def is_in(self, state: str) -> None:
        await asyncio.to_thread(wait_for, lambda: self.ask()["state"] == state, f"a case that is {state}")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiledCall]:
    with WholeService(tmp_path_factory.mktemp("cases"), agents=1) as service:
        (seat,) = service.seats
        service.ready(seat)
        citizen = service.dial()
        call = service.talking(citizen, 40)
        case = a_case(service, call)
        service.hang_up_all(citizen)
        service.dispose(seat, call, "case")

        def kept() -> bool:
            sounds = service.record(call)["recordings"]
            return bool(sounds) and all(one["state"] == "complete" for one in sounds)

        wait_for(kept, "the recordings of the call", 60)
        yield FiledCall(service, call, case)


@pytest.fixture
async def desk(city: FiledCall, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """Of a person who commands and accepts."""
    async with new_page(chromium) as page:
        await sit_at_desk(page, city.address, SUPERVISOR.id, SUPERVISOR.password)
        yield page
        assert page.errors == []


async def search(desk: Page, words: str) -> None:
    await desk.fill("cases-q", words)
    await desk.press("Enter")


async def test_a_case_is_found_by_its_words_and_there_after_a_reload_with_its_call(
    city: FiledCall, desk: Page
) -> None:
    row = f"case-row-{city.case}"
    await open_workspace(desk, "cases")
    await desk.until_attribute(row, "data-progress", "received")
    await search(desk, "喷泉")
    await desk.until("document.querySelector('[data-testid=cases-none]') !== null", "that nothing is found")
    await search(desk, "井盖丢失")
    await desk.until(f"document.querySelector('[data-testid=\"{row}\"]') !== null", "the case in the list")
    await picture(desk, "cases-list")
    await desk.focus("case-grid")
    await desk.press("ArrowDown")
    await desk.press("Enter")
    await desk.until(f"location.pathname === '/desk/cases/{city.case}'", "the case's address")
    await desk.open(f"{city.address}/desk/cases/{city.case}")
    await desk.until_text("case-number", city.ask()["number"])
    await desk.until_text("case-description", "井盖丢失")
    filing = "document.querySelector('[data-testid=timeline] li[data-kind=act][data-act=file]')"
    await desk.until(f"{filing} !== null", "its filing")
    await desk.click(f"timeline-call-{city.call}")
    await desk.click("sound-toggle")
    await desk.until_attribute("call-sound", "data-playing", "true", seconds=20)
    await picture(desk, "case-page")


async def test_what_is_done_is_sent_back_with_a_reason_and_then_verified_and_closed(
    city: FiledCall, desk: Page
) -> None:
    await desk.open(f"{city.address}/desk/cases/{city.case}")
    await desk.click("act-done")
    await desk.click("act-send")
    await city.is_in("done")
    await open_workspace(desk, "acceptance")
    await desk.click(f"accept-{city.case}")
    await desk.click("send-back")
    assert (await asyncio.to_thread(city.ask))["state"] == "done", "nothing is sent back without a reason"
    await desk.fill("close-note", "井盖没有盖严")
    await desk.click("send-back")
    await city.is_in("filed")
    await desk.until(f"!document.querySelector('[data-testid=\"accept-{city.case}\"]')", "an empty list")

    await desk.open(f"{city.address}/desk/cases/{city.case}")
    await desk.until_text("timeline", "井盖没有盖严")
    await desk.click("act-done")
    await desk.click("act-send")
    await city.is_in("done")
    await desk.open(f"{city.address}/desk/acceptance/{city.case}")
    await desk.click("verify-case")
    await city.is_in("verified")
    await desk.until_attribute("accept-state", "data-state", "verified")
    await picture(desk, "acceptance-case")
    await desk.fill("close-note", "井盖已换，请放心通行")
    await desk.choose("close-condition", "restored")
    await desk.click("close-case")
    await city.is_in("closed")
    acts = [one["act"] for one in (await asyncio.to_thread(city.ask, "/history"))["history"]]
    assert acts[-5:] == ["done", "reopen", "done", "verify", "close"]


async def test_a_report_on_paper_becomes_a_case_with_its_true_time(city: FiledCall, desk: Page) -> None:
    written = (datetime.now(UTC) - timedelta(hours=3)).replace(second=0, microsecond=0)
    await open_workspace(desk, "cases")
    await desk.click("to-paper")
    local = json.dumps(written.astimezone().strftime("%Y-%m-%dT%H:%M"))
    await desk.focus("paper-at")
    await desk.run(
        "(() => { const e = document.activeElement;"
        f" e.value = {local}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"
    )
    await desk.fill("paper-by", "李娜")
    await desk.fill("field-category", "P0123")
    await desk.press("Enter")
    await desk.fill("paper-address", "学府路74号")
    await desk.fill("paper-description", "停电期间记下：井盖塌陷")
    await desk.click("paper-enter")
    await desk.until("location.pathname.match('/desk/cases/[0-9a-f-]{36}$') !== null", "the case's address")
    case_id = str(await desk.run("location.pathname.split('/').at(-1)"))
    await desk.until_text("fact-taken", "李娜")
    await desk.until(f"document.querySelector('[data-testid=\"case-row-{case_id}\"]') !== null", "its row")
    filed = await asyncio.to_thread(city.service.supervisor.get, f"/api/cases/{case_id}")
    assert (filed["source"], filed["taken_by"]) == ("paper", "李娜")
    assert filed["description"] == "停电期间记下：井盖塌陷"
    assert datetime.fromisoformat(filed["taken_at"]) == written
    await picture(desk, "case-from-paper")


async def test_an_agent_is_offered_what_agents_may_do_and_no_more(
    city: FiledCall, chromium: ChromiumPeer
) -> None:
    (seat,) = city.service.seats
    async with new_page(chromium) as page:
        await sit_at_desk(page, city.address, seat.person.id, seat.person.password)
        assert not await page.has("view-acceptance")
        await page.open(f"{city.address}/desk/cases/{city.case}")
        await page.until_text("case-number", city.ask()["number"])
        await page.until("document.querySelector('[data-testid=act-hide]') !== null", "what an agent may do")
        for act in ("verify", "close", "reopen", "done", "cancel", "lift"):
            assert not await page.has(f"act-{act}")
        assert page.errors == []
