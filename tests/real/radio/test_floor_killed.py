"""Floors and emergencies of crews when roles, or the broker, are killed: nobody stays keyed, nothing is
pressed later, and an emergency is one case with its whole story.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.ids import uuid7
from core.place import Position
from core.tasks import Tasks
from field.contract.mobile import codec, crew, topics
from field.contract.mobile import whereabouts as field
from field.contract.mobile.messages import Command, Payload
from gateway.mqtt import MqttLink, Received
from radio_bridge.floor.model import FloorStage
from tests.mqtt.broker import TENANT
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor
from tests.real.radio.stage import CREW, GROUP, OTHER, WANG, ZHAO, TalkgroupStage, get, post
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.own_process]

HERE = Position(lon=126.61, lat=45.75, accuracy_m=12)


class AlarmTerminal:
    """Says its alarm every two seconds until it is acknowledged; answers when it is asked where it is."""

    def __init__(self, stage: TalkgroupStage, uid: str) -> None:
        self.uid = uid
        self.alarm_id = uuid7()
        self.told: list[Command] = []
        account = stage.account(uid).model_copy(update={"session_expiry_s": 0})
        self.link = MqttLink(account, client_id=f"{uid}-page")
        self.link.subscribe(topics.down(TENANT, uid, "cmd"), self._on_command, name="cmd")
        self._tasks = Tasks(f"terminal.{uid}")
        self._seq = 0
        self._raised = datetime.now(UTC)

    def hold_the_button(self) -> None:
        self._raised = datetime.now(UTC)
        self._tasks.forever("alarm", self._cry)

    def cmds(self, cmd: str) -> list[Command]:
        return [one for one in self.told if one.cmd == cmd]

    async def say(self, kind: str, message: Payload) -> None:
        await self.link.publish(topics.up(TENANT, self.uid, kind), codec.encode(message))

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.link.stop()

    async def _cry(self) -> None:
        repeat = 0
        while not self.cmds("acknowledge"):
            repeat += 1
            said = crew.EmergencyMessage(
                alarm_id=self.alarm_id, repeat=repeat, raised_at=self._raised, **self._stamp()
            )
            await self.say("emergency", said)
            await self.say("emergency", said)  # as a broker brings it again
            await asyncio.sleep(2)
        await asyncio.Event().wait()

    async def _on_command(self, message: Received) -> None:
        command = codec.decode(Command, message.payload)
        self.told.append(command)
        if command.cmd == "locate":
            where = {"lon": HERE.lon, "lat": HERE.lat, "accuracy_m": HERE.accuracy_m}
            await self.say("location", field.Location(fix_at=datetime.now(UTC), **where, **self._stamp()))

    def _stamp(self) -> dict[str, Any]:
        self._seq += 1
        now = datetime.now(UTC)
        return {"seq": self._seq, "ts": now, "sent": now}


@asynccontextmanager
async def terminal(stage: TalkgroupStage, uid: str = CREW) -> AsyncIterator[AlarmTerminal]:
    made = AlarmTerminal(stage, uid)
    await made.link.start()
    await made.link.wait_connected(10)
    try:
        yield made
    finally:
        await made.stop()


async def emergency(zhao: Visitor, alarm_id: UUID) -> dict[str, Any]:
    rows = (await get(zhao, "/api/emergencies?cleared=true"))["emergencies"]
    found: dict[str, Any] = next((one for one in rows if one["alarm_id"] == str(alarm_id)), {})
    return found


async def timeline(zhao: Visitor, case_id: str) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = (await get(zhao, f"/api/cases/{case_id}/history"))["history"]
    return history


async def case_ids(zhao: Visitor) -> set[str]:
    return {one["case_id"] for one in (await get(zhao, "/api/cases"))["cases"]}


async def has(zhao: Visitor, case_id: str, act: str) -> bool:
    """`PeerFailed` as long as there is no such case."""
    return act in {entry["act"] for entry in await timeline(zhao, case_id)}


async def noted(zhao: Visitor, case_id: str, act: str) -> None:
    """Wait until this is in the case's timeline."""
    await until(lambda: has(zhao, case_id, act), f"{act} in the timeline", 45)


async def raised(zhao: Visitor, alarm_id: UUID) -> dict[str, Any]:
    return await until(lambda: emergency(zhao, alarm_id), "emergency", 20)


async def answer(zhao: Visitor, alarm_id: UUID, note: str, *, false_alarm: bool = False) -> None:
    path = f"/api/emergencies/{alarm_id}"
    await post(zhao, f"{path}/acknowledge", {"op_id": str(uuid4())})
    body = {"op_id": str(uuid4()), "note": note, "false_alarm": false_alarm}
    await post(zhao, f"{path}/clear", body)


async def test_a_role_killed_with_a_talker_on_the_air_leaves_nobody_keyed(stage: TalkgroupStage) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    await crew.press()
    token = (await crew.until_told("granted")).token
    await other.press()
    await other.until_told("queued")
    stage.radio.kill()
    await asyncio.to_thread(stage.radio.start)
    await until(lambda: not crew.on_air, "a handset that is off the air")
    await until(lambda: crew.state.stage is FloorStage.IDLE and crew.state.talker is None, "free floor")
    await until(
        lambda: any(one.cause in {"restarted", "no_such_token"} for one in crew.grants),
        "the word that it is revoked",
    )
    assert not other.on_air
    await other.press()
    fresh = (await other.until_told("granted")).token
    assert fresh != token
    await crew.say("talking", token=token)
    await until(lambda: crew.grants[-1].cause == "no_such_token", "word that the token is none")
    assert not crew.on_air


async def test_a_role_that_is_gone_leaves_nobody_keyed_and_hears_no_press_later(
    stage: TalkgroupStage,
) -> None:
    crew, wang = await stage.handset(CREW), await stage.sign_in(WANG)

    async def shown() -> dict[str, Any]:
        floors = (await get(wang, "/api/floors"))["floors"]
        found: dict[str, Any] = next(one for one in floors if one["talkgroup"] == GROUP)
        return found

    async def is_shown(state: str) -> bool:
        return str((await shown())["stage"]) == state

    async def command_line() -> bool:
        return "话权控制不在线" in await stage.songhua("tg", "floors", "--language", "zh")

    await crew.press()
    grant = await crew.until_told("granted")
    await asyncio.sleep(1)
    assert crew.on_air
    assert (await shown())["talker"] == CREW
    stage.radio.kill()
    assert grant.dead_key_s == 2
    # Not by the watchdog: the last will of floor control is there at once.
    await until(lambda: not crew.on_air, "handset that is off the air", 1.0)
    await until(lambda: is_shown("away"), "word at the desks that floor control is away")
    assert (await shown())["talker"] == ""
    with pytest.raises(PeerFailed, match="floor-away"):
        await post(wang, f"/api/floors/{GROUP}/request", {"op_id": str(uuid4())})
    await until(command_line, "the same on the command line", 30)
    told = len(crew.grants)
    await crew.press()
    await asyncio.to_thread(stage.radio.start)
    await until(lambda: len({one.run for one in crew.states}) == 2, "new run")
    await until(lambda: is_shown("idle"), "free floor at the desks")
    await asyncio.sleep(0.5)
    # Only the former talk's end may have been told; the press of meanwhile was not.
    assert all(one.result == "revoked" for one in crew.grants[told:])
    assert crew.state.stage is FloorStage.IDLE


async def test_a_centre_killed_with_a_dispatcher_on_the_air_frees_the_talkgroup_within_a_second(
    stage: TalkgroupStage,
) -> None:
    crew, wang = await stage.handset(CREW), await stage.sign_in(WANG)
    body = {"op_id": str(uuid4())}
    assert (await post(wang, f"/api/floors/{GROUP}/request", body))["result"] == "granted"
    await until(lambda: crew.state.stage is FloorStage.TAKEN, "taken floor")
    await crew.press()
    await crew.until_told("queued")
    stage.service.program.kill()
    try:
        await until(lambda: crew.on_air, "the crew that waited", 1.0)
        (stop,) = [one for one in crew.talkers if (one.event, one.talker.party) == ("stop", "dispatch")]
        assert stop.cause == "unreachable"
        # What the radios themselves say goes on without a centre.
        await asyncio.sleep(3)
        assert crew.on_air
        await crew.let_go()
    finally:
        await asyncio.to_thread(stage.service.start, role="centre")
        await asyncio.to_thread(stage.service.wait_healthy, "mqtt")


async def test_a_broker_that_is_gone_leaves_nobody_keyed_and_the_floor_is_free_afterwards(
    stage: TalkgroupStage,
) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    await crew.press()
    await crew.until_told("granted")
    stage.broker.kill()
    await until(lambda: not crew.on_air, "the handset's own watchdog")
    await asyncio.sleep(3)
    stage.broker.start()
    await until(lambda: other.link.connected and crew.link.connected, "links of both handsets", 20)

    async def granted() -> bool:
        """The role may be back a moment later than the handset: the crew presses again."""
        await other.press()
        await asyncio.sleep(0.5)
        return bool(other.grants) and other.grants[-1].result == "granted"

    await until(granted, "grant after the broker was away", 20)
    assert not crew.on_air


async def test_an_alarm_through_killed_roles_is_one_case_with_its_whole_story(stage: TalkgroupStage) -> None:
    zhao = await stage.sign_in(ZHAO)
    before = await case_ids(zhao)
    async with terminal(stage) as crew_17:
        crew_17.hold_the_button()
        row = await raised(zhao, crew_17.alarm_id)
        assert (row["kind"], row["talkgroup"], row["unit_id"]) == ("alarm", GROUP, CREW)
        # What keeps the floors and hears the crews dies as if by a crash, before the case may be there.
        os.kill(stage.radio.program.pid, signal.SIGKILL)
        await asyncio.to_thread(stage.radio.start)
        await until(lambda: bool(crew_17.cmds("locate")), "the question where the crew is", 20)
        case_id = row["case_id"]
        await noted(zhao, case_id, "emergency-located")
        # And what keeps the cases.
        os.kill(stage.service.program.pid, signal.SIGKILL)
        await asyncio.to_thread(stage.service.start, role="centre")
        await asyncio.to_thread(stage.service.wait_healthy, "mqtt")
        zhao = await stage.sign_in(ZHAO)
        await noted(zhao, case_id, "emergency-escalated")
        await noted(zhao, case_id, "emergency-repeated")
        path = f"/api/emergencies/{crew_17.alarm_id}"
        await post(zhao, f"{path}/acknowledge", {"op_id": str(uuid4())})
        await until(lambda: bool(crew_17.cmds("acknowledge")), "the answer at the terminal", 15)
        assert crew_17.cmds("acknowledge")[0].by == ZHAO.name
        await post(zhao, f"{path}/clear", {"op_id": str(uuid4()), "note": "人员已送医"})
        await noted(zhao, case_id, "emergency-cleared")
    history = await timeline(zhao, case_id)
    counted = Counter(entry["act"] for entry in history)
    once = ("file", "emergency-raised", "emergency-acknowledged", "emergency-cleared")
    assert {act: counted[act] for act in once} == dict.fromkeys(once, 1)
    by = {entry["act"]: entry for entry in history}
    assert by["emergency-acknowledged"]["actor"] == ZHAO.id
    assert by["emergency-cleared"]["reason"] == f"{ZHAO.name}: 人员已送医"
    assert by["emergency-located"]["reason"].startswith("126.610000,45.750000 ±12 m")
    assert [entry["at"] for entry in history] == sorted(entry["at"] for entry in history)
    assert await case_ids(zhao) - before == {case_id}
    case = await get(zhao, f"/api/cases/{case_id}")
    assert (case["state"], case["category_name_en"]) == ("filed", "Emergency of a field crew")
    assert (await emergency(zhao, crew_17.alarm_id))["position"] == HERE.model_dump()


async def test_an_emergency_call_opens_its_group_and_a_false_one_takes_its_case_with_it(
    stage: TalkgroupStage,
) -> None:
    zhao = await stage.sign_in(ZHAO)
    handset = await stage.handset(OTHER)
    await handset.press(emergency=True)
    await handset.until_told("granted")

    async def open_ones() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await get(zhao, "/api/emergencies"))["emergencies"]
        return found

    (call,) = await until(open_ones, "emergency call", 20)
    assert (call["kind"], call["talkgroup"], call["unit_id"]) == ("call", GROUP, OTHER)
    # They press again, and hold the alarm's button, too.
    await handset.let_go()
    await handset.until_told("released")
    await handset.press(emergency=True)
    await handset.until_told("granted")
    async with terminal(stage, OTHER) as alarm:
        alarm.hold_the_button()
        row = await raised(zhao, alarm.alarm_id)
        assert (row["kind"], row["case_id"]) == ("alarm", call["case_id"])
        rows = (await get(zhao, f"/api/emergencies?case_id={call['case_id']}"))["emergencies"]
        assert [(one["kind"], one["unit_id"]) for one in rows] == [("call", OTHER), ("alarm", OTHER)]
        await handset.let_go()
        await answer(zhao, UUID(call["alarm_id"]), "误触", false_alarm=True)
        await noted(zhao, call["case_id"], "emergency-cleared")
        assert (await get(zhao, f"/api/cases/{call['case_id']}"))["state"] == "filed", "one is left"
        await answer(zhao, alarm.alarm_id, "误触", false_alarm=True)
        await noted(zhao, call["case_id"], "cancel")
        await until(lambda: bool(alarm.cmds("clear")), "the end at the terminal", 15)
    assert (await get(zhao, f"/api/cases/{call['case_id']}"))["state"] == "cancelled"
    assert (await get(zhao, "/api/emergencies"))["emergencies"] == []
    said = await stage.songhua("emergency", "show", call["alarm_id"], "--language", "en")
    for words in ("emergency call", GROUP, "False alarm", "误触"):
        assert words in said
