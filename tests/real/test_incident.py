"""A mass incident on a real switch: who waits hears the announcement once and keeps his place, who comes
later hears it too, and a call about it is attached to the parent case. The announcement is a tone of its own.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.console.page import new_page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.test_desk_page import picture
from tests.peers import audio
from tests.peers.chromium import ChromiumPeer
from tests.peers.sipp import SippCaller
from tests.real.control_world import CHIEF, NOTHING, SHARE, ControlWorld
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

TONE = 2000.0
LONG_S = 2.0
COVER = "gbt30428.2@2013/P0123"
FIELDS = {"category": COVER, "district": "230110", "address": "公滨路5号", "description": "大面积停水"}


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlWorld]:
    folder = tmp_path_factory.mktemp("centre")
    for language in ("zh", "en"):
        audio.tone(folder / "prompts" / language / "wait-long.wav", TONE, LONG_S)
    with ControlWorld(folder) as made:
        yield made


@pytest.fixture
def world(centre: ControlWorld) -> Iterator[ControlWorld]:
    centre.rest()
    yield centre
    for one in incidents(centre):
        if one["ended_at"] is None:
            post(centre, f"/{one['incident_id']}/end")


def post(world: ControlWorld, path: str, **body: Any) -> dict[str, Any]:
    """As the supervisor."""
    said = {"op_id": str(uuid.uuid4()), **body}
    answer: dict[str, Any] = world.chief.visitor.post(f"/api/incidents{path}", said)
    return answer


def incidents(world: ControlWorld) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.chief.visitor.get("/api/incidents")["incidents"]
    return found


def start(world: ControlWorld, **more: Any) -> dict[str, Any]:
    return post(world, "", title="公滨路停水", prompt="wait-long", fields=FIELDS, **more)


def waits(world: ControlWorld) -> tuple[SippCaller, str]:
    """A citizen who is in the queue, and nobody answers."""
    citizen = world.dial(seconds=90)
    call = world.waiting(citizen, "queued")
    wait_for(lambda: queue_of(world).count(call) == 1, "the citizen in the queue", 20)
    return citizen, call


def queue_of(world: ControlWorld) -> list[str]:
    rows: list[dict[str, Any]] = world.chief.visitor.get("/api/queues/waiting")["waiting"]
    return [row["call_id"] for row in rows]


def hears_it(world: ControlWorld, call: str) -> None:
    """The one citizen who waits leaves the queue for the announcement, and is back in it afterwards. What
    the service shows of the queue is a moment old: without the first state the second one may be of before.
    """
    wait_for(lambda: queue_of(world) == [], "that he hears it", 10)
    wait_for(lambda: queue_of(world) == [call], "his return to the queue", 20)


def heard_s(world: ControlWorld, citizen: SippCaller) -> float:
    """Seconds of the announcement that this citizen, the only one of the test, heard in the whole call."""
    citizen.hang_up()
    world.switch.wait_idle()
    return audio.tone_seconds(world.heard_in_all(), TONE, share=SHARE)


def announced(world: ControlWorld) -> bool:
    """Whether the switch has an announcement for who comes to wait."""
    shown = world.switch.rx("dialplan show globals").splitlines()
    return any(line.strip().startswith("INCIDENT=") and line.strip() != "INCIDENT=" for line in shown)


def test_who_waits_hears_it_once_at_once_and_is_answered_after_it(world: ControlWorld) -> None:
    citizen, call = waits(world)
    began = time.monotonic()
    told = start(world)
    assert told["callers"] == 1
    # Once it was played he is in the queue again, as the one who waits longest.
    hears_it(world, call)
    assert time.monotonic() - began >= LONG_S - 0.5
    world.sign_in(world.agents[0])
    world.until(call, "talking", within=20)
    time.sleep(1)
    assert LONG_S - NOTHING < heard_s(world, citizen) < LONG_S + NOTHING


def test_who_comes_later_hears_it_and_after_its_end_nobody_does(world: ControlWorld) -> None:
    incident = start(world)["incident"]
    citizen, _ = waits(world)
    assert LONG_S - NOTHING < heard_s(world, citizen) < LONG_S + NOTHING
    world.rest()
    post(world, f"/{incident['incident_id']}/end")
    citizen, _ = waits(world)
    time.sleep(LONG_S)
    assert heard_s(world, citizen) < NOTHING


def test_two_waiting_callers_keep_their_order(world: ControlWorld) -> None:
    _, first = waits(world)
    _, second = waits(world)
    assert start(world)["callers"] == 2
    wait_for(lambda: len(queue_of(world)) < 2, "that they hear it", 10)
    wait_for(lambda: queue_of(world) == [first, second], "both in the queue again", 20)


def test_a_gateway_that_comes_back_tells_the_switch_again_and_nobody_hears_it_twice(
    world: ControlWorld,
) -> None:
    citizen, call = waits(world)
    start(world)
    hears_it(world, call)
    world.kill_service()
    # As a switch that was restarted. Another name would be another announcement, which he hears.
    world.switch.rx('dialplan set global INCIDENT ""')
    assert not announced(world)
    world.start_service()

    wait_for(lambda: announced(world), "the switch that knows the announcement", 20)
    wait_for(lambda: queue_of(world) == [call], "the citizen in the queue", 20)
    assert heard_s(world, citizen) < LONG_S + NOTHING


def test_a_later_call_attaches_to_the_parent_and_that_is_undone(world: ControlWorld) -> None:
    incident = start(world)["incident"]
    one = world.agents[0]
    _, call = world.talk(one)
    draft = one.visitor.post(f"/api/calls/{call}/drafts", {"op_id": str(uuid.uuid4())})
    edit = {"op_id": str(uuid.uuid4()), "field": "category", "value": COVER, "rev": 0}
    draft = one.visitor.patch(f"/api/drafts/{draft['draft_id']}", edit)
    assert [(row["why"], row["case_id"]) for row in draft["duplicates"]] == [
        ("incident", incident["case_id"])
    ]
    path = f"/api/incidents/{incident['incident_id']}"
    body = {"op_id": str(uuid.uuid4()), "call_id": call, "draft_id": draft["draft_id"]}
    assert one.visitor.post(f"{path}/attach", body)["call_ids"] == [call]
    case = one.visitor.get(f"/api/cases/{incident['case_id']}")
    assert case["call_ids"] == [call]
    undone = one.visitor.post(f"{path}/detach", {"op_id": str(uuid.uuid4()), "call_id": call})
    assert undone["call_ids"] == []
    (again,) = one.visitor.get(f"/api/calls/{call}/drafts")["drafts"]
    assert (again["state"], again["case_id"]) == ("open", None)


async def test_at_the_desk_a_supervisor_starts_it_and_an_agent_attaches_by_one_key(
    world: ControlWorld, chromium: ChromiumPeer
) -> None:
    one = world.agents[0]
    await asyncio.to_thread(world.talk, one)
    async with new_page(chromium) as chief, new_page(chromium) as agent:
        await sit_at_desk(chief, world.service.address, CHIEF.id, CHIEF.password)
        await sit_at_desk(agent, world.service.address, one.id, CHIEF.password)
        await open_workspace(chief, "supervision")
        await chief.click("incident-open")
        await chief.fill("incident-title", "公滨路停水")
        await chief.fill("field-category", "P0123")
        await chief.press("Enter")
        await chief.fill("incident-address", "公滨路5号")
        await chief.fill("incident-words", "自来水公司抢修中，预计20点恢复")
        await chief.choose("incident-prompt", "wait-long")
        await picture(chief, "incident-form-1440-zh")
        await chief.click("incident-start")
        await chief.until("document.querySelector('[data-incident-row]') !== null", "the incident")
        await picture(chief, "incident-panel-1440-zh")
        await agent.until_text("incidents", "预计20点恢复")
        await agent.click("draft-new")
        await agent.fill("field-address", "公滨路9号")
        await agent.run("document.activeElement.blur()")
        await agent.until_text("incident-take", "很可能属于该事件")
        await picture(agent, "incident-banner-1440-zh")
        await agent.press("i", alt=True)
        await agent.until_text("incident-taken", "本通话已归入")
        await agent.until("document.querySelector('[data-testid=confirm]') === null", "the parent case")
        assert await agent.run("document.querySelector('[data-testid=disposition-existing_case]').checked")
        await picture(agent, "incident-attached-1440-zh")
        await chief.until_text("incident-panel", "已归入 1 个来电")
        await agent.click("incident-undo")
        await agent.until_value("field-address", "公滨路9号")
        await agent.size(1280, 720)
        await agent.choose("language", "en")
        await picture(agent, "incident-banner-1280-en")
        await chief.click("incident-end")
        await chief.click("incident-end-sure")
        await agent.until("document.querySelector('[data-testid=incidents]') === null", "its end")
        assert [one for one in (*chief.errors, *agent.errors) if "/transcript" not in one] == []


def test_as_a_command(world: ControlWorld) -> None:
    def songhua(*words: str) -> dict[str, Any]:
        said = world.service.run(
            "incident", *words, "--user", CHIEF.id, "--json", env={"SONGHUA_PASSWORD": CHIEF.password}
        )
        answer: dict[str, Any] = json.loads(said)
        return answer

    told = songhua("start", "公滨路停水", "--category", COVER, "--address", "公滨路5号", "--words", "抢修中")
    which = told["incident"]["incident_id"]
    assert told["callers"] == 0
    assert [one["incident_id"] for one in songhua("list")["incidents"]] == [which]
    _, call = world.talk(world.agents[0])
    assert songhua("attach", which, call)["call_ids"] == [call]
    assert songhua("attach", which, call, "--undo")["call_ids"] == []
    assert songhua("announce", which, "--prompt", "")["incident"]["prompt"] == ""
    assert songhua("end", which)["incident"]["ended_by"] == CHIEF.id
    assert songhua("list")["incidents"] == []
