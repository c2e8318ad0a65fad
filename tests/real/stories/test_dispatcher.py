"""A dispatcher's day: cases given out by keys, crews that answer, decline and are recalled, texts, the map, a
group for an incident and its floor, and emergencies answered with one press.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from tests.console.page import PageFault
from tests.real.stories.day import Day, Hand, hand_at
from tests.real.stories.world import DISPATCHER, StoryWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
NEAR, OTHER = "app:17", "app:18"
PLACES: Final = {NEAR: (126.66, 45.74), OTHER: (126.70, 45.76)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path_factory.mktemp("dispatcher")) as made:
        yield made


@pytest.mark.soak(
    rule="A dispatcher does a day's work by keys, map, floor and alarms",
    short="tests/real/test_field_desk.py::test_a_case_is_given_out_by_keys_and_given_to_another_crew",
)
async def test_a_dispatchers_day(world: StoryWorld) -> None:
    day = Day("dispatcher")
    world.unit(NEAR)
    world.unit(OTHER)
    world.terminal(NEAR)
    async with hand_at(world.browser, day) as desk:
        await desk.sign_in(world.address, DISPATCHER)
        with day.shows("dispatch"):
            first = await by_keys(world, desk)
            await to_another_crew(world, desk, first)
            case = await two_crews(world, desk)
            await units(world, desk)
            await a_group(world, desk, case)
            for false in (False, True):
                await an_emergency(world, desk, false=false)
            await the_case_itself(desk, first)
        await desk.click("sign-out")
        await desk.sees("sign-in-user")
        assert desk.page.errors == []
    day.ends()


async def by_keys(world: StoryWorld, desk: Hand) -> str:
    """The nearest unit has the case after four keys."""
    case = await asyncio.to_thread(world.paper_case, "井盖丢失")
    await desk.state(f"queued-{case}", "wait", "fresh")
    await desk.page.focus("case-queue")
    with desk.day.presses(4):
        await desk.press("ArrowDown")
        await desk.state("chosen-case", "case", case)
        await desk.page.until("document.querySelector('[data-candidate]') !== null", "units")
        await desk.press("Enter")
        await desk.page.until(
            f"document.activeElement?.dataset.testid === 'dispatch-{NEAR}'", "the nearest one"
        )
        await desk.press("Enter")
        await desk.state(f"crew-{NEAR}", "step", "accepted")
    await desk.reads(f"crew-{NEAR}", "终端：已接单")
    await desk.picture("field")
    return case


async def to_another_crew(world: StoryWorld, desk: Hand, case: str) -> None:
    await desk.click(f"reassign-{NEAR}")
    await desk.choose("reassign-to", OTHER)
    await desk.click("at-once")
    await desk.click("act-send")
    await desk.state(f"crew-{NEAR}", "step", "recalled")
    await desk.state(f"crew-{OTHER}", "step", "queued")
    orders = (await asyncio.to_thread(world.get, f"/api/cases/{case}"))["dispatches"]
    job = next(one["dispatch_id"] for one in orders if one["unit_id"] == OTHER)
    # What it says before the job has reached the role radio is of no job: a terminal repeats itself.
    for _ in range(10):
        world.says_by_radio(OTHER, "ack", dispatch_id=job, step="declined", reason="车坏了")
        with contextlib.suppress(PageFault):
            await desk.state(f"queued-{case}", "wait", "fresh", seconds=3)
            break
    await desk.reads(f"queued-{case}", "香坊二队")
    await desk.sees(f"overdue-{job}")


async def two_crews(world: StoryWorld, desk: Hand) -> str:
    """Both crews have a case, until one of them is recalled; the case."""
    case = await asyncio.to_thread(world.paper_case, "护栏损坏", "学府路74号", "urgent")
    await desk.click(f"queued-{case}")
    await desk.state("chosen-case", "case", case)
    await desk.click(f"dispatch-{NEAR}")
    await desk.state(f"crew-{NEAR}", "step", "accepted")
    await desk.click(f"dispatch-{OTHER}")
    await desk.sees(f"recall-{OTHER}")
    await desk.click(f"recall-{OTHER}")
    await desk.fill("act-reason", "已有人到场")
    await desk.press("Enter")
    await desk.state(f"crew-{OTHER}", "step", "recalled")
    return case


async def units(world: StoryWorld, desk: Hand) -> None:
    """Found by skill, written to, and on the map."""
    for unit, place in PLACES.items():
        await asyncio.to_thread(world.stands, unit, *place)
    await desk.click("view-field-units")
    await desk.choose("find-skill", "drain")
    await desk.reads("unit-count", "1")
    await desk.page.run(f"document.querySelector('[data-testid=\"unit-{OTHER}\"] a').focus()")
    await desk.press("Enter")
    await desk.reads("unit-card", "李军")
    await desk.fill("unit-text-words", "学府路封闭，请绕行")
    await desk.press("Enter")
    await desk.reads("unit-texts", "请绕行")
    await asyncio.to_thread(world.says_by_radio, OTHER, "text", text="收到")
    await desk.reads("unit-texts", "收到")
    await desk.click("unit-on-map")
    await desk.page.until(
        "document.querySelector('[data-testid=map-canvas]')?.dataset.ready", "the map", seconds=60
    )
    mark = f"document.querySelector('[data-testid=\"mark-unit:{OTHER}\"]')"
    await desk.page.until(f"{mark}?.classList.contains('current')", "the chosen unit")
    await desk.state("field-map", "locked", "true")
    await desk.picture("field-map")
    await desk.page.focus("map-fit")
    await desk.press("Enter")
    await desk.state("field-map", "locked", "false")


async def a_group(world: StoryWorld, desk: Hand, case: str) -> None:
    """The crew of a case gets a group, and the dispatcher its floor."""
    await desk.click("view-field-talkgroups")
    await desk.choose("incident-case", case)
    await desk.click("open-incident")
    await desk.page.until(
        "document.querySelector('[data-testid^=\"floor-app:case-\"]') !== null", "the group", seconds=20
    )
    (made,) = (await asyncio.to_thread(world.get, "/api/talkgroups"))["talkgroups"]
    group = made["tg_id"]
    assert made["members"] == [NEAR]
    # Floor control learns of a new group a little later than the desks.
    await asyncio.sleep(3)
    for _ in range(2):
        await desk.click(f"talk-{group}")
        await desk.state(f"floor-{group}", "stage", "taken")
        await desk.picture("field-talkgroups")
        await desk.click(f"talk-{group}")
        floor = f"document.querySelector('[data-testid=\"floor-{group}\"]')"
        await desk.page.until(f"{floor}.dataset.stage !== 'taken'", "a free floor", seconds=20)


async def an_emergency(world: StoryWorld, desk: Hand, *, false: bool) -> None:
    """It sounds, is in the title, leaves the focus alone, and is answered by name with one press."""
    await desk.workspace("cases")
    await desk.fill("cases-q", "井盖")
    alarm = str(uuid.uuid4())
    lon, lat = PLACES[OTHER]
    now = datetime.now(UTC).isoformat()
    fix = {"lon": lon, "lat": lat, "accuracy_m": 8.0, "fix_at": now}
    await asyncio.to_thread(
        world.says_by_radio, OTHER, "emergency", alarm_id=alarm, repeat=1, raised_at=now, fix=fix
    )
    await desk.state("alarms", "priority", "1")
    await desk.state("sound-state", "sounding", "alarm")
    await desk.page.until("document.title.includes('▲')", "the alarm in the title")
    assert await desk.page.focused() == "cases-q"
    with desk.day.presses(1):
        await desk.press("Enter", alt=True)
        await asyncio.to_thread(
            wait_for, lambda: world.get(f"/api/emergencies/{alarm}")["acknowledged_by"] == DISPATCHER.name,
            "an answer by name", 20,
        )  # fmt: skip
    await desk.reads("unit-card", "李军")
    await desk.click("view-field-emergencies")
    await desk.state(f"alarm-{alarm}", "state", "acknowledged")
    await desk.reads(f"alarm-{alarm}", DISPATCHER.name)
    # Nobody was rung: a call to a supervisor is not told of.
    assert "班长" not in await desk.page.text(f"alarm-{alarm}")
    await desk.reads(f"alarm-{alarm}", "45.76")
    await desk.sees("alarm-dispatch")
    await desk.picture("field-emergency")
    await desk.fill(f"note-{alarm}", "误按" if false else "已核实，人员安全")
    await desk.click(f"{'false' if false else 'safe'}-{alarm}")
    await desk.sees("no-emergencies")
    seen = await asyncio.to_thread(world.get, f"/api/emergencies/{alarm}")
    assert (seen["state"], seen["false_alarm"], seen["acknowledged_by"]) == (
        "cleared",
        false,
        DISPATCHER.name,
    )


async def the_case_itself(desk: Hand, case: str) -> None:
    """By the command bar to its page, and back to the board."""
    await desk.press("k", ctrl=True)
    number = await desk.page.run(f"fetch('/api/cases/{case}').then((r) => r.json()).then((c) => c.number)")
    await desk.fill("command-words", number)
    await desk.reads("command-rows", number)
    await desk.press("Enter")
    await desk.reads("case-number", number)
    await desk.reads("timeline", "南岗市政 17")
    await desk.picture("case")
    await desk.workspace("field")
    await desk.click("view-field-board")
    await desk.sees("case-queue")
