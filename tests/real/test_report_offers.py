"""Two agents at real desks on a real switch: a report is offered to one of them, goes on to the other after
its seconds, is taken by one key, and leaves a desk at once when a caller needs its agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest

from tests.console.page import Page, new_page
from tests.console.seats import sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.peers.songhua import Person
from tests.real.control_world import ControlWorld, Seat
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

OFFER_S = 8
OFFERED = "document.querySelector('[data-testid=report-offer-take]') !== null"
NOT_OFFERED = "document.querySelector('[data-testid=report-offer-take]') === null"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    overrides: dict[str, dict[str, Any]] = {
        "citizen": {"web_form": {"enabled": True}},
        "cases": {"report_offers": {"offer_s": OFFER_S, "again_s": 2}},
    }
    with ControlWorld(tmp_path_factory.mktemp("offers"), overrides=overrides) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


@pytest.fixture
async def desks(world: ControlWorld, chromium: ChromiumPeer) -> AsyncIterator[list[Page]]:
    """Of both agents, who are ready."""
    async with new_page(chromium) as one, new_page(chromium) as two:
        for page, seat in zip((one, two), world.agents, strict=True):
            await sit_at_desk(page, world.service.address, seat.id, password(seat))
            await page.until_attribute("link-state", "data-state", "live", seconds=30)
            await asyncio.to_thread(world.sign_in, seat)
        yield [one, two]
        assert [*one.errors, *two.errors] == []


def password(seat: Seat) -> str:
    return Person(seat.id, seat.id, ("agent",)).password


def send(world: ControlWorld, text: str) -> None:
    """A citizen reports by the web form."""
    body = {"message_id": str(uuid4()), "text": text, "place": "公滨路5号"}
    url = f"{world.service.address}/api/citizen/reports"
    httpx.post(url, json=body, headers={"X-Songhua": "1"}).raise_for_status()


def waiting(world: ControlWorld) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = world.chief.visitor.get("/api/drafts/waiting")["drafts"]
    return found


def decide_all(world: ControlWorld) -> None:
    """Nothing is left in the queue for the next test."""
    for one in waiting(world):
        path = f"/api/drafts/{one['draft_id']}"
        world.chief.visitor.post(f"{path}/take", {"op_id": str(uuid4())})
        world.chief.visitor.post(f"{path}/decline", {"op_id": str(uuid4()), "reason": "unclear"})


async def first_of(desks: list[Page]) -> tuple[Page, Page]:
    """The desk at which the report is offered, and the other one."""
    deadline = asyncio.get_running_loop().time() + 30
    while asyncio.get_running_loop().time() < deadline:
        shown = [page for page in desks if await page.run(OFFERED)]
        assert len(shown) < 2, "a report is offered to one agent at a time"
        if shown:
            return shown[0], next(page for page in desks if page is not shown[0])
        await asyncio.sleep(0.05)
    raise AssertionError("nobody is offered the report")


async def test_a_report_goes_from_desk_to_desk_until_one_key_takes_it(
    world: ControlWorld, desks: list[Page]
) -> None:
    await asyncio.to_thread(send, world, "公滨路5号门口井盖不见了")
    one, other = await first_of(desks)
    await picture(one, "report-offer-real")
    await other.until(OFFERED, "it goes on to the next after its seconds", seconds=OFFER_S + 20)
    assert await one.run(NOT_OFFERED), "and from the first desk"
    await other.press("r", alt=True)
    await other.until_text("received-text", "井盖不见了")
    await other.until(NOT_OFFERED, "it is taken")
    (row,) = await asyncio.to_thread(waiting, world)
    assert row["taken_by"] in {seat.id for seat in world.agents}
    await asyncio.sleep(3)
    assert await one.run(NOT_OFFERED), "what is taken is offered to nobody"
    await asyncio.to_thread(decide_all, world)


async def test_a_call_goes_first_and_the_report_waits_for_a_free_agent(
    world: ControlWorld, desks: list[Page]
) -> None:
    await asyncio.to_thread(send, world, "中山路80号路灯不亮")
    one, other = await first_of(desks)
    at = desks.index(one)
    await asyncio.to_thread(world.agents[1 - at].visitor.post, "/api/agents/me/state", {"state": "rest"})
    await other.until(NOT_OFFERED, "who rests is offered nothing")
    citizen = world.dial()
    call = await asyncio.to_thread(world.waiting, citizen, "talking")
    await one.until(NOT_OFFERED, "the offer ends for a call")
    (row,) = await asyncio.to_thread(waiting, world)
    assert row["taken_by"] is None, "and the report still waits"
    await asyncio.to_thread(citizen.hang_up)
    await asyncio.to_thread(wait_for, lambda: world.calls() == [], "the end of the call")
    assert await one.run(NOT_OFFERED), "what the call still needs written down comes before"
    await asyncio.to_thread(world.dispose, world.agents[at], call)
    await one.until(OFFERED, "then it is offered again", seconds=30)
    await asyncio.to_thread(decide_all, world)
