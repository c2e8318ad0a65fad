"""What the desk sees: pops with the caller's history, coalesced changes, masks, HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from core.errors import Forbidden
from core.events import MASK
from core.ids import call_id, uuid7
from core.storage import Storage
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from hotline.events import (
    CallChanged,
    CallEnded,
    CallerContext,
    CallerContextFound,
    CallRinging,
    DispositionKind,
    EmergencyCall,
    OpenCase,
    OutsideCallRefused,
)
from hotline.room import build, routes
from tests.gateway.unguarded import Unguarded
from tests.hotline.stream import message
from tests.hotline.world import CHIEF, LI, WANG, CallScript, World, settle

KNOWN = CallerContext(
    open_cases=[OpenCase(case_id=uuid7(), number="NG-20261125-0007", category="路灯", state="filed")]
)


async def test_the_pop_has_the_callers_history_already(world: World) -> None:
    world.history.context = KNOWN
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    assert world.history.asked == ["13936001234"]
    await world.plays(script.rings("agent101")[1])
    (pop,) = world.bus.of(CallRinging)
    assert pop.context == KNOWN
    assert world.bus.of(CallerContextFound) == []


async def test_a_slow_history_holds_up_no_pop_and_follows_it(world: World) -> None:
    world.history.context, world.history.gate = KNOWN, asyncio.Event()
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues(), *script.rings("agent101")[1]])
    (pop,) = world.bus.of(CallRinging)
    assert pop.context is None
    world.history.gate.set()
    await settle()
    (found,) = world.bus.of(CallerContextFound)
    assert (found.call_id, found.context) == (pop.call_id, KNOWN)


async def test_many_changes_of_a_call_become_one_event(world: World) -> None:
    script = CallScript()
    await asyncio.sleep(0.05)
    world.bus.events.clear()
    await world.plays([*script.arrives(), *script.queues()])
    await asyncio.sleep(0.05)
    (changed,) = world.bus.of(CallChanged)
    assert (changed.call.state, changed.call.queue, changed.call.direction) == (
        "queued",
        "hotline",
        "inbound",
    )


async def test_messages_of_an_epoch_that_is_over_are_dropped(world: World) -> None:
    stale = world.epoch
    await world.connect()
    for one in CallScript().arrives():
        world.hotline.switch.on_message(one, stale)
    assert len(world.hotline.calls) == 0


async def test_while_the_link_is_down_nothing_is_taken_and_health_says_so(storage: Storage) -> None:
    world = World(storage)
    room = build(world.settings, world.ports)
    assert room.health()[0].state == "degraded"
    await room.start()
    await room.service.switch.on_snapshot(_Empty())
    assert room.health()[0].state == "up"
    room.service.switch.on_link_down()
    room.service.switch.on_message(
        message("Newchannel", Uniqueid="hl-1.1", Channel="PJSIP/trunk-1", ChannelState="4"), 1
    )
    assert len(room.service.calls) == 0
    await settle()
    await room.stop()
    await room.stop()


class _Empty:
    epoch = 1
    channels = ()
    queues = ()


async def test_a_refused_call_to_the_outside_and_an_emergency_call_are_told(world: World) -> None:
    await world.plays(
        [
            message("UserEvent", UserEvent="Limit", Linkedid="hl-8.1", Reason="rate", Who="agent101"),
            message("UserEvent", UserEvent="Emergency", Linkedid="hl-8.2", Number="119"),
            message("UserEvent", UserEvent="Emergency", Linkedid="hl-8.2", Number="119", Failed="yes"),
            message("UserEvent", UserEvent="Another", Linkedid="hl-8.2"),
        ]
    )
    assert [(one.reason, one.who) for one in world.bus.of(OutsideCallRefused)] == [("rate", "agent101")]
    assert [(one.number, one.failed) for one in world.bus.of(EmergencyCall)] == [
        ("119", False),
        ("119", True),
    ]


async def test_an_agent_calling_out_is_no_pop_and_owes_what_it_was_about(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    own = {"Uniqueid": "hl-5.1", "Linkedid": "hl-5.1", "Channel": "PJSIP/agent101-00000001"}
    far = {"Uniqueid": "hl-5.2", "Linkedid": "hl-5.1", "Channel": "PJSIP/trunk-00000002"}
    await world.plays(
        [
            message("Newchannel", **own, ChannelState="4", Exten="13936005678"),
            message("Newchannel", **far, ChannelState="0"),
            message(
                "DialBegin", DestUniqueid="hl-5.2", DestLinkedid="hl-5.1", DestChannel="PJSIP/trunk-00000002"
            ),
            message("Newstate", **own, ChannelState="6"),
            message("Newstate", **far, ChannelState="6"),
            message("BridgeEnter", **own, BridgeUniqueid="b1"),
            message("BridgeEnter", **far, BridgeUniqueid="b1"),
        ]
    )
    (call,) = world.hotline.board.calls()
    assert (call.direction, call.state, world.state_of("li")) == ("outbound", "talking", "talking")
    await world.plays([message("Hangup", Uniqueid="hl-5.2"), message("Hangup", Uniqueid="hl-5.1")])
    assert world.state_of("li") == "wrap_up"
    assert world.bus.of(CallRinging) == []
    assert [ended.direction for ended in world.bus.of(CallEnded)] == ["outbound"]
    said = await world.hotline.people.set_disposition(
        LI, call.call_id, op_id=uuid7(), kind=DispositionKind.ENQUIRY
    )
    assert said.agent_id == LI.id
    assert world.state_of("li") == "ready"


async def test_a_confidential_call_is_hidden_from_those_who_are_not_on_it(world: World) -> None:
    script = CallScript()
    leg, rings = script.rings("agent101")
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")])
    seen = world.hotline.board.desk_snapshot(WANG)["calls"]
    assert [call["caller"] for call in seen] == [MASK]
    assert [call["caller"] for call in world.hotline.board.desk_snapshot(LI)["calls"]] == ["13936001234"]
    await world.hotline.people.set_confidential(LI, call_id("hl", script.linkedid), confidential=True)
    assert world.hotline.board.desk_snapshot(WANG)["calls"] == []
    assert len(world.hotline.board.desk_snapshot(CHIEF)["calls"]) == 1
    with pytest.raises(Forbidden):
        await world.hotline.people.set_confidential(LI, call_id("hl", script.linkedid), confidential=False)
    assert world.hotline.board.desk_snapshot(WANG)["calls"] == []
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    assert world.hotline.board.is_confidential(call_id("hl", script.linkedid))
    assert world.hotline.board.agents_on(call_id("hl", script.linkedid)) == {"li"}


async def test_a_supervisor_takes_the_mark_of_a_call_away(world: World) -> None:
    script = CallScript()
    leg, rings = script.rings("agent101")
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")])
    call = call_id("hl", script.linkedid)
    await world.hotline.people.set_confidential(LI, call, confidential=True)
    await world.hotline.people.set_confidential(CHIEF, call, confidential=False)
    assert len(world.hotline.board.desk_snapshot(WANG)["calls"]) == 1


@pytest.fixture
async def desk(world: World, tmp_path: Path) -> AsyncIterator[Desk]:
    routers = routes(world.hotline, world.ports.current_user)
    server = WebServer(create(WebParts(routers, tmp_path, lambda: (), Unguarded())), WebSettings(port=0))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers={"X-Songhua": "1"}) as client:
        yield Desk(client)
    await server.stop()


class Desk:
    """A browser's view of the routes: status and body of each answer."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def get(self, path: str) -> tuple[int, Any]:
        answer = await self._client.get(f"/api{path}")
        return answer.status, await answer.json(content_type=None)

    async def post(self, path: str, **body: object) -> tuple[int, Any]:
        answer = await self._client.post(f"/api{path}", json=body)
        return answer.status, await answer.json(content_type=None)


async def test_an_agents_day_over_http(world: World, desk: Desk) -> None:
    assert (await desk.post("/agents/me/sign-in"))[1]["state"] == "ready"
    script = CallScript()
    leg, rings = script.rings("agent101")
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")])
    (call,) = (await desk.get("/calls"))[1]["calls"]
    path = f"/calls/{call['call_id']}"
    assert (call["caller"], call["state"]) == ("13936001234", "talking")
    assert await desk.get(path) == (200, call)
    assert (await desk.post(f"{path}/confidential", confidential=True))[1]["confidential"] is True
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    status, refused = await desk.post("/agents/me/state", state="ready")
    assert (status, refused["type"]) == (409, "urn:songhua:problem:disposition-missing")
    operation = str(uuid7())
    first = await desk.post(f"{path}/disposition", op_id=operation, kind="enquiry", note="问路")
    again = await desk.post(f"{path}/disposition", op_id=operation, kind="enquiry", note="问路")
    assert first[0] == 200
    assert first == again
    _, paused = await desk.post("/agents/me/state", state="rest", reason="lunch")
    assert (paused["state"], paused["reason"]) == ("rest", "lunch")
    agents = {one["agent_id"]: one["state"] for one in (await desk.get("/agents"))[1]["agents"]}
    assert agents == {"li": "rest", "wang": "signed_out", "zhao": "signed_out"}
    (queue,) = (await desk.get("/queues"))[1]["queues"]
    assert (queue["answered"], queue["members"], queue["paused"]) == (1, 1, 1)
    assert (await desk.post("/agents/me/sign-out"))[1]["state"] == "signed_out"


async def test_who_sees_numbers_of_calls_that_are_not_his_is_told_to_the_audit(
    world: World, desk: Desk
) -> None:
    script = CallScript()
    leg, rings = script.rings("agent101")
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")])
    for user in (LI, WANG):  # is on it; sees no number
        world.user = user
        await desk.get("/calls")
    assert world.looked.at == []
    world.user = CHIEF
    (call,) = (await desk.get("/calls"))[1]["calls"]
    await desk.get(f"/calls/{call['call_id']}")
    assert world.looked.at == [
        (CHIEF.id, "watch-calls", "calls"), (CHIEF.id, "watch-call", f"call:{call['call_id']}")
    ]  # fmt: skip
    world.looked.away = True  # calls go on while the database is away
    assert len((await desk.get("/calls"))[1]["calls"]) == 1


async def test_http_refuses_what_is_not_there_or_not_meant(world: World, desk: Desk) -> None:
    assert (await desk.get(f"/calls/{uuid7()}"))[0] == 404
    assert (await desk.post("/agents/me/state", state="flying"))[0] == 422
    assert (await desk.post("/agents/me/state", state="ready"))[0] == 409
    world.user = CHIEF
    assert (await desk.post("/agents/me/sign-in"))[0] == 403


async def test_the_view_says_when_things_happened(world: World) -> None:
    script = CallScript()
    world.clock.advance(10)
    await world.plays(script.arrives())
    world.clock.advance(2)
    await world.plays(script.queues())
    (call,) = world.hotline.board.calls()
    assert call.since == datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)
    assert call.queued_at == datetime(2026, 1, 1, 0, 0, 12, tzinfo=UTC)
