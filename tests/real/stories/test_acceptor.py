"""An acceptor's day: what crews called done is looked at with its photos, its call and its number; one piece
of work is sent back, the others are verified and closed.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.phone import photograph
from tests.console.seats import take_terminal
from tests.field.pictures import png
from tests.real.stories.day import Day, Hand, hand_at
from tests.real.stories.world import ACCEPTOR, COLLEAGUE, DISPATCHER, MANHOLE, StoryWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
UNIT = "app:17"
CITIZEN = "13904517001"
ROADS = ("公滨路5号", "学府路74号", "友谊路99号", "中央大街12号")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path_factory.mktemp("acceptor")) as made:
        yield made


@pytest.mark.soak(
    rule="An acceptor checks a day's work with photos, recording and number, and sends some of it back",
    short="tests/real/test_cases_desk.py::test_what_is_done_is_sent_back_with_a_reason_and_then_verified_and_closed",
)
async def test_an_acceptors_day(world: StoryWorld, tmp_path: Path) -> None:
    day = Day("acceptor")
    async with hand_at(world.browser, day) as desk:
        await the_day(world, desk, tmp_path)
        assert desk.page.errors == []
    day.ends()


async def the_day(world: StoryWorld, desk: Hand, tmp_path: Path) -> None:
    """In whatever browser the hand is."""
    password = world.unit(UNIT)
    called = await asyncio.to_thread(a_call, world)
    cases = [called, *[world.paper_case(f"井盖丢失，{road}", road) for road in ROADS]]
    async with hand_at(world.browser, Day("unit")) as crew:
        await take_terminal(crew.page, world.address, UNIT, password)
        for case in cases:
            await crew_does(world, crew, case, tmp_path)
    await desk.sign_in(world.address, ACCEPTOR)
    with desk.day.shows("acceptance"):
        await desk.reads("accept-count", str(len(cases)))
        await sends_back(world, desk, called)
        for case in cases[1:]:
            await closes(world, desk, case)
        async with hand_at(world.browser, Day("unit")) as crew:
            await take_terminal(crew.page, world.address, UNIT, password)
            await crew_does(world, crew, called, tmp_path)
        await closes(world, desk, called)
    await history(desk, called)
    await desk.click("sign-out")
    await desk.sees("sign-in-user")


def a_call(world: StoryWorld) -> str:
    """A citizen's call becomes a case, and is recorded; the case."""
    colleague = world.colleague()
    citizen, number = world.citizen(CITIZEN)
    call = world.until(number, "talking")
    draft = world.post(f"/api/calls/{call}/drafts", COLLEAGUE)
    path = f"/api/drafts/{draft['draft_id']}"
    said = {"category": MANHOLE, "address": "长江路1号", "description": "井盖丢失", "callback": CITIZEN}
    for field, value in said.items():
        rev = colleague.get(path)["fields"][field]["rev"]
        colleague.patch(path, {"op_id": str(uuid.uuid4()), "field": field, "value": value, "rev": rev})
    case = str(world.post(f"{path}/confirm", COLLEAGUE)["case_id"])
    citizen.hang_up()
    wait_for(lambda: world.call(number)["state"] in {"ended", "gone"}, "the end of the call", 20)
    world.post(f"/api/calls/{call}/disposition", COLLEAGUE, kind="case", case_ids=[case])

    def kept() -> bool:
        found = world.get(f"/api/ledger/calls/{call}")["recordings"]
        return bool(found) and all(one["state"] == "complete" for one in found)

    wait_for(kept, "the recordings of the call", 90)
    return case


async def crew_does(world: StoryWorld, crew: Hand, case: str, folder: Path) -> None:
    """Dispatched, photographed before and after, done."""
    made = await asyncio.to_thread(world.post, f"/api/cases/{case}/dispatch", DISPATCHER, unit_id=UNIT)
    await crew.sees(f"job-{made['dispatch_id']}", seconds=40)
    for button in ("accepted", "on-the-way", "arrived"):
        await crew.click(f"job-{button}")
    for at in (1, 2):
        (folder / f"{at}.png").write_bytes(png())
        await photograph(crew.page, "job-photo", folder / f"{at}.png")

    def kept() -> bool:
        photos: list[dict[str, Any]] = world.get(f"/api/photos?case_id={case}", DISPATCHER)["photos"]
        own = [one for one in photos if one["dispatch_id"] == made["dispatch_id"]]
        return len([one for one in own if one["state"] == "kept"]) == 2

    await asyncio.to_thread(wait_for, kept, "both photos", 60)
    await crew.click("job-done")
    await crew.fill("job-words", "已换新井盖")
    await crew.click("job-send")
    await in_state(world, case, "done")


async def in_state(world: StoryWorld, case: str, state: str) -> None:
    await asyncio.to_thread(
        wait_for, lambda: world.get(f"/api/cases/{case}")["state"] == state, f"a case that is {state}", 40
    )


async def looks_at(desk: Hand, case: str) -> None:
    """Its photos side by side."""
    await desk.click(f"accept-{case}")
    await desk.reads("accept-case", "已换新井盖")
    await desk.page.until(
        "Number(document.querySelector('[data-testid=photos-side]')?.dataset.count) >= 2", "photos"
    )
    await desk.click("photos-open")
    shown = "[...document.querySelectorAll('[data-testid=photo-shown]')]"
    await desk.page.until(
        f"{shown}.length === 2 && {shown}.every((one) => one.naturalWidth > 0)", "both photos", seconds=20
    )


async def sends_back(world: StoryWorld, desk: Hand, case: str) -> None:
    """The call and the number to ring back are there, and the work goes back with a reason."""
    await looks_at(desk, case)
    await desk.reads("accept-case", CITIZEN[-4:])
    await desk.picture("acceptance")
    await desk.page.run("document.querySelector('[data-testid^=timeline-call-]').focus()")
    await desk.press("Enter")
    # Who checks the work hears what the citizen asked for.
    await desk.sees("record-moments")
    assert not await desk.page.has("record-not-yours")
    await desk.click("send-back")
    await desk.sees("accept-trouble")
    await desk.fill("close-note", "井盖没有盖严")
    await desk.click("send-back")
    await in_state(world, case, "filed")
    await desk.sees("case-closed")


async def closes(world: StoryWorld, desk: Hand, case: str) -> None:
    await looks_at(desk, case)
    await desk.click("verify-case")
    await desk.state("accept-state", "state", "verified")
    await desk.fill("close-note", "井盖已换，请放心通行")
    await desk.choose("close-condition", "restored")
    await desk.click("close-case")
    await in_state(world, case, "closed")
    await desk.misses(f"accept-{case}")


async def history(desk: Hand, case: str) -> None:
    """What was decided stands at the case."""
    await desk.workspace("cases")
    await desk.fill("cases-q", "长江路1号")
    await desk.press("Enter")
    await desk.state("case-grid", "rows", "1")
    await desk.sees(f"case-row-{case}")
    await desk.page.focus("case-grid")
    await desk.press("ArrowDown")
    await desk.press("Enter")
    await desk.reads("timeline", "井盖没有盖严")
    await desk.reads("timeline", "请放心通行")
