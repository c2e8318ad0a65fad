"""Hold-to-talk of the unit's page, heard: real browsers, broker, roles and Asterisk."""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.console.hand import finger, held, mouse, place, space
from tests.console.page import Page
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import picture
from tests.peers.running import running
from tests.real.radio.crew_pages import AIR, Browsers, Crew, crew, tick
from tests.real.radio.reflector_stage import RADIO, RADIO_GROUP, ReflectorStage
from tests.real.radio.stage import CREW, GROUP, OTHER
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

NO_MICROPHONE = (
    "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
)
HIDE = """(() => {
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => "hidden"});
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.visibilityState;
})()"""
LEAK = """setInterval(() => {
  for (const leg of window.__legs) for (const { track } of leg.getSenders()) if (track) track.enabled = true;
}, 10)"""
"""A page that does not keep to the rules."""
NOTHING = 0.3
"""Seconds of a tone that count as none: clicks hold a little of every tone."""
LONG_S = 50.0
"""A talk that goes on until it is told to end."""
TAIL_S = 0.6
"""What is on its way when the button is let go: jitter buffers of the switch and the other browser."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReflectorStage]:
    with running(ReflectorStage(tmp_path_factory.mktemp("city"), voice=True, rules={"hang_s": 0.5})) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crews(city: ReflectorStage, browsers: Browsers) -> AsyncIterator[tuple[Crew, Crew]]:
    async with crew(city, browsers, CREW, GROUP) as mine, crew(city, browsers, OTHER, GROUP) as other:
        for one in (mine, other):
            await one.until("idle", seconds=20)
        yield mine, other


async def test_who_holds_the_button_is_heard_and_nobody_else_is(crews: tuple[Crew, Crew]) -> None:
    for mine, other in (crews, crews[::-1]):
        # Whatever the other page sends, the switch lets nobody hear it.
        leak = await other.page.run(LEAK)
        quiet = time.time()
        await asyncio.sleep(1.0)
        pressed = time.time()
        async with held(mine.page, "talk-button"):
            await mine.until("talking")
            await other.ear.until(mine.tone, since=pressed, looks=40)
            await other.until("taken")
            await other.page.until_text("talk-told", f"组 {mine.uid} 正在讲话")
            if mine.uid == CREW:
                await picture(mine.page, "unit-talking")
                await picture(other.page, "unit-talk-taken")
            let_go = time.time()
        await mine.until("idle")
        await asyncio.sleep(1.0)
        assert await other.ear.heard(mine.tone, quiet, pressed) == []
        assert len(await other.ear.heard(mine.tone, pressed, let_go)) > 20
        after = await other.ear.heard(mine.tone, let_go, let_go + 1.0)
        assert [at for at in after if at > let_go + TAIL_S] == []
        # Nobody hears himself, and who listens is not heard.
        now = time.time()
        await other.page.run(f"clearInterval({leak})")
        assert await mine.ear.heard(mine.tone, quiet, now) == []
        assert await mine.ear.heard(other.tone, quiet, now) == []
    for one in crews:
        assert await faults(one.page) == []


async def test_who_waits_talks_next_and_an_emergency_call_cuts_in(crews: tuple[Crew, Crew]) -> None:
    mine, other = crews
    button = await place(mine.page, "talk-button")
    await mouse(mine.page, "mousePressed", button)
    await mine.until("talking")
    async with held(other.page, "talk-button"):
        await other.until("queued")
        await other.page.until_text("talk-told", "排队第 1 位")
        await picture(other.page, "unit-talk-queued")
        await mouse(mine.page, "mouseReleased", button)
        await other.until("talking")
        await mine.ear.until(other.tone)
    await other.until("idle")

    await mouse(mine.page, "mousePressed", button)
    await mine.until("talking")
    # Let go within the two seconds: nothing was asked for.
    async with held(other.page, "talk-emergency"):
        await asyncio.sleep(1.0)
    assert [await mine.state(), await other.state()] == ["talking", "taken"]
    # One finger waits for the floor, a second one makes the emergency call.
    waits = {**await place(other.page, "talk-button"), "id": 1}
    calls = {**await place(other.page, "talk-emergency"), "id": 2}
    await finger(other.page, "touchStart", waits)
    await other.until("queued")
    await finger(other.page, "touchStart", waits, calls)
    await mine.until("revoked")
    await mine.page.until_text("talk-told", "更高优先级")
    cut_off = time.time()
    await other.until("talking")
    await other.page.until_text("talk-told", "紧急讲话")
    await mine.ear.until(other.tone)
    # The first one is lifted: the call goes on. That mine is still pressed says nothing any more.
    await finger(other.page, "touchMove", calls)
    await picture(other.page, "unit-talk-emergency")
    await asyncio.sleep(1.0)
    assert await other.state() == "talking"
    heard = await other.ear.heard(mine.tone, cut_off, cut_off + 1.0)
    assert [at for at in heard if at > cut_off + TAIL_S] == []
    await finger(other.page, "touchEnd")
    await mouse(mine.page, "mouseReleased", button)
    await other.until("idle")
    # The focus goes from one button to the other: that ends the call that is over, and not the new talk.
    async with held(other.page, "talk-button"):
        await other.until("talking")
        await asyncio.sleep(0.3)
        assert await other.state() == "talking"
    await other.until("idle")


async def test_the_button_is_let_go_by_whatever_takes_the_hand_away(crews: tuple[Crew, Crew]) -> None:
    mine, _ = crews
    page, button = mine.page, await place(mine.page, "talk-button")

    async def talks_until(let_go: contextlib.AbstractAsyncContextManager[None]) -> None:
        async with let_go:
            await mine.until("talking")
        await mine.until("idle")

    for away in (cancelled_finger, held_space, lost_focus, hidden_page, mouse_outside):
        await talks_until(away(page, button))
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def cancelled_finger(page: Page, button: dict[str, float]) -> AsyncIterator[None]:
    await finger(page, "touchStart", button)
    yield
    await finger(page, "touchCancel")


@contextlib.asynccontextmanager
async def held_space(page: Page, _button: dict[str, float]) -> AsyncIterator[None]:
    await page.focus("talk-button")
    await space(page, "rawKeyDown")
    await space(page, "rawKeyDown", autoRepeat=True)
    yield
    await space(page, "keyUp")


@contextlib.asynccontextmanager
async def lost_focus(page: Page, _button: dict[str, float]) -> AsyncIterator[None]:
    await page.focus("talk-button")
    await space(page, "rawKeyDown")
    yield
    await page.run("window.dispatchEvent(new Event('blur'))")
    await space(page, "keyUp")


@contextlib.asynccontextmanager
async def hidden_page(page: Page, button: dict[str, float]) -> AsyncIterator[None]:
    await mouse(page, "mousePressed", button)
    yield
    await page.run(HIDE)
    await mouse(page, "mouseReleased", button)


@contextlib.asynccontextmanager
async def mouse_outside(page: Page, button: dict[str, float]) -> AsyncIterator[None]:
    """The mouse leaves the window with its button down, and comes back without."""
    await mouse(page, "mousePressed", button)
    yield
    await mouse(page, "mouseReleased", {"x": -20.0, "y": -20.0})


async def test_without_a_microphone_the_page_says_so_and_listens(
    crews: tuple[Crew, Crew], city: ReflectorStage, browsers: Browsers
) -> None:
    _, other = crews
    # A second device of the unit.
    async with crew(city, browsers, CREW, GROUP, script=NO_MICROPHONE) as mute:
        await mute.page.until_attribute("talk", "data-why", "no_microphone", seconds=20)
        async with held(mute.page, "talk-button"):
            await asyncio.sleep(0.5)
            assert await other.state() == "idle"
        async with held(other.page, "talk-button"):
            await other.until("talking")
            await mute.ear.until(other.tone)
        await other.until("idle")


async def test_a_radio_hears_the_page_and_the_page_hears_the_radio(
    crews: tuple[Crew, Crew], city: ReflectorStage
) -> None:
    mine, other = crews
    await city.network_is("svx", "up")
    await tick(mine.page, RADIO_GROUP)
    await mine.page.choose("talk-group", RADIO_GROUP)
    await mine.until("idle", seconds=20)
    await picture(mine.page, "unit-groups")
    assert await city.transmitted(0.8, mine.tone) < NOTHING
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        await city.until_transmitted(1.1, mine.tone)
    await until(lambda: not city.keyed(), "a free talkgroup")
    await asyncio.sleep(TAIL_S)
    assert await city.transmitted(0.8, mine.tone) < NOTHING
    quiet = time.time()
    city.radio_set.say(AIR, LONG_S)
    await mine.ear.until(AIR, since=quiet)
    await mine.until("taken")
    await mine.page.until_text("talk-told", RADIO)
    city.radio_set.says_no_more()
    await mine.until("idle")
    # Another talkgroup has no part in it.
    assert await other.ear.heard(AIR, quiet, time.time()) == []
    await mine.page.choose("talk-group", GROUP)
    await mine.page.click(f"group-{RADIO_GROUP}")
    await mine.until("idle")


FORGED_TICKET = "0123456789" * 4
"""As long as a ticket: anything else is no extension at the door."""


def turned_away(city: ReflectorStage) -> float:
    """Legs that stood at the door without a ticket."""
    with urllib.request.urlopen(f"{city.service.address}/metrics", timeout=20) as answer:
        rows = answer.read().decode().splitlines()
    name = 'songhua_radio_bridge_voice_doors_total{fate="no_ticket"}'
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(name))


async def test_who_shows_no_ticket_is_turned_away(city: ReflectorStage) -> None:
    # The hotline has no use for this command.
    assert "Loaded" in city.switch.rx("module load res_clioriginate.so")
    before = turned_away(city)
    city.switch.rx(f"channel originate Local/{FORGED_TICKET}@songhua-unit/n application Wait 20")
    # The door itself hangs up after five seconds.
    await until(lambda: turned_away(city) == before + 1, "a leg that is turned away", 4)
    await until(lambda: "Local/" not in city.switch.rx("core show channels concise"), "its end", 4)


@pytest.mark.own_process
async def test_the_voice_comes_back_after_the_switch_and_the_broker_were_killed(
    crews: tuple[Crew, Crew], city: ReflectorStage
) -> None:
    mine, other = crews
    async with held(mine.page, "talk-button"):
        await mine.until("talking")
        await other.ear.until(mine.tone)
        await asyncio.to_thread(city.broker.kill)
        await mine.until("silent", seconds=20)
        dead = time.time()
        await asyncio.sleep(1.0)
        assert [at for at in await other.ear.heard(mine.tone, dead, dead + 1.0) if at > dead + TAIL_S] == []
        await mine.page.until_attribute("talk", "data-why", "offline")
    await asyncio.to_thread(city.switch.kill)
    await asyncio.to_thread(city.broker.start)
    await mine.page.until(
        "['lost', 'switch_away', 'no_answer'].includes("
        "document.querySelector('[data-testid=talk]').dataset.why)",
        "that there is no voice",
        seconds=20,
    )
    await asyncio.to_thread(city.switch.restart)
    for one in crews:
        await one.until("idle", seconds=40)
    async with held(other.page, "talk-button"):
        await other.until("talking")
        await mine.ear.until(other.tone)
