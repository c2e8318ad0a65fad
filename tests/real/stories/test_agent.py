"""An agent's day: the telephone in the page, cases of a manhole and a fire, what is done with a call, what
comes back, and what happens without being asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import PageFault
from tests.console.test_desk_look import BEYOND, WIDER
from tests.peers.chromium import ChromiumPeer
from tests.real.stories.day import Day, Hand, hand_at
from tests.real.stories.world import AGENT, StoryWorld
from tests.waiting import until, wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

MANHOLE = "南岗区学府路和保健路的路口，井盖不见了。"
FIRE = ("楼里发生火灾了。", "在道里区友谊路99号，里面还有人。")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path_factory.mktemp("agent")) as made:
        yield made


@pytest.mark.soak(
    rule="An agent does a day's work at the desk, by key presses as few as promised",
    short="tests/console/test_key_presses.py::test_a_checked_case_its_dispatch_and_its_outcome_take_nine_key_presses",
)
async def test_an_agents_day(world: StoryWorld) -> None:
    day = Day("agent")
    async with hand_at(world.browser, day) as desk:
        await begins(world, desk)
        await a_second_page(world, desk, world.browser)
        case = await a_manhole(world, desk)
        await the_caller_again(world, desk, case)
        await a_duplicate(world, desk)
        await what_is_done_with_a_call(world, desk)
        await a_fire(world, desk)
        await what_comes_by_itself(world, desk)
        await looks(desk)
        await leaves(world, desk)
        assert [one for one in desk.page.errors if "/transcript" not in one] == []
    day.ends()


async def begins(world: StoryWorld, desk: Hand) -> None:
    await desk.sign_in(world.address, AGENT)
    await desk.state("phone-state", "state", "registered")
    await ready(desk)


async def ready(desk: Hand) -> None:
    await desk.click("state-ready")
    await desk.state("agent-state", "state", "ready")


async def answer(desk: Hand) -> None:
    await desk.page.until(
        "document.querySelector('[data-testid=answer]')?.disabled === false", "a ring", seconds=40
    )
    await desk.press("F2")
    await desk.state("ring-bar", "state", "talking")


async def a_second_page(world: StoryWorld, desk: Hand, browser: ChromiumPeer) -> None:
    """Signed in a second time, the person still has one telephone, and is told which page has it."""
    with desk.day.shows("second-page"):
        async with hand_at(browser, desk.day) as second:
            await second.sign_in(world.address, AGENT)
            await second.state("phone-state", "state", "other_page")
            await desk.state("phone-state", "state", "registered")
            await second.click("phone-take")
            await second.state("phone-state", "state", "registered")
            await desk.state("phone-state", "state", "other_page")
            await desk.state("agent-state", "state", "elsewhere")
            await desk.click("phone-take")
            await desk.state("phone-state", "state", "registered")
            await second.state("phone-state", "state", "other_page")
    await ready(desk)


async def a_manhole(world: StoryWorld, desk: Hand) -> str:
    """A report becomes a case while the page is loaded anew; nothing is lost, and nobody is sent yet."""
    citizen, number = world.citizen()
    await desk.reads("ring-number", number, seconds=40)
    await answer(desk)
    call = await asyncio.to_thread(world.until, number, "talking")
    world.says(citizen, MANHOLE)
    await desk.sees("draft-pane")
    await desk.page.until(
        "document.querySelector('[data-testid=field-category]')?.value.includes('P0123')",
        "the draft",
        seconds=60,
    )
    await desk.picture("calls")
    await desk.press("F8")
    await desk.fill("field-description", "井盖不见了，路口，有老人差点掉下去")
    with desk.day.shows("reload"):
        desk.day.acts.append("reload")
        await reload(desk)
        await desk.state("ring-bar", "state", "talking")
        await until(lambda: world.call(number)["state"] == "talking", "the call again", 20)
        await desk.page.until_value("field-description", "井盖不见了，路口，有老人差点掉下去")
    await desk.press("Enter", ctrl=True)
    await desk.sees("case-number")
    filed = await desk.page.text("case-number")
    desk.day.acts.append("reload")
    await reload(desk)
    await desk.reads("case-number", filed)
    await desk.state("case-state", "state", "filed")
    citizen.hang_up()
    await desk.page.until(
        "document.querySelector('.disposition.due') !== null", "the outcome asked for", seconds=30
    )
    await desk.press("Enter", ctrl=True)
    await desk.sees("disposition-done")
    await desk.state("agent-state", "state", "ready")
    with desk.day.shows("search"):
        case = str((await asyncio.to_thread(world.get, f"/api/calls/{call}/drafts"))["drafts"][0]["case_id"])
        await desk.press("k", ctrl=True)
        await desk.fill("command-words", filed)
        await desk.reads("command-rows", filed)
        await desk.press("Enter")
        await desk.page.until(f"location.pathname.includes('/cases/{case}')", "the case's address")
        await desk.workspace("cases")
        await desk.fill("cases-q", "差点掉下去")
        await desk.press("Enter")
        await desk.state(f"case-row-{case}", "progress", "received")
        await desk.picture("cases")
    await desk.workspace("calls")
    return case


async def reload(desk: Hand) -> None:
    """As by its key; the page's question whether to leave is answered with yes."""
    going = asyncio.ensure_future(desk.page.command("Page.reload"))
    for _ in range(20):
        try:
            await desk.page.command("Page.handleJavaScriptDialog", accept=True)
            break
        except PageFault:
            await asyncio.sleep(0.05)
    await going
    await desk.state("link-state", "state", "live")


async def the_caller_again(world: StoryWorld, desk: Hand, case: str) -> None:
    """Whose open case it is, is one press away, and takes the call."""
    number = world.call_numbers[-1]
    citizen, _ = world.citizen(number)
    await answer(desk)
    second = await asyncio.to_thread(world.until, number, "talking")
    row = f"document.querySelector('[data-testid=\"open-case-{case}\"]')"
    await desk.page.until(f"{row} !== null", "the open case of the caller", seconds=20)
    await desk.page.run(f"{row}.querySelector('[data-testid=case-show]').focus()")
    await desk.press("Enter")
    await desk.reads("case-whole", "差点掉下去")
    await desk.press("o", alt=True)
    await desk.page.until_value("disposition-existing", case)
    citizen.hang_up()
    await desk.page.until(
        "document.querySelector('.disposition.due') !== null", "the outcome asked for", seconds=30
    )
    await desk.press("Enter", ctrl=True)
    await desk.sees("disposition-done")

    def linked() -> bool:
        return second in world.get(f"/api/cases/{case}")["call_ids"]

    await asyncio.to_thread(wait_for, linked, "the call at the case", 20)


async def a_duplicate(world: StoryWorld, desk: Hand) -> None:
    """Another citizen tells of the same manhole: the form says so."""
    citizen, number = world.citizen()
    await answer(desk)
    await asyncio.to_thread(world.until, number, "talking")
    world.says(citizen, MANHOLE)
    with desk.day.shows("duplicate"):
        await desk.sees("duplicate", seconds=60)
    with desk.day.shows("told"):
        # The outcome of the last call is behind, once another one rings.
        citizen.hang_up()
        await desk.page.until(
            "document.querySelector('.disposition.due') !== null", "the outcome", seconds=30
        )
        await desk.click("disposition-enquiry")
        await desk.click("disposition-submit")
        await desk.state("disposition-asks", "about", "unfiled")
        await desk.click("disposition-submit")
        await desk.sees("disposition-done")
        # A ring that nobody answers: the desk says why the agent is busy now.
        again, other = world.citizen()
        await desk.reads("ring-number", other, seconds=40)
        await desk.state("agent-state", "state", "busy", seconds=40)
        await desk.reads("notice", "未接")
        await ready(desk)
        await answer(desk)
        await desk.reads("disposition", other)
        again.hang_up()
        await desk.click("disposition-enquiry")
        await desk.click("disposition-submit")
        await desk.sees("disposition-done")
        await callback(world, desk)


async def callback(world: StoryWorld, desk: Hand) -> None:
    """An offered callback says whom and why; one that fails is told."""
    await asyncio.to_thread(world.carrier.stop)
    world.carrier.takes("486")
    await asyncio.to_thread(world.carrier.start)
    await asyncio.to_thread(world.post, "/api/callbacks", number="84510001", note="问供暖", agent_id=AGENT.id)
    await desk.reads("callback-offer", "84510001", seconds=40)
    await desk.click("callback-accept")
    await desk.reads("ring-number", "84510001", seconds=20)
    await desk.press("F2")
    notices = "document.querySelector('.notices').innerText"
    await desk.page.until(f"{notices}.includes('84510001')", "that the callback failed", seconds=60)
    # Nobody was reached: no outcome is asked for.
    await desk.misses("disposition")
    await asyncio.to_thread(world.carrier.stop)
    world.carrier.takes("answers")
    await asyncio.to_thread(world.carrier.start)


async def what_is_done_with_a_call(world: StoryWorld, desk: Hand) -> None:
    with desk.day.shows("call-acts"):
        await ready(desk)
        citizen, number = world.citizen()
        await answer(desk)
        await becomes(world, desk, number, "talking")
        await desk.press("F9", shift=True)
        await becomes(world, desk, number, "hold")
        await desk.press("F9", shift=True)
        await becomes(world, desk, number, "talking")
        await desk.press("F9")
        await desk.reads("phone-state", "静音")
        await desk.press("F9")
        await desk.page.until(
            "!document.querySelector('[data-testid=phone-state]').innerText.includes('静音')"
        )
        await desk.press("h", alt=True)
        await asyncio.to_thread(wait_for, lambda: world.call(number)["help"], "the call for help", 20)
        await desk.press("p", alt=True)
        await becomes(world, desk, number, "parked")
        await desk.press("p", alt=True)
        await desk.page.until(
            "document.querySelector('[data-testid=answer]')?.disabled === false"
            " || document.querySelector('[data-testid=call-acts]')?.dataset.state === 'talking'",
            "the parked call again", seconds=30,
        )  # fmt: skip
        if await desk.page.attribute("call-acts", "data-state") != "talking":
            await desk.press("F2")
        await becomes(world, desk, number, "talking")
        await desk.press("c", alt=True)
        await desk.fill("target-words", "84517777")
        await desk.press("Enter")
        await becomes(world, desk, number, "consulting")
        await desk.page.until(
            "document.querySelector('[data-testid=act-conference]')?.disabled === false",
            "an answer",
            seconds=20,
        )
        await desk.press("k", alt=True)
        await desk.press("1")
        await desk.reads("keypad-sent", "1")
        await desk.press("g", alt=True)
        await asyncio.to_thread(world.until, number, "conference")
        citizen.hang_up()
        await desk.press("F4", hold_s=0.9)
        await finish(desk, "enquiry")
        await desk.fill("dial-number", "84518888")
        await desk.press("Enter")
        await answer_or_talks(desk)
        await asyncio.to_thread(
            wait_for, lambda: world.carrier.numbers()[-1:] == ["84518888"], "the number", 20
        )
        await desk.press("F4", hold_s=0.9)
        await finish(desk, "enquiry")


async def becomes(world: StoryWorld, desk: Hand, number: str, state: str) -> None:
    """So the switch has it, and so the desk shows it."""
    await asyncio.to_thread(world.until, number, state)
    await desk.state("call-acts", "state", state)


async def answer_or_talks(desk: Hand) -> None:
    """A page that placed a call answers its own ring by itself."""
    await desk.state("call-acts", "state", "talking", seconds=30)


async def finish(desk: Hand, kind: str) -> None:
    await desk.click(f"disposition-{kind}")
    await desk.click("disposition-submit")
    await desk.sees("disposition-done")


async def a_fire(world: StoryWorld, desk: Hand) -> None:
    """A fire is filed, then handed over in one press."""
    await ready(desk)
    citizen, number = world.citizen()
    await answer(desk)
    await asyncio.to_thread(world.until, number, "talking")
    world.says(citizen, *FIRE)
    with desk.day.shows("fire"):
        await desk.reads("handoff", "119", seconds=60)
        await desk.reads("handover-place", "友谊路")
        await desk.picture("calls-alarm")
        await desk.fill("field-category", "火")
        await desk.page.until_attribute("field-category", "aria-expanded", "true")
        await desk.press("Enter")
        await desk.page.until(
            "document.querySelector('[data-testid=field-category]')?.dataset.value", "a category"
        )
        await desk.click("disposition-enquiry")
        await desk.click("disposition-submit")
        await desk.state("disposition-asks", "about", "danger")
    with desk.day.presses(1):
        await desk.press("1", alt=True)
        await asyncio.to_thread(
            wait_for, lambda: world.carrier.numbers()[-1:] == ["119"], "the fire brigade", 20
        )
    await desk.press("Enter", ctrl=True)
    await desk.sees("case-number")
    await finish(desk, "case")
    citizen.hang_up()


async def what_comes_by_itself(world: StoryWorld, desk: Hand) -> None:
    await asyncio.to_thread(world.article, "供热何时开始", "市区每年 10 月 20 日起供热，次年 4 月 20 日止。")
    await desk.workspace("knowledge")
    await desk.fill("knowledge-words", "供热")
    await desk.press("Enter")
    await desk.sees("knowledge-hit")
    await desk.click("knowledge-hit")
    await desk.sees("article-body")
    await desk.picture("knowledge")
    await desk.workspace("calls")


async def looks(desk: Hand) -> None:
    """Everything has contrast, the File button is in sight, and nothing scrolls sideways."""
    with desk.day.shows("look"):
        for width, height in ((1440, 900), (1280, 720), (1024, 768)):
            await desk.page.size(width, height)
            assert await contrast_faults(desk.page) == []
            assert await desk.page.run(WIDER) <= 0
            assert await desk.page.run(BEYOND) == []
        await desk.page.size(1440, 900)


async def leaves(world: StoryWorld, desk: Hand) -> None:
    reasons = "[...document.querySelectorAll('[data-testid=state-reason] option')].map((one) => one.value)"
    rest = next(value for value in await desk.page.run(reasons) if value)
    await desk.choose("state-reason", rest)
    await desk.page.until(
        "document.querySelector('[data-testid=agent-state]').dataset.state !== 'ready'", "the rest"
    )
    await desk.click("state-sign-out")
    await desk.click("sign-out")
    await desk.sees("sign-in-user")
