"""Alarms of the frame: they sound, change the title and wait for a hand; no arrival moves the focus."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.page import Page
from tests.console.seats import open_alarms
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_desk_page import CALL, CONTEXT, clean, draft, picture, sign_in, talk

pytestmark = pytest.mark.real

TITLE = "document.title"
LISTEN = """(() => {
  window.heard = [];
  const start = AudioBufferSourceNode.prototype.start, stop = AudioBufferSourceNode.prototype.stop;
  AudioBufferSourceNode.prototype.start = function () {
    const samples = this.buffer.getChannelData(0);
    let crossings = 0;
    for (let i = 1; i < 2400; i++) if (samples[i - 1] < 0 && samples[i] >= 0) crossings++;
    this.told = {hz: Math.round(crossings / (2400 / this.buffer.sampleRate)), loop: this.loop, on: true};
    window.heard.push(this.told);
    return start.call(this);
  };
  AudioBufferSourceNode.prototype.stop = function () { this.told.on = false; return stop.call(this); };
})()"""


async def listening(page: Page, gateway: SimulatedGateway, user: str) -> None:
    """Signed in with the hands on nothing; each sound that the page starts is noted with its first pitch."""
    await page.command("Page.addScriptToEvaluateOnNewDocument", source=LISTEN)
    await sign_in(page, gateway, user)
    await page.until_attribute("sound-state", "data-state", "on")


async def sounds(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.run("window.heard.filter((one) => one.on)")
    return found


async def test_an_emergency_sounds_until_it_is_seen_and_is_in_the_title(
    page: Page, gateway: SimulatedGateway
) -> None:
    await listening(page, gateway, "sun.li")
    assert await sounds(page) == []
    await gateway.emergency("a1")
    await page.until(f"{TITLE}.startsWith('▲ 紧急报警 南岗一队')", "the title")
    await page.until_attribute("sound-state", "data-sounding", "alarm")
    (sound,) = await sounds(page)
    assert sound["loop"]
    assert 900 < sound["hz"] < 1000
    assert await page.attribute("alarms", "data-priority") == "1"
    await picture(page, "alarm")
    # It is told again every two seconds, and stays one row with one sound.
    for repeats in (2, 3, 4):
        await gateway.emergency("a1", repeats=repeats)
    await open_alarms(page)
    await page.until_text("alarm-count", "4 次")
    assert await page.run("document.querySelectorAll('[data-testid=alarm-row-emergency]').length") == 1
    await page.until_attribute("sound-state", "data-sounding", "")
    await page.until(f"!{TITLE}.startsWith('▲')", "the title")
    assert await page.attribute("alarm-row-emergency", "data-state") == "seen"
    assert len(await page.run("window.heard")) == 1
    await picture(page, "alarm-list")
    clean(page)


async def test_danger_to_life_cannot_be_shelved_and_its_next_step_sounds_again(
    page: Page, gateway: SimulatedGateway
) -> None:
    await listening(page, gateway, "sun.li")
    await gateway.emergency("a1")
    await open_alarms(page)
    assert not await page.has("alarm-shelve")
    await page.press("Escape")
    await page.until_attribute("sound-state", "data-sounding", "")
    await gateway.emergency("a1", asked="next_dispatcher")
    await page.until_attribute("sound-state", "data-sounding", "alarm")


async def test_one_press_answers_an_emergency_and_shows_its_talkgroup(
    page: Page, gateway: SimulatedGateway
) -> None:
    await gateway.floor("app:daoli", "idle")
    await listening(page, gateway, "sun.li")

    await gateway.emergency("a1")
    await page.until_attribute("alarms", "data-priority", "1")
    await page.press("Enter", alt=True)
    await page.until("location.pathname === '/desk/field/talkgroups/app:daoli'", "its talkgroup")
    assert gateway.emergencies["a1"]["acknowledged_by"] == "孙丽"
    await page.until_attribute("sound-state", "data-sounding", "")
    clean(page)


async def test_enter_opens_an_emergency_when_the_hands_are_on_nothing(
    page: Page, gateway: SimulatedGateway
) -> None:
    await listening(page, gateway, "sun.li")
    await page.run("document.activeElement?.blur()")
    await gateway.emergency("a1")
    await page.until_attribute("alarms", "data-priority", "1")
    await page.press("Enter")
    await page.until("document.querySelector('[data-testid=alarm-list]') !== null", "the list")
    assert await page.focused() == "acknowledge"
    await page.press("Enter")
    await page.until_attribute("emergency-a1", "data-state", "acknowledged")
    await page.fill("clear-note", "误按，已联系")
    await page.press("Enter")
    await page.until("document.querySelector('[data-testid=alarm-row-emergency]') === null", "it is over")
    assert "a1" not in gateway.emergencies
    clean(page)


async def test_nothing_that_arrives_moves_the_focus_or_the_view(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher", "acceptor"]
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.fill("field-description", "井盖丢了，行人")
    moved = "window.moved = 0; document.addEventListener('focusin', () => window.moved++); 1"
    await page.run(moved)
    top = "document.querySelector('[data-testid=field-description]').getBoundingClientRect().top"
    before = await page.run(top)
    await gateway.emergency("a1")
    await gateway.emergency("a2", unit_id="app:18")
    await gateway.offers("b1", "13904510002")
    await gateway.tell("identity.sign_in_attack", **ATTACK)
    other = "0198f0aa-0000-7000-8000-000000000002"
    await gateway.ring(other, "13904510009", context=CONTEXT)
    await gateway.said(CALL, "c8", "citizen", "快来人", at_s=20)
    await page.until_attribute("alarms", "data-new", "3")
    await page.until_attribute("ring-bar", "data-state", "ringing")
    assert await page.focused() == "field-description"
    assert await page.run("window.moved") == 0
    assert await page.run("location.pathname") == f"/desk/calls/{CALL}"
    assert abs(await page.run(top) - before) <= 1, "what the hands are on stays where it is"
    # What one types meanwhile is typed, and Enter in a field opens nothing.
    await page.command("Input.insertText", text="绕行")
    await page.press("Enter")
    assert "绕行" in await page.value("field-description")
    assert not await page.has("alarm-list")
    clean(page)


ATTACK = {
    "attack_id": "t1",
    "began_at": "2026-11-30T08:00:00Z",
    "last_at": "2026-11-30T08:01:00Z",
    "failures": 40,
    "refused": 10,
    "names": 7,
    "code": False,
    "over": False,
    "addresses": ["10.0.0.9"],
    "asked": "",
    "acknowledged_by": "",
}


async def test_a_lesser_alarm_is_shelved_and_a_reload_keeps_what_was_seen(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["supervisor"]
    await listening(page, gateway, "li.na")
    await gateway.tell("identity.sign_in_attack", **ATTACK)
    await page.until_text("foremost-alarm", "有人在猜密码")
    assert await page.attribute("sound-state", "data-sounding") == ""
    await page.press("a", alt=True)
    await page.until_attribute("alarm-row-attack", "data-state", "seen")
    await gateway.tell("identity.sign_in_attack", **ATTACK | {"code": True})
    await page.until_attribute("alarm-row-attack", "data-state", "new")
    await page.click("alarm-shelve")
    await page.until_attribute("alarm-row-attack", "data-state", "shelved")
    await page.press("Escape")
    assert await page.attribute("alarms", "data-new") == "0"
    await gateway.emergency("a1")
    await page.until_attribute("sound-state", "data-sounding", "alarm")
    await open_alarms(page)
    await page.open(f"{gateway.url}/desk/")
    await page.until_text("alarms", "都已看过")
    await page.until_attribute("alarms", "data-new", "0")


async def test_the_ring_is_heard_once_the_browser_allows_it_and_gives_way_to_danger(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    await page.command("Page.addScriptToEvaluateOnNewDocument", source=LISTEN)
    await sign_in(page, gateway)
    # After a reload nobody has touched the page: the browser keeps it silent, and the strip says so.
    await page.open(f"{gateway.url}/desk/")
    await page.until_attribute("link-state", "data-state", "live")
    assert await page.attribute("sound-state", "data-state") == "off"
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await page.until(f"{TITLE}.startsWith('◉ 振铃')", "the title")
    assert await sounds(page) == []
    await page.click("sound-unlock")
    await page.until_attribute("sound-state", "data-state", "on")
    (ring,) = await page.until("window.heard.filter((one) => one.on && one.loop)")
    assert 440 < ring["hz"] < 520
    await gateway.emergency("a1")
    await page.until_attribute("sound-state", "data-sounding", "alarm")
    (alarm,) = await page.until(
        "(() => { const on = window.heard.filter((one) => one.on && one.loop);"
        " return on.length === 1 && on[0].hz > 900 ? on : null; })()"
    )
    assert alarm["loop"]
    await open_alarms(page)
    await page.until_attribute("sound-state", "data-sounding", "ring")
    await gateway.answered(CALL)
    await page.until_attribute("sound-state", "data-sounding", "")


async def test_what_a_caller_says_of_danger_reaches_a_supervisor_at_another_workspace(
    page: Page, gateway: SimulatedGateway
) -> None:
    await listening(page, gateway, "zhao.qiang")
    await page.click("view-field")
    await gateway.ring(CALL, "13904510001")
    await gateway.answered(CALL)
    await gateway.drafted(CALL, "d1", handoff=("119", 1.0, []))
    gateway.drafts["d1"]["alarms"] = [{"rule": "fire", "number": "119", "evidence": {}, "dismissed": False}]
    gateway.drafts["d1"]["rev"] += 1
    await gateway.tell("cases.draft_changed", call_id=CALL, draft=gateway.drafts["d1"])
    await page.until_text("foremost-alarm", "来电人有危险（119）")
    await page.until_attribute("sound-state", "data-sounding", "alarm")
    await page.press("Enter", alt=True)
    await page.until(f"location.pathname === '/desk/calls/{CALL}'", "the call")
    await page.until_attribute("sound-state", "data-sounding", "")
    clean(page)


async def test_a_cause_that_is_told_a_thousand_times_is_one_row_with_one_sound(
    page: Page, gateway: SimulatedGateway
) -> None:
    await listening(page, gateway, "sun.li")
    for repeats in range(1, 1001):
        await gateway.emergency("a1", repeats=repeats)
    await page.until_text("alarms", "1 项告警")
    await open_alarms(page)
    await page.until_text("alarm-count", "1000 次")
    assert len(await page.run("window.heard")) == 1
