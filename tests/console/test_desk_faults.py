"""Faults of the machine, the line and the centre: nothing typed is lost, nothing is filed twice, and what is
old says how old it is.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import open_alarms, open_workspace
from tests.console.simulated_gateway import SimulatedGateway, category, serving
from tests.console.test_desk_page import CALL, DRAFT, clean, draft, picture, sign_in, talk
from tests.peers.chromium import ChromiumPeer

pytestmark = pytest.mark.real

TYPED = "学府路80号，小卖部门前"
# The machine's clock as the page sees it. `elapse` lets time pass, `set_clock` only moves the clock.
CLOCK = """(() => {
  const real = Date, steady = performance.now.bind(performance), begun = performance.timeOrigin;
  let wrong = OFF_MS, passed = 0;
  window.elapse = (ms) => { passed += ms; };
  window.set_clock = (ms) => { wrong += ms; };
  performance.now = () => steady() + passed;
  Object.defineProperty(performance, 'timeOrigin', {get: () => begun + OFF_MS});
  const now = () => real.now() + wrong + passed;
  window.Date = class extends real {
    constructor(...given) { if (given.length) super(...given); else super(now()); }
    static now() { return now(); }
  };
})()"""
FILL = """(() => {
  for (const store of [localStorage, sessionStorage]) {
    for (let size = 2 ** 22, n = 0; size >= 1; size = Math.floor(size / 2)) {
      try { store.setItem(`full.${n++}`, 'x'.repeat(size)); } catch { /* no room for so much */ }
    }
  }
})()"""
HOUR_MS = 3_600_000


async def clocked(page: Page, off_ms: int = 0) -> None:
    await page.command("Page.addScriptToEvaluateOnNewDocument", source=CLOCK.replace("OFF_MS", str(off_ms)))


async def in_hand(page: Page, gateway: SimulatedGateway) -> None:
    """A call with a draft whose address is known."""
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")


async def away(gateway: SimulatedGateway) -> None:
    gateway.reachable = False
    await gateway.cut()


async def until_stored(gateway: SimulatedGateway, text: str) -> None:
    async with asyncio.timeout(20):
        while gateway.drafts[DRAFT]["fields"]["address"]["value"] != text:
            await asyncio.sleep(0.05)


def without_network(page: Page) -> list[str]:
    """What the console says besides that the centre could not be reached or refused for a while."""
    return [one for one in page.errors if not re.search(r"WebSocket|Failed to load resource|ERR_", one)]


async def test_a_tab_that_slept_shows_what_happened_and_kept_what_was_typed(
    page: Page, gateway: SimulatedGateway
) -> None:
    await in_hand(page, gateway)
    await page.fill("field-address", TYPED)
    await page.command("Page.setWebLifecycleState", state="frozen")
    await gateway.drafted(CALL, DRAFT, crossing=("西大直街", 0.9, []))
    other = "0198f0aa-0000-7000-8000-000000000003"
    await gateway.ring(other, "13904510005")
    await asyncio.sleep(1)
    await gateway.cut()
    await page.command("Page.setWebLifecycleState", state="active")
    await page.until_attribute("link-state", "data-state", "live")
    await page.until_attribute("ring-bar", "data-state", "ringing")
    await page.until_value("field-crossing", "西大直街")
    await until_stored(gateway, TYPED)
    assert await page.value("field-address") == TYPED
    assert without_network(page) == []


async def test_a_line_that_is_gone_for_a_second_costs_nothing(page: Page, gateway: SimulatedGateway) -> None:
    await in_hand(page, gateway)
    await page.fill("field-address", TYPED)
    await away(gateway)
    await page.until_text("stale", "连接中断")
    await asyncio.sleep(1)
    gateway.reachable = True
    await page.until_attribute("link-state", "data-state", "live")
    await until_stored(gateway, TYPED)
    assert await page.focused() == "field-address"
    assert without_network(page) == []


async def test_after_ten_minutes_without_a_line_all_says_its_age_and_nothing_typed_is_lost(
    page: Page, gateway: SimulatedGateway
) -> None:
    await clocked(page)
    await in_hand(page, gateway)
    await away(gateway)
    await page.until_text("stale", "连接中断")
    await page.fill("field-address", TYPED)
    await page.run(f"elapse({10 * 60_000})")
    await page.until(
        "/停留在 10:\\d\\d/.test(document.querySelector('[data-testid=stale]').innerText)", "age"
    )
    await page.until_text("frame-address", "未保存")
    await picture(page, "ten-minutes")
    # The form is not filed while the centre is away, and says so.
    await page.press("Enter", ctrl=True)
    await page.until(
        "document.querySelector('[data-testid=confirm-trouble]') !== null", "that it is not filed"
    )
    assert await page.value("field-address") == TYPED
    gateway.reachable = True
    await page.until_attribute("link-state", "data-state", "live", seconds=20)
    await until_stored(gateway, TYPED)
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    assert [one["address"] for one in gateway.cases.values()] == [TYPED]
    assert without_network(page) == []


async def test_a_case_whose_answer_is_lost_with_a_restart_is_filed_once(page: Page) -> None:
    gateway = SimulatedGateway()
    async with serving(gateway):
        await in_hand(page, gateway)
        await page.fill("field-address", TYPED)
        gateway.lose_answer_to.add("/confirm")
        await page.press("Enter", ctrl=True)
        await page.until(
            "document.querySelector('[data-testid=confirm-trouble], [data-testid=case-number]') !== null",
            "no answer, or the news of the case before it",
        )
    port = urlsplit(gateway.url).port or 0
    await page.until_attribute("link-state", "data-state", "away")
    gateway.lose_answer_to.clear()
    async with serving(gateway, port):
        await page.until_attribute("link-state", "data-state", "live", seconds=20)
        if not await page.has("case-number"):
            await page.press("Enter", ctrl=True)
        await page.until_text("case-number", "230103-20261125-0001")
        assert [one["address"] for one in gateway.cases.values()] == [TYPED]
    assert without_network(page) == []


async def test_a_paper_whose_answer_is_lost_is_entered_once_also_after_a_reload(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await page.open(f"{gateway.url}/desk/cases/paper")
    await page.fill("field-category", "路灯")
    await page.press("Enter")
    await page.fill("paper-description", "路灯不亮")
    await page.fill("paper-by", "李娜")
    taken = "document.querySelector('[data-testid=paper-at]')"
    await page.run(
        f"{taken}.value = {taken}.max, {taken}.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )
    gateway.lose_answer_to.add("/cases/paper")
    await page.click("paper-enter")
    trouble = "document.querySelector('[data-testid=paper-trouble]')"
    await page.until(f"{trouble}?.innerText.trim()", "no answer")
    gateway.lose_answer_to.clear()
    await page.open(f"{gateway.url}/desk/cases/paper")
    await page.until_value("paper-description", "路灯不亮")
    # It comes above the button, which moves.
    await page.until_text("expected-department", "主办")
    await page.click("paper-enter")
    await page.until("location.pathname.startsWith('/desk/cases/') && !location.pathname.endsWith('paper')")
    assert [one["description"] for one in gateway.cases.values()] == ["路灯不亮"]
    assert without_network(page) == []


@pytest.mark.parametrize("off_ms", [HOUR_MS, -HOUR_MS])
async def test_a_clock_that_is_an_hour_off_is_told_and_moves_no_age(
    page: Page, gateway: SimulatedGateway, off_ms: int
) -> None:
    await clocked(page, off_ms)
    await sign_in(page, gateway)
    await page.until_text("clock-off", "时钟差 60 分")
    await gateway.ring(CALL, "13904510001")
    await page.until_attribute("ring-bar", "data-state", "ringing")
    await page.until(
        "/\\b0:0[2-9]\\b/.test(document.querySelector('[data-testid=ring-bar]').innerText)", "age"
    )
    assert not await page.has("stale")
    await picture(page, "clock-off")
    clean(page)


async def test_a_clock_that_is_set_back_by_an_hour_stops_nothing(
    page: Page, gateway: SimulatedGateway
) -> None:
    await clocked(page)
    await in_hand(page, gateway)
    await page.run(f"set_clock({-HOUR_MS})")
    await away(gateway)
    await page.fill("field-address", TYPED)
    await page.until_text("frame-address", "未保存")
    await asyncio.sleep(3)
    gateway.reachable = True
    # What waits to be tried again is not due an hour later.
    await page.until_attribute("link-state", "data-state", "live", seconds=15)
    await until_stored(gateway, TYPED)
    assert await page.attribute("ring-bar", "data-state") == "talking"
    assert without_network(page) == []


async def test_in_two_tabs_a_draft_is_filed_once_and_both_show_its_case(
    page: Page, gateway: SimulatedGateway, chromium: ChromiumPeer
) -> None:
    await in_hand(page, gateway)
    async with new_page(chromium) as second:
        await second.size(1440, 900)
        await sign_in(second, gateway)
        await second.open(f"{gateway.url}/desk/calls/{CALL}")
        await second.until_value("field-address", "学府路74号")
        await second.fill("field-address", TYPED)
        await second.focus("field-description")
        await page.until_value("field-address", TYPED)
        await asyncio.gather(page.press("Enter", ctrl=True), second.press("Enter", ctrl=True))
        for one in (page, second):
            await one.until_text("case-number", "230103-20261125-0001")
        assert len(gateway.cases) == 1
        assert gateway.cases.popitem()[1]["address"] == TYPED


async def test_with_full_stores_everything_works_and_the_page_asks_before_it_loses_text(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.open(f"{gateway.url}/desk/")
    await page.until("document.querySelector('[data-testid=sign-in-user]') !== null")
    await page.run(FILL)
    await in_hand(page, gateway)
    await page.choose("language", "en")
    await page.until_text("confirm", "File the case")
    leaves = "window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    assert await page.run(leaves) is True
    await away(gateway)
    await page.fill("field-address", TYPED)
    await page.focus("field-description")
    await page.until_text("frame-address", "Not saved")
    assert await page.run(leaves) is False
    gateway.reachable = True
    await page.until_attribute("link-state", "data-state", "live")
    await until_stored(gateway, TYPED)
    await page.until(leaves, "that nothing would be lost any more")
    # The alarms of a person are marked without a store, too.
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    await page.open(f"{gateway.url}/desk/")
    await page.until_attribute("link-state", "data-state", "live")
    await gateway.emergency("a1")
    await open_alarms(page)
    await page.until_attribute("alarm-row-emergency", "data-state", "seen")
    await page.run("localStorage.clear(), sessionStorage.clear()")
    assert without_network(page) == []


# Texts that turn what stands behind them: they leave a direction open, and nothing around them ends it.
TURNED = """(() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let node; (node = walk.nextNode()); ) {
    const open = [];
    for (const sign of node.data) {
      if ('\u202a\u202b\u202d\u202e'.includes(sign)) open.push('\u202c');
      else if ('\u2066\u2067\u2068'.includes(sign)) open.push('\u2069');
      else if (sign === open.at(-1)) open.pop();
    }
    const style = getComputedStyle(node.parentElement);
    const isolated = style.display !== 'inline' || style.unicodeBidi.includes('isolate');
    const alone = isolated && node.parentElement.childNodes.length === 1;
    if (open.length && !alone) found.push(node.parentElement.outerHTML);
  }
  return found;
})()"""
HOSTILE = "\u202e\u2067<img src=x onerror=window.pwned=1><b>{{7*7}}</b>"


async def test_markup_and_turned_writing_stay_text_in_every_place(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"] |= {
        "name": f"名{HOSTILE}",
        "roles": ["agent", "supervisor", "dispatcher", "acceptor"],
    }
    gateway.units["app:17"]["name"] = f"队{HOSTILE}"
    gateway.talkgroups[0]["name_zh"] = f"组{HOSTILE}"
    context = {
        "earlier_calls": [
            {"call_id": "0", "at": "2026-11-20T02:00:00Z", "disposition": "enquiry", "summary": HOSTILE}
        ],
        "open_cases": [
            {"case_id": "k0", "number": "230103-20261120-0007", "category": HOSTILE, "state": "filed",
             "place": HOSTILE, "same_number": True}
        ],
    }  # fmt: skip
    values = dict.fromkeys(("category", "district", "address", "description", "urgency"))
    values |= {"category": category("P0103"), "address": HOSTILE, "description": HOSTILE, "urgency": "normal"}
    case = gateway.case_of(values, CALL, 1)
    case |= {"filed_by": HOSTILE, "state": "done", "category_name": HOSTILE}
    gateway.cases[case["case_id"]] = case
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001", context=context)
    gateway.calls[CALL]["caller_name"] = HOSTILE
    await gateway.answered(CALL)
    await gateway.said(CALL, "c1", "citizen", HOSTILE, at_s=1)
    await gateway.drafted(
        CALL,
        DRAFT,
        address=(HOSTILE, 0.9, [("c1", 0, 4)]),
        description=(HOSTILE, 0.9, []),
        crossing=(HOSTILE, 0.4, []),
    )
    await gateway.emergency("a1", note=HOSTILE, acknowledged_by=HOSTILE, talkgroup="app:daoli")
    await gateway.floor("app:daoli", "taken", HOSTILE, talker_name=HOSTILE)
    await gateway.text("t1", HOSTILE, way="up", state="received")
    await page.until_text("segment-c1", "<img src=x")
    await page.focus("field-address")
    await picture(page, "hostile-calls")
    for name in ("calls", "cases", "field", "supervision", "acceptance"):
        if name != "calls":
            await open_workspace(page, name)
        if name == "cases":
            await page.open(f"{gateway.url}/desk/cases/{case['case_id']}")
            await page.until("document.body.innerText.includes('<img src=x')", "the case")
        await page.until("document.querySelector('main.workspace').children.length > 0")
        assert await page.run("document.querySelectorAll('img[src=\"x\"]').length") == 0, name
        assert await page.run("window.pwned ?? 0") == 0, name
        assert "49" not in await page.run(
            "[...document.querySelectorAll('b')].map((e) => e.textContent).join()"
        )
        assert await page.run(TURNED) == [], name
        await picture(page, f"hostile-{name}")
    await open_alarms(page)
    await page.until_text("alarm-list", "<img src=x")
    assert await page.run(TURNED) == []
    clean(page)


@pytest.mark.alone
@pytest.mark.timeout(300)
async def test_ten_thousand_notices_leave_the_desk_usable(page: Page, gateway: SimulatedGateway) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher", "supervisor"]
    await in_hand(page, gateway)
    before = await page.run("document.querySelectorAll('*').length")
    for number in range(10_000):
        await gateway.emergency(f"a{number}", unit_id=f"app:{number}")
    await page.until_attribute("alarms", "data-new", "10000", seconds=120)
    await page.fill("field-address", TYPED)
    await until_stored(gateway, TYPED)
    await open_alarms(page)
    await page.until_text("alarms-more", "9900")
    assert await page.run("document.querySelectorAll('[data-testid=alarm-row-emergency]').length") == 100
    assert await page.run("document.querySelectorAll('*').length") < before + 4000
    await picture(page, "ten-thousand")
    await page.press("Escape")
    for number in range(10_000):
        gateway.emergencies[f"a{number}"] |= {"state": "acknowledged", "acknowledged_by": "孙丽"}
    await gateway.cut()
    await page.until_attribute("link-state", "data-state", "live", seconds=30)
    await page.until_attribute("alarms", "data-new", "0", seconds=60)
    assert without_network(page) == []


async def test_on_a_machine_that_is_six_times_slower_nothing_typed_is_lost(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.command("Emulation.setCPUThrottlingRate", rate=6)
    try:
        await in_hand(page, gateway)
        await page.fill("field-address", "")
        text = TYPED * 4
        await page.focus("field-address")

        async def talk_on() -> None:
            for i in range(60):
                await gateway.said(CALL, f"n{i}", "citizen", f"第{i}句，" + "井盖" * 10, at_s=20 + i)
                await gateway.drafted(CALL, DRAFT, address=(f"学府路{i}号", 0.9, []))
                await asyncio.sleep(0.02)

        async def type_on() -> None:
            for sign in text:
                await page.command("Input.insertText", text=sign)

        await asyncio.gather(talk_on(), type_on())
        assert await page.value("field-address") == text
        await page.press("Enter", ctrl=True)
        await page.until("document.querySelector('[data-testid=case-number]') !== null", "a case", seconds=30)
        assert [one["address"] for one in gateway.cases.values()] == [text]
    finally:
        await page.command("Emulation.setCPUThrottlingRate", rate=1)


async def test_without_a_microphone_the_desk_says_so_and_takes_the_call_to_a_case(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.phone |= {"ws_url": "ws://127.0.0.1:9/ws", "uri": "sip:agent-1@127.0.0.1", "user": "agent-1"}
    blocked = (
        "navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('Permission denied', 'NotAllowedError'))"
    )
    await page.command("Page.addScriptToEvaluateOnNewDocument", source=blocked)
    await sign_in(page, gateway)
    await page.until_attribute("phone-state", "data-state", "no_microphone")
    # Nothing is claimed from a page that can speak, and whoever is in the queue is told.
    assert not gateway.claim
    await page.click("state-ready")
    await page.until_text("foremost-alarm", "麦克风")
    await gateway.ring(CALL, "13904510001")
    await page.until_text("ring-number", "13904510001")
    await gateway.answered(CALL)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    await picture(page, "no-microphone")
    clean(page)


async def test_without_sound_an_alarm_is_in_the_title_and_the_strip_says_that_it_is_silent(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.command(
        "Page.addScriptToEvaluateOnNewDocument",
        source="window.AudioContext = class { constructor() { throw new DOMException('no device') } }",
    )
    await sign_in(page, gateway, "sun.li")
    await page.until_attribute("sound-state", "data-state", "off")
    await page.click("sound-unlock")
    await page.until_attribute("sound-state", "data-state", "off")
    await gateway.emergency("a1")
    await page.until("document.title.startsWith('▲ 紧急报警')", "the title")
    await page.press("Enter", alt=True)
    await page.until("location.pathname === '/desk/field/talkgroups/app:daoli'", "its talkgroup")
    assert gateway.emergencies["a1"]["acknowledged_by"] == "孙丽"
    clean(page)
