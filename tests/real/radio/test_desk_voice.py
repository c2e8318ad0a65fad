"""A dispatcher hears talkgroups in the browser and talks to them: real browsers, broker, roles, Asterisk, a
reflector and a radio.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.console.ear import HEARD_WITHIN_S, Ear, voice
from tests.console.hand import held, mouse, place
from tests.console.page import Page, new_page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.peers.running import running
from tests.real.radio.crew_pages import AIR, DESK, Browsers, Crew, crew
from tests.real.radio.reflector_stage import RADIO, RADIO_GROUP, ReflectorStage
from tests.real.radio.stage import CREW, GROUP, OTHER, WANG, get
from tests.waiting import until

pytestmark = [
    pytest.mark.real,
    pytest.mark.hears,  # Sound is measured as it comes, of browsers and switch together.
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]

VOLUMES = """(() => {
  const Right = window.Audio;
  window.__players = [];
  window.Audio = function (...given) {
    const made = new Right(...given);
    window.__players.push(made);
    return made;
  };
})()"""
DESK_EAR = (DESK, AIR, 1000.0, 700.0)
LONG_S = 60.0
"""A talk that goes on until it is told to end."""
TAIL_S = 0.6
"""What is on its way when a button is let go."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReflectorStage]:
    made = ReflectorStage(tmp_path_factory.mktemp("city"), voice=True, rules={"hang_s": 0.5})
    with running(made):
        yield made


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromiumPeer]:
    """Its microphone says the dispatcher's tone all the time."""
    home = tmp_path_factory.mktemp("desk")
    speech = voice(home / "voice.wav", DESK)
    with running(ChromiumPeer(home, speech=speech, extra=("--accept-lang=zh-CN",))) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crews(city: ReflectorStage, browsers: Browsers) -> AsyncIterator[tuple[Crew, Crew]]:
    async with crew(city, browsers, CREW, GROUP) as mine, crew(city, browsers, OTHER, GROUP) as other:
        for one in (mine, other):
            await one.until("idle", seconds=30)
        yield mine, other


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(city: ReflectorStage, seat: ChromiumPeer, crews: tuple[Crew, Crew]) -> AsyncIterator[Page]:
    async with new_page(seat) as page:
        await ear_of(page).open()
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=VOLUMES)
        await sit_at_desk(page, city.service.address, WANG.id, WANG.password)
        await open_workspace(page, "field")
        await page.click("view-field-talkgroups")
        yield page
        assert [error for error in page.errors if "403" not in error] == []


def ear_of(page: Page) -> Ear:
    return Ear(page, DESK_EAR)


async def hears(crew: Crew) -> None:
    """The crew's page plays what the desk says."""
    await crew.ear.until(DESK, looks=4)


async def heard(crew: Crew, since: float) -> list[float]:
    return await crew.ear.heard(DESK, since, time.time())


async def listen(page: Page, group: str) -> None:
    if not await page.has(f"strip-{group}"):
        await page.click(f"listen-{group}")
    await page.until_attribute(f"strip-{group}", "data-state", "idle", seconds=30)


async def strip_is(page: Page, group: str, state: str, *, seconds: float = 10) -> None:
    await page.until_attribute(f"strip-{group}", "data-state", state, seconds=seconds)


async def is_heard(page: Page, group: str) -> None:
    """The strip says that the switch hears the desk."""
    await page.until_attribute(f"strip-{group}", "data-heard", "true", seconds=HEARD_WITHIN_S)


@contextlib.asynccontextmanager
async def key(page: Page, name: str, code: int) -> AsyncIterator[None]:
    """A key, or a pedal, that is held."""
    fields = {"key": name, "code": name, "windowsVirtualKeyCode": code}
    await page.command("Input.dispatchKeyEvent", type="rawKeyDown", **fields)
    await page.command("Input.dispatchKeyEvent", type="rawKeyDown", autoRepeat=True, **fields)
    try:
        yield
    finally:
        await page.command("Input.dispatchKeyEvent", type="keyUp", **fields)


async def test_a_crew_is_heard_at_the_desk_and_the_desk_by_the_crew(
    desk: Page, crews: tuple[Crew, Crew]
) -> None:
    mine, other = crews
    ear = ear_of(desk)
    await listen(desk, GROUP)
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        await ear.until(mine.tone)
        await strip_is(desk, GROUP, "taken")
        await desk.until_text(f"strip-told-{GROUP}", f"组 {CREW}")
    await strip_is(desk, GROUP, "idle")
    await asyncio.sleep(TAIL_S)
    quiet = time.time()
    await asyncio.sleep(1.0)
    # Nobody holds a button: the desk's microphone, which says its tone all the time, goes nowhere.
    assert await heard(mine, quiet) == []
    async with held(desk, f"ptt-{GROUP}"):
        await strip_is(desk, GROUP, "talking")
        await desk.until_attribute("on-air", "data-talks", "1")
        await is_heard(desk, GROUP)
        await desk.until_text(f"strip-told-{GROUP}", "已听到您讲话")
        await mine.until("taken")
        await mine.page.until_text("talk-told", "指挥中心")
        for one in (mine, other):
            await hears(one)
        await picture(desk, "field-voice")
    await strip_is(desk, GROUP, "idle")
    await mine.until("idle")


async def test_a_press_while_another_talks_waits_in_words_and_may_take_over(
    desk: Page, crews: tuple[Crew, Crew]
) -> None:
    mine, other = crews
    await listen(desk, GROUP)
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        async with held(desk, f"ptt-{GROUP}"):
            await strip_is(desk, GROUP, "queued")
            await desk.until_text(f"strip-told-{GROUP}", "排队第 1 位")
            await picture(desk, "field-voice-queued")
            waited = time.time()
            await asyncio.sleep(1.0)
            assert await heard(other, waited) == []
        await strip_is(desk, GROUP, "taken")
        # Held on until the crew lets go: it is granted by itself.
        async with held(desk, f"ptt-{GROUP}"):
            await strip_is(desk, GROUP, "queued")
            at = await place(mine.page, "talk-button")
            await mouse(mine.page, "mouseReleased", at)
            await strip_is(desk, GROUP, "talking")
            await hears(other)
    await strip_is(desk, GROUP, "idle")
    async with held(mine.page, "talk-button"):
        await strip_is(desk, GROUP, "taken")
        async with held(desk, f"over-{GROUP}"):
            await strip_is(desk, GROUP, "talking")
            await mine.until("revoked")
            await mine.page.until_text("talk-told", "更高优先级")
            await hears(other)
    await strip_is(desk, GROUP, "idle")


async def test_two_talkgroups_at_once_with_a_volume_each_and_one_pedal_for_both(
    desk: Page, crews: tuple[Crew, Crew], city: ReflectorStage
) -> None:
    mine, _ = crews
    ear = ear_of(desk)
    await city.network_is("svx", "up")
    await listen(desk, GROUP)
    await listen(desk, RADIO_GROUP)
    await desk.until_attribute("on-air", "data-heard", "2")
    async with held(mine.page, "talk-button"):
        await strip_is(desk, GROUP, "taken")
        said = time.time()
        city.radio_set.say(AIR, LONG_S)
        await strip_is(desk, RADIO_GROUP, "taken")
        await desk.until_text(f"strip-told-{RADIO_GROUP}", RADIO)
        # Both at once: the crew is still heard after the radio has begun.
        both = await ear.until(AIR, since=said)
        await ear.until(mine.tone, since=both)
        await strip_is(desk, GROUP, "taken")
        assert city.radio_set.speaking
        city.radio_set.says_no_more()
    await strip_is(desk, GROUP, "idle")
    await strip_is(desk, RADIO_GROUP, "idle")
    # Each has its own volume, and is muted alone.
    await desk.run(
        f"(() => {{ const e = document.querySelector('[data-testid=\"volume-{GROUP}\"]');"
        " e.value = 40; e.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    await desk.click(f"mute-{RADIO_GROUP}")
    loud = (
        "JSON.stringify(window.__players.filter((e) => e.srcObject).map((e) => [e.volume, e.muted]).sort())"
    )
    await desk.until(f"{loud} === '[[0,true],[0.4,false]]'", "a volume for each")
    await desk.until_attribute("on-air", "data-heard", "1")
    await desk.click(f"mute-{RADIO_GROUP}")

    # A pedal is a keyboard with one key. One by which people write is no such key.
    await desk.click("talk-key")
    await desk.press("b")
    await desk.until_text("talk-key-refused", "别的用途")
    async with key(desk, "F13", 124):
        pass
    await desk.until_text("talk-key", "F13")
    await desk.run(
        f"(() => {{ const e = document.querySelector('[data-testid=\"keyed-{RADIO_GROUP}\"]');"
        " if (!e.checked) e.click(); })()"
    )
    async with key(desk, "F13", 124):
        await is_heard(desk, GROUP)
        await is_heard(desk, RADIO_GROUP)
        await desk.until_attribute("on-air", "data-unheard", "0")
        await city.until_transmitted(0.8, DESK)
        await hears(mine)
        await picture(desk, "field-voice-two")
    await until(lambda: not city.keyed(), "a free talkgroup")
    await strip_is(desk, GROUP, "idle")
    # In another workspace it goes on, and the pedal, too.
    await open_workspace(desk, "cases")
    await desk.until_attribute("on-air", "data-heard", "2")
    async with key(desk, "F13", 124):
        await desk.until_attribute("on-air", "data-talks", "2")
        await hears(mine)
    await desk.until_attribute("on-air", "data-talks", "0")
    assert await faults(desk) == []
    await open_workspace(desk, "field")
    await desk.click(f"leave-{RADIO_GROUP}")
    await desk.until(f"!document.querySelector('[data-testid=\"strip-{RADIO_GROUP}\"]')", "one group less")


async def test_after_a_reload_the_groups_are_back_and_a_right_that_is_taken_away_ends_them(
    desk: Page, crews: tuple[Crew, Crew], city: ReflectorStage
) -> None:
    mine, _ = crews
    await listen(desk, GROUP)
    await desk.open(await desk.run("location.href"))
    await desk.click("sound-unlock") if await desk.has("sound-unlock") else None
    await strip_is(desk, GROUP, "idle", seconds=30)
    async with held(mine.page, "talk-button"):
        await ear_of(desk).until(mine.tone)
    wang = await city.sign_in(WANG)
    path, rights = f"/api/talkgroups/{GROUP}", (await get(wang, f"/api/talkgroups/{GROUP}"))["rights"]

    async def let(monitor: list[str]) -> None:
        change = {"op_id": str(uuid4()), "rights": {**rights, "monitor": monitor}}
        await asyncio.to_thread(wang.patch, path, change)

    await let(["members"])
    try:
        await desk.until_attribute(f"strip-{GROUP}", "data-why", "not_a_member", seconds=40)
        await desk.until_text(f"strip-told-{GROUP}", "不能守听这个通话组")
    finally:
        await let(rights["monitor"])
    await strip_is(desk, GROUP, "idle", seconds=20)
    rows = (await get(wang, "/api/audit?action=listen"))["rows"]
    assert {row["subject"] for row in rows} >= {f"talkgroup:{GROUP}"}
