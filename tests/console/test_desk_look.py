"""How the desk looks: contrast in both themes, axe, what is in sight at which size, how much it loads."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import SHOWN, open_alarms, open_workspace
from tests.console.simulated_gateway import DIST, SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_alarms import ATTACK
from tests.console.test_desk_page import CALL, CONTEXT, draft, picture, sign_in, talk

pytestmark = pytest.mark.real

MOST_OF_CALLS = 250_000
"""Bytes that the Calls workspace loads, compressed."""
SECTIONS = (
    "[...document.querySelectorAll('main :is(.sections, .tabs) [data-testid^=view-]')]"
    ".map((e) => e.dataset.testid.slice(5))"
)
LEAST_SECTIONS = 20
LEAST_ALARM = 120
"""Pixels: a mark, how many, and the beginning of the foremost."""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def dark(page: Page) -> None:
    await page.run("document.documentElement.dataset.theme = 'dark'")


async def busy_desk(page: Page, gateway: SimulatedGateway) -> None:
    """Every role, a call with a draft and danger in it, an emergency, and another ring."""
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher", "acceptor", "admin"]
    await talk(page, gateway)
    await draft(gateway)
    await gateway.drafted(CALL, next(iter(gateway.drafts)), handoff=("119", 1.0, [("c1", 2, 5)]))
    await gateway.floor("app:daoli", "taken", "app:17", talker_name="南岗一队", emergency=True)
    await gateway.emergency("a1")
    await gateway.tell("identity.sign_in_attack", **ATTACK)
    await page.until_text("handoff", "119")
    await page.until_attribute("alarms", "data-priority", "1")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_workspace_is_accessible_and_has_contrast(
    page: Page, gateway: SimulatedGateway, theme: str, language: str
) -> None:
    await busy_desk(page, gateway)
    await page.choose("language", language)
    if theme == "dark":
        await dark(page)
    for name in await page.run(SHOWN):
        await open_workspace(page, name)
        await picture(page, f"{name}-{theme}-{language}")
        assert await faults(page) == [], name
        assert await contrast_faults(page) == [], name
    await open_alarms(page)
    await picture(page, f"alarms-{theme}-{language}")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await page.press("Escape")
    await page.press("k", ctrl=True)
    await page.until_text("command-rows", "设置" if language == "zh" else "Settings")
    assert await faults(page) == []
    assert await contrast_faults(page) == []


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "zh")])
async def test_every_section_is_accessible_and_has_contrast(
    page: Page, gateway: SimulatedGateway, theme: str, language: str
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher", "acceptor", "admin"]
    await sign_in(page, gateway)
    await page.choose("language", language)
    if theme == "dark":
        await dark(page)
    seen = []
    for name in await page.run(SHOWN):
        await open_workspace(page, name)
        for section in await page.run(SECTIONS):
            await page.click(f"view-{section}")
            await page.until_attribute(f"view-{section}", "aria-current", "page")
            await page.until("document.querySelector('main').innerText.trim() !== ''", section)
            assert await faults(page) == [], section
            assert await contrast_faults(page) == [], section
            seen.append(section)
    assert len(seen) >= LEAST_SECTIONS, seen
    await open_workspace(page, "wallboard")
    assert await faults(page) == []
    assert await contrast_faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_page_of_the_own_account_has_contrast(
    page: Page, gateway: SimulatedGateway, theme: str
) -> None:
    await sign_in(page, gateway)
    await page.click("open-account")
    await page.focus(f"theme-{theme}")
    await page.press(" ")
    await page.until(f"document.documentElement.dataset.theme === '{theme}'", "the chosen theme")
    await picture(page, f"account-{theme}")
    assert await contrast_faults(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (1024, 768)])
async def test_nothing_scrolls_sideways_and_the_file_button_is_in_sight(
    page: Page, gateway: SimulatedGateway, width: int, height: int, language: str
) -> None:
    await busy_desk(page, gateway)
    await page.choose("language", language)
    await page.size(width, height)
    for name in await page.run(SHOWN):
        await open_workspace(page, name)
        await picture(page, f"{name}-{width}-{language}")
        assert await page.run(WIDER) <= 0, name
        assert await page.run(BEYOND) == [], name
        assert await page.run(SPILLS) == [], name
    await open_workspace(page, "calls")
    assert await page.run(
        "(() => { const e = document.querySelector('[data-testid=confirm]'), r = e.getBoundingClientRect();"
        " const top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);"
        " return r.bottom <= innerHeight && (top === e || e.contains(top)); })()"
    ), "the File button is in sight and nothing lies over it"


SPILLS = """[...document.querySelectorAll('.rail *, .strip *')].filter((e) => {
  const style = getComputedStyle(e);
  return e.clientWidth > 1 && style.display !== 'inline' && style.overflowX === 'visible'
    && e.scrollWidth > e.clientWidth + 1 && !e.closest('.hidden-but-read, select');
}).map((e) => e.className + ' ' + e.innerText)"""
"""What is wider than its place in the rail or the strip, and lies over its neighbour."""

BEYOND = """[...document.querySelectorAll('.stage *')].filter((e) => {
  const r = e.getBoundingClientRect();
  return r.width > 1 && r.right > innerWidth + 1 && !e.closest('.hidden-but-read')
    && ![...(function* () { for (let p = e.parentElement; p; p = p.parentElement) yield p; })()]
      .some((p) => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)
        && p.getBoundingClientRect().right <= innerWidth + 1);
}).map((e) => e.className || e.tagName)"""


async def test_what_rings_stands_at_the_same_place_in_every_workspace(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    await sign_in(page, gateway)
    place = (
        "(() => { const r = document.querySelector('[data-testid=ring-bar]').getBoundingClientRect();"
        " return [r.top, r.left, r.height]; })()"
    )
    quiet = await page.run(place)
    for name in await page.run(SHOWN):
        await open_workspace(page, name)
        assert await page.run(place) == quiet
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await page.until_attribute("ring-bar", "data-state", "ringing")
    assert await page.run(place) == quiet, "nothing jumps when it rings"
    await gateway.answered(CALL)
    await page.until_attribute("ring-bar", "data-state", "talking")
    await page.until("document.querySelector('[data-testid=back-to-call]') !== null", "the way back")
    await page.until_text("ring-number", "13904510001")
    assert await page.run(place) == quiet
    # Held and fetched back from where one is.
    await page.click("bar-hold")
    await page.until_attribute("bar-hold", "aria-pressed", "true")
    assert gateway.calls[CALL]["state"] == "hold"
    await page.press("F9", shift=True)
    await page.until_attribute("bar-hold", "aria-pressed", "false")
    assert gateway.calls[CALL]["state"] == "talking"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_sign_in_has_contrast(page: Page, gateway: SimulatedGateway, theme: str) -> None:
    media = [{"name": "prefers-color-scheme", "value": theme}]
    await page.command("Emulation.setEmulatedMedia", features=media)
    await page.open(f"{gateway.url}/desk/")
    await page.until(f"document.documentElement.dataset.theme === '{theme}'", "as the machine has it")
    await page.until("document.querySelector('[data-testid=sign-in-user]') !== null")
    assert await contrast_faults(page) == []
    await page.command("Emulation.setEmulatedMedia", features=[])


async def test_the_units_page_does_not_scroll_sideways_on_a_small_telephone(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(320, 640)
    await page.open(f"{gateway.url}/unit/")
    await page.until("document.querySelector('[data-testid=sign-in-user]') !== null")
    assert await page.run(WIDER) <= 0
    await page.fill("sign-in-user", "app:17")
    await page.fill("sign-in-password", "correct-horse")
    await page.click("sign-in-submit")
    await page.until("document.querySelector('[data-testid=view-jobs]') !== null", "the unit's page")
    await picture(page, "unit-320")
    assert await page.run(WIDER) <= 0
    assert await page.run(BEYOND.replace(".stage *", "body *")) == []


def files_of_calls() -> set[Path]:
    """What a browser fetches for an agent: the page, the workspace, its telephone; with what they import."""
    folder = DIST / "desk"
    index = (folder / "index.html").read_text(encoding="utf-8")
    wanted = {folder / name.removeprefix("/desk/") for name in re.findall(r"/desk/assets/[\w.-]+", index)}
    wanted |= {*folder.glob("assets/CallsWorkspace-*"), *folder.glob("assets/JsSIP-*.js")}
    while True:
        further = {
            file.parent / name
            for file in wanted
            if file.suffix == ".js"
            for name in re.findall(r"from\s*[\"']\./([\w.-]+)[\"']", file.read_text(encoding="utf-8"))
        }
        if further <= wanted:
            return wanted
        wanted |= further


def test_the_calls_workspace_loads_at_most_250_kilobytes() -> None:
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in files_of_calls()}
    assert {name.split("-")[0] for name in sizes} >= {"index", "CallsWorkspace", "JsSIP"}
    assert sum(sizes.values()) < MOST_OF_CALLS, json.dumps(sizes, indent=1)


async def test_the_measure_of_contrast_finds_what_is_wrong(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway)
    assert await contrast_faults(page) == []
    rules = (
        ".age { color: #aab2bb } .strip select { border-color: #ddd }"
        " .strip .search { background: var(--accent); color: var(--accent) }"
    )
    style = f"Object.assign(document.createElement('style'), {{textContent: '{rules}'}})"
    await page.run(f"document.head.append({style})")
    found = await contrast_faults(page)
    assert any("秒前" in one for one in found)
    assert any(one.startswith("查找 1.00") for one in found)
    assert any(one.startswith("border of language") for one in found)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_strip_of_an_agent_in_a_call_has_room_for_an_alarm(
    page: Page, gateway: SimulatedGateway, language: str
) -> None:
    await busy_desk(page, gateway)
    await page.choose("language", language)
    await page.click("state-ready")
    await page.until("document.querySelector('[data-testid=state-sign-out]') !== null", "the queue")
    for width in (1440, 1280):
        await page.size(width, 900)
        await picture(page, f"strip-{width}-{language}")
        box = "document.querySelector('[data-testid=alarms]').getBoundingClientRect()"
        assert await page.run(f"{box}.width") >= LEAST_ALARM, width
        after = "document.querySelector('.alarm-summary').nextElementSibling.getBoundingClientRect()"
        assert await page.run(f"{box}.right <= {after}.left + 1"), width
