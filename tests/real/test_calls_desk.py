"""An agent's calls in a real browser, on a real switch, by keys: hold, consult, transfer, keypad, hand-over
from the red alarm, and the outcome. The agent's telephone is a SIP telephone beside the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cases.drafting import Draft, FieldName, SpokenSegment, store
from cases.drafting.model import DangerAlarm, Evidence, FieldValue, SegmentFindings
from cases.drafting.store import StoredDraft
from cases.shown import Shown
from core.ids import uuid7
from gateway.commands.common import open_storage
from gateway.settings import Settings
from tests.console.page import Page, new_page
from tests.console.seats import sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Person
from tests.real.control_world import CHIEF
from tests.real.test_handovers import PRESETS, HandoverWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

PASSWORD = CHIEF.password
WORDS = "呼兰区北京路十二号着火了"


class DeskWorld(HandoverWorld):
    """Its citizens say what a draft can be made of, though no engine listens."""

    async def danger(self, call: str) -> None:
        """The draft of this call, as drafting leaves it after these words."""
        evidence = Evidence(segment_id="s1", start=7, end=10)
        said = SpokenSegment(segment_id="s1", speaker="citizen", text=WORDS, final=True)
        alarm = DangerAlarm(rule="fire", number="119", evidence=evidence)
        values = {
            FieldName.DISTRICT: "230111", FieldName.ADDRESS: "北京路12号",
            FieldName.HANDOFF: "119", FieldName.URGENCY: "danger",
        }  # fmt: skip
        fields = {
            name: FieldValue(value=value, confidence=0.97, shown=Shown.SURE, evidence=(evidence,), rev=1)
            for name, value in values.items()
        }
        draft = Draft(
            draft_id=uuid7(), call_id=UUID(call), rev=1, fields=fields,
            heard=(SegmentFindings(segment=said, alarms=(alarm,)),),
        )  # fmt: skip
        async with (
            open_storage(Settings.load(self.service.config)) as storage,
            storage.write() as transaction,
        ):
            await store.add(transaction.connection, StoredDraft(draft, "open"), datetime.now(UTC))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    with DeskWorld(tmp_path_factory.mktemp("centre"), overrides={"hotline": {"handovers": PRESETS}}) as made:
        yield made


@pytest.fixture
def world(centre: DeskWorld) -> DeskWorld:
    centre.rest()
    return centre


@pytest.fixture
async def desk(world: DeskWorld, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    async with new_page(chromium) as page:
        one = Person(world.agents[0].id, "", ())
        await sit_at_desk(page, world.service.address, one.id, one.password)
        yield page
        # What was said before the desk came is in the ledger; the page asks, and is told no.
        assert [one for one in page.errors if "/transcript" not in one] == []


async def talks(world: DeskWorld, desk: Page) -> tuple[SippCaller, str]:
    """The citizen talks with the agent, whose desk has the call."""
    citizen, call = await asyncio.to_thread(world.talk, world.agents[0])
    await desk.until_attribute("call-acts", "data-state", "talking")
    return citizen, call


async def becomes(world: DeskWorld, call: str, state: str) -> None:
    await asyncio.to_thread(world.until, call, state)


async def test_hold_and_resume_by_one_key(world: DeskWorld, desk: Page) -> None:
    _, call = await talks(world, desk)
    await picture(desk, "calls-talking")
    await desk.press("F9", shift=True)
    await becomes(world, call, "hold")
    await desk.until_attribute("act-hold", "aria-pressed", "true")
    assert await desk.run("document.querySelector('[data-testid=act-keypad]').disabled")
    await desk.press("F9", shift=True)
    await becomes(world, call, "talking")
    await desk.until_attribute("act-hold", "aria-pressed", "false")
    await desk.press("F9")
    await desk.until("document.querySelector('[data-testid=muted-there]') !== null", "that it is muted")
    await desk.press("F9")
    await desk.until("document.querySelector('[data-testid=muted-there]') === null", "that it is not")


async def test_a_colleague_is_consulted_and_given_the_call_by_keys_alone(
    world: DeskWorld, desk: Page
) -> None:
    one, two = world.agents
    _, call = await talks(world, desk)
    await asyncio.to_thread(world.sign_in, two)
    await desk.until(f"document.querySelector('[data-testid=\"call-{call}\"]') !== null", "the call")
    await desk.press("c", alt=True)
    await desk.fill("target-words", "user 2")
    await desk.until(
        f"document.querySelector('[data-testid=\"target-agent-{two.id}\"]') !== null", "the colleague"
    )
    await picture(desk, "calls-targets")
    await desk.press("Enter")
    await becomes(world, call, "consulting")
    await desk.until("document.querySelector('[data-testid=act-complete]')?.disabled === false", "answer")
    await picture(desk, "calls-consulting")
    await desk.press("j", alt=True)

    def given() -> bool:
        legs = world.call(call)["legs"]
        return [leg["agent_id"] for leg in legs if leg["role"] == "agent"] == [two.id]

    await asyncio.to_thread(wait_for, given, "the call at the colleague's", 20)
    assert world.call(call)["state"] == "talking"
    await desk.until("document.querySelector('[data-testid=call-acts]') === null", "no call in hand")
    assert await asyncio.to_thread(world.owed, one) in ([], [call])


async def test_a_consultation_is_given_up_and_the_citizen_is_there_again(
    world: DeskWorld, desk: Page
) -> None:
    _, call = await talks(world, desk)
    await desk.press("c", alt=True)
    await desk.fill("target-words", "84510000")
    await desk.press("Enter")
    await becomes(world, call, "consulting")
    await desk.until("document.querySelector('[data-testid=act-complete]')?.disabled === false", "answer")
    await desk.press("k", alt=True)
    await desk.until("document.activeElement?.dataset.testid === 'keypad'", "the keypad")
    await desk.press("1")
    await desk.press("2")
    await desk.until_text("keypad-sent", "12")
    await asyncio.to_thread(wait_for, lambda: world.emergency_centre.digits() == "12", "the keys", 10)
    await desk.press("b", alt=True)
    await becomes(world, call, "talking")


async def test_a_citizen_is_transferred_to_a_number(world: DeskWorld, desk: Page) -> None:
    _, call = await talks(world, desk)
    await desk.press("t", alt=True)
    await desk.until("document.activeElement?.dataset.testid === 'target-words'", "the panel")
    await desk.fill("target-words", "8451 0000")
    await desk.press("Enter")
    await desk.until("document.querySelector('[data-testid=call-acts]') === null", "no call in hand")
    await asyncio.to_thread(
        wait_for, lambda: world.emergency_centre.numbers()[-1:] == ["84510000"], "the number", 20
    )
    assert world.call(call)["state"] != "ended"


async def test_the_citizen_is_parked_and_retrieved(world: DeskWorld, desk: Page) -> None:
    _, call = await talks(world, desk)
    await desk.press("p", alt=True)
    await becomes(world, call, "parked")
    await desk.until_attribute("call-acts", "data-state", "parked")
    await desk.press("p", alt=True)
    await becomes(world, call, "talking")


async def test_a_fire_is_handed_over_in_one_press_and_its_alarm_is_settled(
    world: DeskWorld, desk: Page
) -> None:
    _, call = await talks(world, desk)
    await world.danger(call)
    await desk.open(f"{world.service.address}/desk/calls/{call}")
    await desk.until_text("handoff", "119")
    await desk.until_text("handover-place", "呼兰区 北京路12号")
    await desk.until("document.querySelector('[data-testid=handover-fire]')?.disabled === false", "the press")
    await picture(desk, "calls-alarm")
    await desk.press("1", alt=True)
    await asyncio.to_thread(
        wait_for, lambda: world.emergency_centre.numbers()[-1:] == ["119"], "the fire brigade", 20
    )
    await asyncio.to_thread(
        wait_for, lambda: world.call(call)["handover"]["state"] == "answered", "their answer", 20
    )
    await desk.until(
        "document.querySelector('[data-testid=handoff]') === null", "the alarm settled", seconds=20
    )
    (draft,) = (await asyncio.to_thread(world.chief.visitor.get, f"/api/calls/{call}/drafts"))["drafts"]
    assert [alarm["dismissed"] for alarm in draft["alarms"]] == [True]
    assert (draft["fields"]["handoff"]["value"], draft["fields"]["urgency"]["value"]) == ("119", "danger")


async def test_in_a_consultation_the_place_stays_to_be_read_out(world: DeskWorld, desk: Page) -> None:
    _, call = await talks(world, desk)
    await world.danger(call)
    await desk.open(f"{world.service.address}/desk/calls/{call}")
    await desk.until(
        "document.querySelector('[data-testid=handover-medical]')?.disabled === false", "the press"
    )
    await desk.press("2", alt=True)
    await becomes(world, call, "consulting")
    await desk.until_attribute("handoff", "data-state", "answered", seconds=20)
    await desk.until_text("handover-place", "呼兰区 北京路12号")
    await picture(desk, "calls-handover")
    await desk.press("j", alt=True)
    await desk.until("document.querySelector('[data-testid=call-acts]') === null", "no call in hand")


async def test_any_number_is_called_from_the_desk(world: DeskWorld, desk: Page) -> None:
    one = world.agents[0]
    await asyncio.to_thread(world.sign_in, one)
    await desk.fill("dial-number", "8451 7777")
    await desk.press("Enter")
    await asyncio.to_thread(
        wait_for, lambda: world.emergency_centre.numbers()[-1:] == ["84517777"], "the number", 20
    )
    await desk.until_attribute("call-acts", "data-state", "talking", seconds=20)
    await picture(desk, "calls-outbound")
    (call,) = [row["call_id"] for row in await asyncio.to_thread(world.calls)]
    await asyncio.to_thread(world.do, one, call, "hangup")
    await desk.until("document.querySelector('[data-testid=dial-number]') !== null", "the dial box again")


async def test_the_outcome_asks_about_an_open_danger_and_then_follows_the_next_call(
    world: DeskWorld, desk: Page
) -> None:
    citizen, call = await talks(world, desk)
    await world.danger(call)
    await desk.open(f"{world.service.address}/desk/calls/{call}")
    await desk.until_text("handoff", "119")
    await desk.click("disposition-enquiry")
    await asyncio.to_thread(citizen.hang_up)
    await desk.until("document.querySelector('.disposition.due') !== null", "the outcome asked for")
    other = world.dial()
    number = world.number(other)
    await asyncio.to_thread(world.waiting, other, "queued", "talking", "ringing")
    await desk.click("disposition-submit")
    await desk.until_attribute("disposition-asks", "data-about", "danger")
    assert await asyncio.to_thread(world.owed, world.agents[0]) == [call]
    await desk.click("disposition-submit")
    await asyncio.to_thread(wait_for, lambda: world.owed(world.agents[0]) == [], "the outcome", 10)
    await asyncio.to_thread(world.sign_in, world.agents[0])
    await desk.until(
        f"document.querySelector('[data-testid=disposition]')?.innerText.includes('{number}')",
        "the outcome of the next call",
        seconds=20,
    )


async def test_an_open_case_of_the_caller_takes_the_call_by_one_key(world: DeskWorld, desk: Page) -> None:
    one = world.agents[0]
    first, call = await talks(world, desk)
    agent = one.visitor
    draft = agent.post(f"/api/calls/{call}/drafts", {"op_id": str(uuid7())})
    path = f"/api/drafts/{draft['draft_id']}"
    values = {"category": "gbt30428.2@2013/P0123", "address": "公滨路5号", "description": "井盖丢失"}
    for field, value in values.items():
        draft = agent.patch(path, {"op_id": str(uuid7()), "field": field, "value": value, "rev": 0})
    case = agent.post(f"{path}/confirm", {"op_id": str(uuid7()), "confidential": False})
    await asyncio.to_thread(first.hang_up)
    await asyncio.to_thread(world.dispose, one, call, "case")
    await asyncio.to_thread(world.sign_in, one)
    again = world.dial(number=world.number(first))
    second = await asyncio.to_thread(wait_for, lambda: _talking(world, call), "the second call", 30)
    row = f"document.querySelector('[data-testid=\"open-case-{case['case_id']}\"]')"
    await desk.until(f"{row} !== null", "the open case of the caller", seconds=20)
    await desk.run(f"{row}.querySelector('[data-testid=case-show]').focus()")
    await desk.press("Enter")
    await desk.until_text("case-whole", "井盖丢失")
    await desk.press("o", alt=True)
    await desk.until_value("disposition-existing", case["case_id"])
    await picture(desk, "calls-outcome")
    await desk.click("disposition-submit")
    await desk.until("document.querySelector('[data-testid=disposition-done]') !== null", "the outcome")

    def linked() -> bool:
        return second in world.chief.visitor.get(f"/api/cases/{case['case_id']}")["call_ids"]

    await asyncio.to_thread(wait_for, linked, "the call at the case", 20)
    await asyncio.to_thread(again.hang_up)


def _talking(world: DeskWorld, before: str) -> str:
    return next(
        (one["call_id"] for one in world.calls() if one["state"] == "talking" and one["call_id"] != before),
        "",
    )
