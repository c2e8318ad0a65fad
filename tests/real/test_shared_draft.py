"""Two people on one draft, each in a browser of her own, on a real switch: who is typing where, whose text
stands, and that nobody files under another's hands unasked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.peers.songhua import Person
from tests.real.control_world import CHIEF, ControlWorld, Seat
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

COVER = "gbt30428.2@2013/P0103"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path_factory.mktemp("centre")) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


@contextlib.asynccontextmanager
async def desk_of(world: ControlWorld, chromium: ChromiumPeer, person: str) -> AsyncIterator[Page]:
    async with new_page(chromium) as page:
        await sit_at_desk(page, world.service.address, person, Person(person, "", ()).password)
        yield page


async def shared_call(world: ControlWorld) -> str:
    """A citizen talks with both agents at once."""
    one, two = world.agents
    _, call = await asyncio.to_thread(world.talk, one)
    await asyncio.to_thread(world.sign_in, two)
    await asyncio.to_thread(world.do, one, call, "consult", target={"agent_id": two.id})
    await asyncio.to_thread(wait_for, lambda: world.state_of(two) == "talking", "the colleague", 20)
    await asyncio.to_thread(world.do, one, call, "conference")
    await asyncio.to_thread(world.until, call, "conference")
    return call


async def open_call(page: Page, call: str) -> None:
    await page.click(f"call-{call}")
    await page.until("document.querySelector('[data-testid=draft-pane]') !== null", "the drafts")


async def writes(page: Page, field: str, text: str) -> None:
    """Typed and with the centre; the focus stays."""
    await page.fill(f"field-{field}", text)
    await page.until_attribute(f"frame-{field}", "data-saving", "saved")


async def leaves(page: Page) -> None:
    """The hands are in no field."""
    await page.run("document.activeElement.blur()")


async def takes(page: Page, what: str) -> None:
    """A class of the catalogue."""
    await page.fill("field-category", what)
    await page.press("Enter")
    await page.until_attribute("frame-category", "data-saving", "saved")
    await leaves(page)


async def one_draft(world: ControlWorld, first: Page, second: Page) -> None:
    call = await shared_call(world)
    for page in (first, second):
        await open_call(page, call)
    await first.click("draft-new")
    for page in (first, second):
        await page.until("document.querySelector('[data-testid=field-address]') !== null", "the draft")


async def gone(page: Page, testid: str) -> None:
    await page.until(f"document.querySelector('[data-testid={testid}]') === null", f"{testid} is gone")


async def test_each_sees_who_types_where_and_who_wrote_what(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one, two = world.agents
    async with desk_of(world, chromium, one.id) as first, desk_of(world, chromium, two.id) as second:
        await one_draft(world, first, second)
        await second.focus("field-address")
        await first.until_text("editor-address", "user 2")
        assert not await second.has("editor-address")
        await writes(second, "address", "学府路74号")
        await first.until_value("field-address", "学府路74号")
        await first.until_text("author-address", "user 2")
        await second.until_text("author-address", "本人填写")
        await picture(first, "draft-shared-1440-zh")
        await second.focus("field-description")
        await gone(first, "editor-address")
        await first.until_text("editor-description", "user 2")
        # A page that is closed types nowhere, whatever it had not said.
        await second.open("about:blank")
        await gone(first, "editor-description")


async def test_what_was_overwritten_comes_back_by_one_key(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one, two = world.agents
    async with desk_of(world, chromium, one.id) as first, desk_of(world, chromium, two.id) as second:
        await one_draft(world, first, second)
        await writes(second, "address", "学府路74号")
        await leaves(second)
        await first.until_value("field-address", "学府路74号")
        await writes(first, "address", "和兴路26号")
        await second.until_text("lost-address", "学府路74号")
        await picture(second, "draft-overwritten-1440-zh")
        await second.press("z", alt=True)
        await second.until_value("field-address", "学府路74号")
        await leaves(first)
        await first.until_value("field-address", "学府路74号")
        await first.until_text("lost-address", "和兴路26号")
        # The list has every earlier value with its author.
        await first.click("earlier-address")
        await first.until_text("earlier-list-address", "和兴路26号")


async def test_who_types_at_the_same_time_decides_and_loses_nothing(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one, two = world.agents
    async with desk_of(world, chromium, one.id) as first, desk_of(world, chromium, two.id) as second:
        await one_draft(world, first, second)
        # Held back for a moment: both have typed before either has heard of the other.
        await first.offline(True)
        await first.fill("field-address", "学府路74号")
        await writes(second, "address", "和兴路26号")
        await first.offline(False)
        await first.until_text("contested-address", "和兴路26号")
        assert await first.value("field-address") == "学府路74号"
        await picture(first, "draft-contested-1440-zh")
        await first.click("insist-address")
        await first.until_attribute("frame-address", "data-saving", "saved")
        await leaves(second)
        await second.until_value("field-address", "学府路74号")
        await second.until_text("lost-address", "和兴路26号")
        # Offline, the browser itself reports what failed.
        first.errors.clear()


async def test_who_files_is_asked_once_and_the_other_is_told_and_keeps_her_text(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one, two = world.agents
    async with desk_of(world, chromium, one.id) as first, desk_of(world, chromium, two.id) as second:
        await one_draft(world, first, second)
        await takes(first, "雨水井盖")
        await writes(first, "address", "学府路74号")
        await writes(first, "description", "井盖丢了")
        # Two people in one field: hers is not with the centre until she has decided.
        await second.until_value("field-description", "井盖丢了")
        await second.focus("field-description")
        await second.offline(True)
        await second.fill("field-description", "井盖丢了，旁边有小学")
        await writes(first, "description", "雨水井盖丢了")
        await second.offline(False)
        await second.until_text("contested-description", "雨水井盖丢了")
        await first.until_text("editor-description", "user 2")
        await first.press("Enter", ctrl=True)
        await first.until_text("confirm-trouble", "user 2")
        await picture(first, "draft-asked-1440-zh")
        await first.press("Enter", ctrl=True)
        await first.until("document.querySelector('[data-testid=confirm]') === null", "the case")
        await second.until_text("left-text", "井盖丢了，旁边有小学")
        told = await second.text("notice")
        assert "user 1" in told
        await picture(second, "draft-left-1440-zh")
        await second.click("left-open")
        await second.until_value("field-description", "井盖丢了，旁边有小学")
        await second.until_attribute("frame-description", "data-saving", "saved")
        second.errors.clear()


async def test_a_supervisor_reads_takes_over_and_the_agent_is_told_and_takes_it_back(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one: Seat = world.agents[0]
    _, call = await asyncio.to_thread(world.talk, one)
    async with desk_of(world, chromium, one.id) as agent, desk_of(world, chromium, CHIEF.id) as chief:
        await open_call(agent, call)
        await agent.click("draft-new")
        await writes(agent, "address", "学府路74号")
        await open_call(chief, call)
        await chief.until_value("field-address", "学府路74号")
        await chief.until_attribute("draft-hand", "data-in-hand", "false")
        assert not any([await chief.has(one) for one in ("confirm", "discard", "draft-another")])
        assert await chief.run("document.querySelector('[data-testid=field-address]').matches(':disabled')")
        await chief.press("Enter", ctrl=True)
        await picture(chief, "draft-read-only-1440-zh")
        await chief.click("take-over")
        await chief.until_attribute("draft-hand", "data-in-hand", "true")
        await agent.until_text("draft-hand", CHIEF.name)
        await agent.until_text("notice", CHIEF.name)
        await picture(agent, "draft-taken-over-1440-zh")
        await writes(chief, "address", "和兴路26号")
        await agent.until_value("field-address", "和兴路26号")
        await agent.click("take-over")
        await gone(agent, "draft-hand")
        await chief.until_attribute("draft-hand", "data-in-hand", "false")
        await agent.press("z", alt=True)
        await agent.until_value("field-address", "学府路74号")
    drafts = one.visitor.get(f"/api/calls/{call}/drafts")["drafts"]
    assert json.dumps(drafts, ensure_ascii=False).count("和兴路26号") == 1
