"""A supervisor's shift in a real browser, on a real switch: who is where, one press to listen, whisper and
take over, an agent's state, the place of a waiting caller, and a call of the ledger with its sound.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.real.control_world import CHIEF, ControlWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    with ControlWorld(tmp_path_factory.mktemp("centre")) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> ControlWorld:
    centre.rest()
    return centre


@pytest.fixture
async def desk(world: ControlWorld, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    async with new_page(chromium) as page:
        await sit_at_desk(page, world.service.address, CHIEF.id, CHIEF.password)
        await open_workspace(page, "supervision")
        yield page
        assert page.errors == []


def spying(world: ControlWorld, mode: str) -> bool:
    return any(
        row[1] == "control-spy" and row[2].startswith(mode) and row[4] == "Up" for row in world.channels()
    )


async def test_a_supervisor_listens_whispers_and_takes_over_with_one_press_each(
    world: ControlWorld, desk: Page
) -> None:
    one = world.agents[0]
    citizen, call = await asyncio.to_thread(world.talk, one)
    await desk.until_attribute(f"agent-{one.id}", "data-state", "talking")
    await desk.click(f"monitor-{one.id}")
    await asyncio.to_thread(wait_for, lambda: spying(world, "listen"), "the supervisor's ear")
    await desk.until_text("heard-of", world.number(citizen))
    await picture(desk, "supervision")
    await desk.click(f"whisper-{one.id}")
    await asyncio.to_thread(wait_for, lambda: spying(world, "whisper"), "the supervisor's whisper")
    await desk.click(f"intercept-{one.id}")

    def taken() -> bool:
        legs = world.call(call)["legs"]
        return [leg["agent_id"] for leg in legs if leg["role"] == "agent" and leg["state"] == "up"] == [
            CHIEF.id
        ]

    await asyncio.to_thread(wait_for, taken, "the call in the supervisor's hand", 20)
    await asyncio.to_thread(citizen.hang_up)
    await desk.until(f"!document.querySelector('[data-testid=\"monitor-{one.id}\"]')", "nothing to listen to")


async def test_a_supervisor_sets_an_agents_state_and_it_is_said_who_did(
    world: ControlWorld, desk: Page
) -> None:
    one = world.agents[0]
    await asyncio.to_thread(world.sign_in, one)
    await desk.until_attribute(f"agent-{one.id}", "data-state", "ready")
    await desk.until_text("tile-ready", "1")
    for state in ("rest", "busy", "ready"):
        await desk.click(f"force-{one.id}")
        options = f"[...document.querySelectorAll('[data-testid=\"force-to-{one.id}\"] option')]"
        await desk.until(f"{options}.length > 2", "states to choose from")
        values = await desk.run(f"{options}.map((one) => one.value)")
        chosen = next(value for value in values if value.startswith(f"{state} "))
        await desk.choose(f"force-to-{one.id}", chosen)
        await desk.until_attribute(f"agent-{one.id}", "data-state", state)
        if state != "ready":
            seen = await asyncio.to_thread(world.agent, one)
            assert seen is not None
            wanted = (state, chosen.partition(" ")[2], CHIEF.id)
            assert (seen["state"], seen["reason"], seen["forced_by"]) == wanted
            await desk.until_text(f"agent-{one.id}", CHIEF.name)


async def test_who_waits_is_seen_and_put_first(world: ControlWorld, desk: Page) -> None:
    citizen = world.dial()
    call = await asyncio.to_thread(world.waiting, citizen, "queued")
    await desk.until_text("waiting-count", "1")
    await desk.until_attribute("tile-waiting", "data-tone", "warn")
    await desk.run(
        f"document.querySelector('[data-testid=\"waiting-{call}\"] [data-testid=put-first]').focus()"
    )
    await desk.press("Enter")
    await desk.until(
        f"!document.querySelector('[data-testid=\"waiting-{call}\"] [data-testid=put-first]')", "put first"
    )
    (row,) = (await asyncio.to_thread(world.chief.visitor.get, "/api/queues/waiting"))["waiting"]
    assert (row["call_id"], row["priority"]) == (call, 20)


async def test_a_call_of_the_ledger_is_found_and_heard_and_kept_from_erasure(
    world: ControlWorld, desk: Page
) -> None:
    one = world.agents[0]
    citizen, call = await asyncio.to_thread(world.talk, one)
    await asyncio.sleep(2)
    await asyncio.to_thread(citizen.hang_up)

    def kept() -> bool:
        found = world.chief.visitor.get(f"/api/ledger/calls/{call}")
        return bool(found["recordings"]) and all(one["state"] == "complete" for one in found["recordings"])

    await asyncio.to_thread(wait_for, kept, "the recordings of the call", 60)
    await desk.click("view-recordings")
    await desk.fill("ledger-number", world.number(citizen))
    await desk.press("Enter")
    row = f"document.querySelector('[data-testid=\"ledger-{call}\"]')"
    await desk.until(f"{row} !== null", "the call in the list")
    assert world.number(citizen) not in await desk.text(f"ledger-{call}")
    await desk.run(f"{row}.querySelector('a').focus()")
    await desk.press("Enter")
    await desk.until_text("record-agents", "user 1")
    await desk.click("sound-toggle")
    await desk.until_attribute("call-sound", "data-playing", "true", seconds=20)
    halves = "[...document.querySelectorAll('[data-testid=call-sound] audio')]"
    await desk.until(f"{halves}.length === 2 && {halves}.every((one) => one.duration > 1)", "both halves")
    await picture(desk, "record")
    await desk.click("record-hold")
    await desk.fill("record-hold-reason", "诉讼")
    await desk.press("Enter")
    await desk.until("document.querySelector('[data-testid=record-held]') !== null", "that the call is held")
    await desk.click("view-holds")
    (hold,) = (await asyncio.to_thread(world.chief.visitor.get, "/api/ledger/holds"))["holds"]
    held = f"document.querySelector('[data-testid=\"hold-{hold['hold_id']}\"]')"
    await desk.until(f"{held} !== null", "the hold in the list")
    await desk.run(f"{held}.querySelector('[data-testid=hold-lift]').focus()")
    await desk.press("Enter")
    await desk.fill("hold-lift-reason", "已结案")
    await desk.press("Enter")
    await desk.until("document.querySelector('[data-testid=holds-none]') !== null", "no hold")


async def test_a_nuisance_number_is_listed_and_lifted(world: ControlWorld, desk: Page) -> None:
    await desk.click("view-nuisance")
    await desk.fill("nuisance-number", "13904517777")
    await desk.fill("nuisance-reason", "反复骚扰")
    await desk.press("Enter")
    await desk.until("document.querySelector('tr[data-state=in_force]') !== null", "the number in force")
    await desk.click("nuisance-lift")
    await desk.fill("nuisance-lift-reason", "误加")
    await desk.press("Enter")
    await desk.until("!document.querySelector('tr[data-state=in_force]')", "nothing in force")
    (row,) = (await asyncio.to_thread(world.chief.visitor.get, "/api/nuisance?ended=true"))["numbers"]
    assert (row["state"], row["lift_reason"]) == ("lifted", "误加")


async def test_rows_stand_still_while_a_hand_is_on_them(world: ControlWorld, desk: Page) -> None:
    one, two = world.agents
    await asyncio.to_thread(world.sign_in, two)
    await desk.until_attribute(f"agent-{two.id}", "data-state", "ready")
    order = "[...document.querySelectorAll('.agents tbody tr')].map((row) => row.dataset.testid)"
    await desk.focus(f"force-{two.id}")
    await asyncio.to_thread(world.sign_in, one)
    await desk.until_attribute(f"agent-{one.id}", "data-state", "ready")
    assert await desk.run(order) == [f"agent-{two.id}", f"agent-{one.id}"]
    await desk.run("document.activeElement.blur()")
    await desk.until(f"{order}[0] === 'agent-{one.id}'", "the usual order again")


async def test_the_wallboard_shows_the_same_figures_and_nothing_else(world: ControlWorld, desk: Page) -> None:
    await asyncio.to_thread(world.sign_in, world.agents[0])
    await desk.until_text("tile-ready", "1")
    await open_workspace(desk, "wallboard")
    await desk.until_text("wall-ready", "1")
    assert not await desk.has("sign-out")
    await picture(desk, "wallboard")


async def test_a_report_is_drawn_listed_and_leads_to_its_calls(world: ControlWorld, desk: Page) -> None:
    one = world.agents[0]
    citizen, call = await asyncio.to_thread(world.talk, one)
    await asyncio.to_thread(citizen.hang_up)
    today = datetime.now(UTC).date()
    day = f"/api/reports/queues?from={today - timedelta(days=1)}&to={today + timedelta(days=2)}"

    def counted() -> bool:
        rows = world.chief.visitor.get(day)["rows"]
        return any(row["queue"] == "hotline" and row["answered"] for row in rows)

    await asyncio.to_thread(wait_for, counted, "the call in the report", 60)
    await open_workspace(desk, "reports")
    await desk.until("document.querySelectorAll('[data-testid=report-row]').length > 0", "rows of the report")
    await desk.until_text("report-table", "hotline")
    await desk.until_text("report-total", "%")
    await desk.until("document.querySelector('[data-testid=report-chart] canvas') !== null", "the chart")
    await picture(desk, "reports")
    await desk.click("view-report-agents")
    await desk.until(
        "document.querySelector('[data-testid=report-table]')?.innerText.includes('user 1')", "the agent"
    )
    link = (
        "[...document.querySelectorAll('[data-testid=report-row]')]"
        ".find((row) => row.innerText.includes('user 1'))?.querySelector('a')"
    )
    # Rows that are read anew are other links: one is pressed as soon as it is found.
    await desk.until(f"{link} && ({link}.click(), true)", "the link of the agent's day")
    await desk.until(
        f"document.querySelector('[data-testid=\"ledger-{call}\"]') !== null",
        "the call behind it",
        seconds=30,
    )
