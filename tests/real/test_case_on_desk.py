"""A filed case on the desk in a real Chromium, beside the crew's page in another tab: the crew's photo and
the texts both ways, on the real broker and the whole service.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cdr.recordings.vault import keys
from tests.console.page import Page, new_page
from tests.console.phone import photograph
from tests.console.seats import sit_at_desk, take_terminal
from tests.peers.chromium import ChromiumPeer
from tests.radio_bridge.pictures import png
from tests.real.field_case import UID, a_case, dispatch
from tests.real.service import SUPERVISOR, WholeService

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

CREW = "南岗市政 17"


@dataclass(frozen=True, slots=True)
class City:
    """A case is filed, and its call goes on."""

    service: WholeService
    password: str
    call: str
    case: str

    @property
    def address(self) -> str:
        return self.service.service.address

    def looks(self) -> int:
        """How often somebody looked at a photo, as the audit has it."""
        found = self.service.ask_database("SELECT count(*) FROM identity_audit WHERE action = 'photo-look'")
        return int(found[0][0])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    key = folder / "recordings.key"
    keys.init(key, datetime.now(UTC))
    with WholeService(folder, agents=1, overrides={"cdr": {"recordings_key_file": str(key)}}) as service:
        citizen = service.dial(seconds=240)
        call = service.talking(citizen, 40)
        case = a_case(service, call)
        issued = service.supervisor.post("/api/units", {"unit_id": UID, "name": CREW})
        yield City(service, issued["password"], call, case)
        service.hang_up_all(citizen)


@pytest.fixture
async def terminal(city: City, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """The crew's page on a phone, with the job accepted."""
    async with new_page(chromium) as page:
        await take_terminal(page, city.address, UID, city.password)
        order = await asyncio.to_thread(dispatch, city.service, city.case)
        await page.until_text(f"job-{order}", "公滨路5号")
        await page.click("job-accepted")
        yield page


@pytest.fixture
async def desk(city: City, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """The supervisor's page, with the call's case before him."""
    async with new_page(chromium) as page:
        await sit_at_desk(page, city.address, SUPERVISOR.id, SUPERVISOR.password)
        await page.click(f"call-{city.call}")
        await page.until("document.querySelector('[data-testid=case-number]') !== null", "the case")
        yield page


async def test_the_desk_sees_what_the_crew_took_and_they_write_to_each_other(
    city: City, terminal: Page, desk: Page, tmp_path: Path
) -> None:
    await desk.until_attribute("dispatch-step", "data-step", "accepted", seconds=20)
    (tmp_path / "井盖.png").write_bytes(png())
    await photograph(terminal, "job-photo", tmp_path / "井盖.png")
    await terminal.until_attribute("photo", "data-state", "kept", seconds=40)
    await desk.until_attribute("case-photos", "data-count", "1", seconds=30)
    assert CREW in await desk.text("case-photos")
    # Nothing was looked at until somebody opens it; then it is in the audit, once.
    assert city.looks() == 0
    await desk.run("document.querySelector('[data-testid=case-photos] button').focus()")
    await desk.press("Enter")
    await desk.until("document.querySelector('[data-testid=photo-shown]')?.naturalWidth === 4", "the photo")
    assert city.looks() == 1

    await desk.fill("text-words", "学府路封闭，请绕行")
    await desk.press("Enter")
    await terminal.click("view-texts")
    await terminal.until_text("texts", "请绕行")
    shown = "document.querySelector('[data-testid=case-texts] li.down').dataset.state"
    await desk.until(f"{shown} === 'displayed'", "that the crew has it on its screen", seconds=20)
    assert SUPERVISOR.name in await desk.text("case-texts")
    await terminal.fill("text-words", "收到")
    await terminal.click("text-send")
    await desk.until_text("case-texts", "收到")
    answer = "document.querySelector('[data-testid=case-texts] li.up')"
    await desk.until(f"{answer}?.dataset.state === 'received'", "the crew's text")
    await desk.run(f"{answer}.querySelector('button').focus()")
    await desk.press("Enter")
    await desk.until(f"{answer}.dataset.state === 'read'", "that it was read")
    path = f"/api/units/{UID}/texts?limit=1"
    (text,) = (await asyncio.to_thread(city.service.supervisor.get, path))["texts"]
    assert (text["state"], text["read_by"]) == ("read", SUPERVISOR.id)
    assert desk.errors == []
