"""A crew's day at the unit's page: jobs from arrival to done, photos, texts, groups, its place, a lost
network, and a call for help, after which there can be another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.phone import allow_position, photograph
from tests.console.seats import fill_in
from tests.console.test_desk_look import BEYOND, WIDER
from tests.field.pictures import png
from tests.real.stories.day import Day, Hand, hand_at
from tests.real.stories.world import ADMIN, DISPATCHER, StoryWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
UNIT = "app:17"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path_factory.mktemp("unit")) as made:
        yield made


@pytest.mark.soak(
    rule="A crew does a day's work on its telephone, with a lost network and a call for help in it",
    short="tests/real/test_terminal_real.py::test_a_job_goes_through_its_steps_and_is_given_back_with_a_reason",
)
async def test_a_crews_day(world: StoryWorld, tmp_path: Path) -> None:
    day = Day("unit")
    password = world.unit(UNIT)
    world.unit("app:18")
    async with hand_at(world.browser, day) as unit:
        await unit.page.size(430, 900)
        await unit.open(f"{world.address}/unit/")
        await fill_in(unit.page, UNIT, password)
        day.acts += ["fill sign-in-user", "fill sign-in-password", "click sign-in-submit"]
        await unit.state("unit-link", "state", "online")
        await allow_position(unit.page, 126.66, 45.74)
        await unit.click("location-agree")
        await unit.state("location", "state", "on")
        await a_job(world, unit, tmp_path)
        await texts(world, unit)
        await groups(world, unit)
        await without_a_network(world, unit)
        await declined(world, unit)
        await calls_for_help(world, unit)
        await small(unit)
        await unit.click("sign-out")
        await unit.sees("sign-in-user")
    day.ends()


def order(world: StoryWorld, description: str) -> tuple[str, str]:
    """A new case is given to the unit; the case and the dispatch."""
    case = world.paper_case(description)
    made = world.post(f"/api/cases/{case}/dispatch", DISPATCHER, unit_id=UNIT)
    return case, str(made["dispatch_id"])


async def step(world: StoryWorld, case: str, wanted: str) -> None:
    await asyncio.to_thread(wait_for, lambda: world.steps(case)[UNIT] == wanted, f"step {wanted}", 40)


async def a_job(world: StoryWorld, unit: Hand, folder: Path) -> None:
    case, job = await asyncio.to_thread(order, world, "井盖丢失")
    await unit.reads(f"job-{job}", "公滨路5号", seconds=30)
    await unit.picture("unit-job")
    for button, reached in (("accepted", "accepted"), ("on-the-way", "on_the_way")):
        await unit.click(f"job-{button}")
        await step(world, case, reached)
    await unit.click("view-map")
    await unit.state("map", "state", "drawn")
    await unit.click(f"row-{job}")
    await unit.click("view-jobs")
    await unit.click("job-arrived")
    await step(world, case, "arrived")
    for at in (1, 2):
        (folder / f"{at}.png").write_bytes(png())
        unit.day.acts.append("photograph")
        await photograph(unit.page, "job-photo", folder / f"{at}.png")

    def kept() -> bool:
        photos: list[dict[str, Any]] = world.get(f"/api/photos?case_id={case}", DISPATCHER)["photos"]
        return len([one for one in photos if one["state"] == "kept"]) == 2

    await asyncio.to_thread(wait_for, kept, "both photos", 60)
    await unit.click("job-done")
    await unit.fill("job-words", "已换新井盖")
    await unit.click("job-send")
    await step(world, case, "done")


async def texts(world: StoryWorld, unit: Hand) -> None:
    for words, answer in (("学府路封闭，请绕行", "收到"), ("到场后回电", "好的")):
        await asyncio.to_thread(world.post, f"/api/units/{UNIT}/texts", DISPATCHER, text=words)
        await unit.click("view-texts")
        await unit.reads("texts", words, seconds=30)
        await unit.fill("text-words", answer)
        await unit.click("text-send")
        await asyncio.to_thread(wait_for, lambda answer=answer: came(world, answer), answer, 30)
        await unit.click("view-jobs")


def came(world: StoryWorld, text: str) -> bool:
    """The crew's text is at the centre."""
    unread = world.get("/api/texts?unread=true", DISPATCHER)["texts"]
    return any(one["text"] == text for one in unread)


async def groups(world: StoryWorld, unit: Hand) -> None:
    """The crew says which talkgroup it listens to; the centre counts it there."""
    group = "app:nangang"
    names = {"name_zh": "南岗", "name_en": "Nangang"}
    await asyncio.to_thread(world.post, "/api/talkgroups", ADMIN, tg_id=group, **names)
    await asyncio.to_thread(world.post, f"/api/talkgroups/{group}/members", ADMIN, add=[UNIT], remove=[])
    await unit.click("view-groups")
    await unit.sees(f"group-{group}", seconds=30)
    await unit.click(f"group-{group}")
    await unit.state("talkgroups", "state", "counted")
    await unit.click(f"group-{group}")
    await unit.state("talkgroups", "state", "counted")
    await unit.click("view-jobs")


async def without_a_network(world: StoryWorld, unit: Hand) -> None:
    """What is said without a network waits on the device, and comes once."""
    case, job = await asyncio.to_thread(order, world, "路面积水")
    await unit.sees(f"job-{job}", seconds=30)
    await step(world, case, "displayed")
    await asyncio.to_thread(world.broker.kill)
    try:
        await unit.state("unit-link", "state", "offline")
        for button in ("accepted", "on-the-way", "arrived", "done"):
            await unit.click(f"job-{button}")
        await unit.fill("job-words", "积水已排")
        await unit.click("job-send")
        await unit.state("outbox", "unconfirmed", "4")
    finally:
        await asyncio.to_thread(world.broker.start)
    await step(world, case, "done")
    await unit.state("outbox", "unconfirmed", "0", seconds=60)


async def declined(world: StoryWorld, unit: Hand) -> None:
    for button, reached, words in (
        ("declined", "declined", "车坏了"),
        ("returned", "returned", "不在本辖区"),
    ):
        case, job = await asyncio.to_thread(order, world, f"护栏损坏 {button}")
        await unit.sees(f"job-{job}", seconds=40)
        if button == "returned":
            await unit.click("job-accepted")
            await step(world, case, "accepted")
        await unit.click(f"job-{button}")
        await unit.fill("job-words", words)
        await unit.click("job-send")
        await step(world, case, reached)


async def calls_for_help(world: StoryWorld, unit: Hand) -> None:
    """Twice: the button is there again after the first alarm was cleared."""
    with unit.day.shows("sos"):
        await unit.click("emergency-button", hold_s=0.3)
        await asyncio.sleep(1)
        assert (await asyncio.to_thread(world.get, "/api/emergencies", DISPATCHER))["emergencies"] == []
        for note in ("误按", "已核实"):
            await unit.click("emergency-button", hold_s=2.2)
            await unit.state("emergency", "state", "heard")
            (alarm,) = (await asyncio.to_thread(world.get, "/api/emergencies", DISPATCHER))["emergencies"]
            await asyncio.to_thread(
                world.post, f"/api/emergencies/{alarm['alarm_id']}/acknowledge", DISPATCHER
            )
            await unit.reads("emergency-told", DISPATCHER.name)
            await asyncio.to_thread(
                world.post, f"/api/emergencies/{alarm['alarm_id']}/clear", DISPATCHER, note=note
            )
            await unit.reads("emergency-told", note)
            await unit.click("emergency-put-away")
            await unit.sees("emergency-button")


async def small(unit: Hand) -> None:
    """Nothing scrolls sideways on the smallest telephone, in neither language."""
    await unit.page.size(320, 640)
    for language in ("en", "zh"):
        await unit.choose("language", language)
        assert await unit.page.run(WIDER) <= 0
        assert await unit.page.run(BEYOND.replace(".stage *", "body *")) == []
