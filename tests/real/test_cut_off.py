"""A talk that is cut off: its draft stays, its citizen heads the callbacks, and the agent is told. And calls
that an agent places: to a colleague by name, and the last number once more.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.real.ami_link import AmiLink
from tests.real.control_world import CHIEF, NUMBER, ControlWorld, Seat
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

SHORT_S = 0.2


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    callbacks = {"callbacks": {"short_s": SHORT_S, "from_hour": "00:00", "to_hour": "00:00"}}
    with ControlWorld(tmp_path_factory.mktemp("centre"), overrides={"hotline": callbacks}) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


async def sits(page: Page, world: ControlWorld, seat: Seat) -> None:
    await sit_at_desk(page, world.service.address, seat.id, CHIEF.password)


def owed_back(world: ControlWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.chief.visitor.get("/api/callbacks")["callbacks"]
    return found


async def test_a_talk_that_is_cut_off_keeps_its_draft_and_heads_the_callbacks(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one = world.agents[0]
    gave_up = await asyncio.to_thread(world.dial)
    await asyncio.to_thread(world.waiting, gave_up, "queued")
    await asyncio.sleep(SHORT_S + 0.5)
    gave_up.hang_up()
    await asyncio.to_thread(wait_for, lambda: len(owed_back(world)) == 1, "the callback of who gave up", 20)
    async with new_page(chromium) as page:
        await sits(page, world, one)
        citizen, call = await asyncio.to_thread(world.talk, one)
        await page.click("draft-new")
        await page.fill("field-address", "学府路74号")
        await page.until_attribute("frame-address", "data-saving", "saved")
        # The line of the citizen fails: Q.850 cause 38, network out of order.
        channel = next(row[0] for row in world.channels() if "agent-1" not in row[0])
        await asyncio.to_thread(fails, world, channel)
        await page.until_text("notice", world.number(citizen))
        await page.until_text("notice", "通话中断")
        await picture(page, "cut-off-1440-zh")
        assert await page.value("field-address") == "学府路74号"

        def listed() -> bool:
            reasons = [row["calls"][-1]["reason"] for row in owed_back(world)]
            return reasons == ["cut_off", "abandoned"]

        await asyncio.to_thread(wait_for, listed, "the callback of who was cut off, first", 20)
    (draft,) = one.visitor.get(f"/api/calls/{call}/drafts")["drafts"]
    assert (draft["state"], draft["fields"]["address"]["value"]) == ("open", "学府路74号")
    for row in owed_back(world):
        body = {"op_id": str(uuid.uuid4())}
        world.chief.visitor.post(f"/api/callbacks/{row['callback_id']}/cancel", body)


def fails(world: ControlWorld, channel: str) -> None:
    """Asterisk ends this channel with the cause of a line that has failed."""
    link = AmiLink(world.switch)
    link.send(Action="Hangup", Channel=channel, Cause="38")
    link.messages(0.5)
    link.close()


async def test_a_colleague_is_called_by_name_and_the_last_number_once_more(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one, two = world.agents
    for seat in (one, two):
        await asyncio.to_thread(world.sign_in, seat)
    async with new_page(chromium) as page:
        await sits(page, world, one)
        await page.fill("dial-number", "user 2")
        await page.until(f"document.querySelector('[data-testid=\"dial-agent-{two.id}\"]') !== null", "her")
        await picture(page, "dial-colleague-1440-zh")
        await page.press("Enter")

        def talks() -> bool:
            return len(world.channels()) == 2 and {world.state_of(seat) for seat in (one, two)} == {"talking"}

        await asyncio.to_thread(wait_for, talks, "the talk of the two", 20)
        await ends(world, page)
        await page.fill("dial-number", "139 0451 9999")
        await page.until(
            "document.querySelector('[data-testid=dial-send]')?.disabled === false", "a free phone"
        )
        await page.press("Enter")
        await asyncio.to_thread(wait_for, lambda: reached(world), "the far end", 20)
        await ends(world, page)
        await page.until("document.querySelector('[data-testid=redial]')?.disabled === false", "a free phone")
        await picture(page, "redial-1440-zh")
        await page.click("redial")
        await asyncio.to_thread(wait_for, lambda: reached(world), "the far end again", 20)


async def ends(world: ControlWorld, page: Page) -> None:
    """The talk ends, which the page has shown: a press before would be lost with the button under it."""
    await page.until_attribute("ring-bar", "data-state", "talking", seconds=20)
    await asyncio.to_thread(world.switch.rx, "channel request hangup all")
    await asyncio.to_thread(wait_for, lambda: not world.channels(), "its end", 20)
    await page.until_attribute("ring-bar", "data-state", "quiet", seconds=20)


def reached(world: ControlWorld) -> bool:
    """The far end of the trunk talks, as the number that was dialled."""
    return any(
        row[0].startswith("PJSIP/trunk") and row[4] == "Up" and row[7] == NUMBER for row in world.channels()
    )
