"""Instant recall on the desk, against a simulated gateway: which talks there were, and their sound."""

from __future__ import annotations

import asyncio

import pytest

from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real

GROUP = "svx:4011"
SOUND = "document.querySelector('[data-testid=recall-sound]')"
TALKS = "[...document.querySelectorAll('[role=option]')]"
FIRST = {"ago": 240, "long": 4.0, "from_s": 0.3, "until_s": 4.3, "name": "道里一组"}
EMERGENCY = {
    "ago": 120, "long": 6.0, "from_s": 4.9, "until_s": 10.9, "emergency": True, "recorded_s": 3.0,
    "party": "patch:svx:4012", "name": "svx:CREW-B", "came_from": "svx:4012",
}  # fmt: skip
NOW = {"ago": 5, "long": None, "from_s": 11.5, "until_s": 16.5, "party": "dispatch"}
GAP = {"since": "", "until": "", "from_s": 7.9, "until_s": 10.9, "talked_s": 3.0}


async def desk(page: Page, gateway: SimulatedGateway) -> None:
    """A dispatcher who looks at the talkgroups."""
    gateway.talkgroups = [
        {"tg_id": GROUP, "name_zh": "道里无线", "name_en": "Daoli radio"},
        {"tg_id": "svx:4012", "name_zh": "道外无线", "name_en": "Daowai radio"},
    ]
    await gateway.floor(GROUP, "idle")
    await gateway.floor("svx:4012", "idle")
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "field")
    await page.until_text(f"floor-{GROUP}", "道里无线")


async def opened(page: Page) -> None:
    """By the key of who has no mouse in his hand."""
    await page.focus(f"recall-open-{GROUP}")
    await page.press("Enter")
    await page.until("document.activeElement?.dataset.testid === 'recall-talks'", "the list has the focus")


async def test_the_newest_is_on_top_and_any_is_played_from_its_beginning_by_keys_alone(
    page: Page, gateway: SimulatedGateway
) -> None:
    await desk(page, gateway)
    gateway.said_there(GROUP, FIRST, EMERGENCY, NOW, seconds=16.5, gaps=[GAP])
    await opened(page)
    rows = [await page.text(f"recall-talk-{number}") for number in range(3)]
    for row, words in zip(
        rows,
        (
            ("调度台", "正在讲话"),
            ("svx:CREW-B", "0:06", "紧急", "缺录音 3 秒", "来自 道外无线"),
            ("道里一组", "0:04", "svx:CREW-A"),
        ),
        strict=True,
    ):  # fmt: skip
        assert all(word in row for word in words), row
    await page.until_text("recall-lost", "3 秒")
    assert await page.attribute("recall-talk-0", "aria-selected") == "true"
    # Two down, one up: the one in the middle is chosen and played, and then what follows it.
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        await page.press(key)
    await page.until_attribute("recall-talk-1", "aria-selected", "true")
    await page.until(f"!{SOUND}.paused && {SOUND}.currentTime > 4.9", "the sound goes on")
    await page.until(f"Math.abs({SOUND}.duration - 16.5) < 0.01", "the whole sound")
    assert await page.run(f"{SOUND}.currentTime") < 8
    await page.until_attribute("recall-talk-1", "data-playing", "true")
    await page.until_text("recall-talk-1", "正在播放")
    await picture(page, "recall")
    await page.press(" ")
    await page.until(f"{SOUND}.paused", "a pause")
    held = await page.run(f"{SOUND}.currentTime")
    await page.press(" ")
    await page.until(f"!{SOUND}.paused && {SOUND}.currentTime > {held}", "it goes on where it was")
    await page.press("End")
    await page.press("Enter")
    await page.until(f"{SOUND}.currentTime < 4", "the first talk")
    await page.click("recall-all")
    await page.until(f"!{SOUND}.paused && {SOUND}.currentTime < 2", "all from the beginning")
    await page.click("recall-talk-0")
    await page.until(f"{SOUND}.currentTime > 11.2", "the newest one, by the mouse")
    # Esc ends it, and the focus is where it came from.
    await page.press("Escape")
    await page.until("document.querySelector('[data-testid=recall-panel]') === null", "the panel is closed")
    assert await page.focused() == f"recall-open-{GROUP}"
    # One look and one hearing are in the audit trail, of the same moment.
    until = gateway.recalls[GROUP, "drop"]["until"]
    query = {"seconds": "600", "silence": "drop"}
    assert gateway.recalled == [("talks", query), ("sound", query | {"until": until})]
    clean(page)


async def test_nothing_is_asked_for_again_by_itself_and_it_is_said_that_there_is_more(
    page: Page, gateway: SimulatedGateway
) -> None:
    await desk(page, gateway)
    gateway.said_there(GROUP, FIRST)
    await opened(page)
    assert not await page.has("recall-more")
    await gateway.floor(GROUP, "taken", "app:17", talker_name="道里一组")
    await page.until_text("recall-more", "请刷新")
    await gateway.floor(GROUP, "idle")
    await asyncio.sleep(2.5)
    assert [what for what, _ in gateway.recalled] == ["talks"]
    assert await page.has("recall-more")
    gateway.said_there(GROUP, FIRST, {**FIRST, "ago": 3, "from_s": 5.0, "until_s": 9.0})
    await page.focus("recall-refresh")
    await page.press("Enter")
    await page.until(f"{TALKS}.length === 2", "the new talk")
    assert not await page.has("recall-more")
    assert await page.attribute("recall-talk-0", "aria-selected") == "true"
    assert await page.focused() == "recall-refresh"
    clean(page)


async def test_silence_is_skipped_by_choice_and_the_time_stays_the_same(
    page: Page, gateway: SimulatedGateway
) -> None:
    await desk(page, gateway)
    gateway.said_there(GROUP, FIRST, EMERGENCY, seconds=11)
    await opened(page)
    await page.press("Enter")
    await page.until(f"!{SOUND}.paused && {SOUND}.currentTime > 0", "the sound")
    until = gateway.recalls[GROUP, "drop"]["until"]
    wide = [{**FIRST, "from_s": 360.0, "until_s": 364.0}, {**EMERGENCY, "from_s": 480.0, "until_s": 486.0}]
    gateway.said_there(GROUP, *wide, seconds=600, silence="keep", until=until)
    await page.click("recall-skip")
    await page.until(f"{SOUND}.paused && !{SOUND}.getAttribute('src')", "the former sound is put away")
    await page.until(f"{TALKS}.length === 2")
    await page.click("recall-talk-1")
    await page.until(f"!{SOUND}.paused && {SOUND}.currentTime > 359.5", "the same talk in the whole time")
    await page.until(f"Math.abs({SOUND}.duration - 600) < 0.01", "the whole sound")
    asked = [(what, query["silence"], query.get("until", "")) for what, query in gateway.recalled]
    assert asked == [
        ("talks", "drop", ""), ("sound", "drop", until), ("talks", "keep", until), ("sound", "keep", until),
    ]  # fmt: skip
    clean(page)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "您没有收听这个通话组的权限"), ("en", "you may not listen to this talkgroup")],
)
async def test_who_may_not_listen_is_told_why_in_his_language(
    page: Page, gateway: SimulatedGateway, language: str, words: str
) -> None:
    await desk(page, gateway)
    await page.choose("language", language)
    gateway.refuse = {"/playback/transmissions": "may-not-monitor"}
    await page.click(f"recall-open-{GROUP}")
    await page.until_text("recall-trouble", words)
    assert not await page.has("recall-all")
    assert await faults(page) == []
    await page.press("Escape")
    await page.until("document.querySelector('[data-testid=recall-panel]') === null", "the panel is closed")
    assert [line for line in page.errors if "409" not in line] == []


async def test_what_cannot_be_played_is_said_and_the_list_stays(
    page: Page, gateway: SimulatedGateway
) -> None:
    await desk(page, gateway)
    gateway.said_there(GROUP, FIRST)
    await opened(page)
    gateway.refuse = {"/playback": "recording-not-ready"}
    await page.press("Enter")
    await page.until_text("recall-trouble", "录音不在这台机器上")
    gateway.refuse = {}
    await page.press("Enter")
    await page.until(f"!{SOUND}.paused && {SOUND}.currentTime > 0", "the sound")
    assert not await page.has("recall-trouble")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_panel_is_for_everybody(page: Page, gateway: SimulatedGateway, language: str) -> None:
    await desk(page, gateway)
    await page.choose("language", language)
    gateway.said_there(GROUP, recordings=[])
    await opened_empty(page)
    assert await faults(page) == []
    gateway.said_there(GROUP, FIRST, EMERGENCY, NOW, seconds=16.5, gaps=[GAP])
    await page.click("recall-refresh")
    await page.until(f"{TALKS}.length === 3")
    await page.click("recall-talk-1")
    await page.until_attribute("recall-talk-1", "data-playing", "true")
    assert await faults(page) == []
    # At the smallest width of the desk all of it is inside.
    await page.size(1080, 720)
    wide = "document.querySelector('[data-testid=recall-panel]').getBoundingClientRect().right"
    assert await page.run(f"{wide} <= innerWidth")
    clean(page)


async def opened_empty(page: Page) -> None:
    await page.click(f"recall-open-{GROUP}")
    await page.until("document.querySelector('[data-testid=recall-none]') !== null", "nobody has talked")
    assert await page.has("recall-lost")
