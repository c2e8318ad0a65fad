"""Dispatchers ask over the broker and get the first answer; nobody else does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.errors import Conflict, Forbidden
from core.ids import uuid7
from radio_bridge.centre.floor import desk as desk_module
from radio_bridge.centre.floor.desk import DeskFloor, FloorAway, NoSuchTalkgroup
from radio_bridge.centre.floor.events import FloorAnswered, FloorChanged
from tests.field.conftest import RecordingBus
from tests.mqtt.fakes import FakeLink

GROUP = "app:daoli"
REQ, RES, STATE = (f"v1/harbin/tg/app/daoli/{end}" for end in ("floor/req", "floor/res", "state"))
PRESENCE, THERE = "v1/harbin/floor/state", b'{"online": true}'
TAKEN = {
    "run": "a", "rev": 3, "ts": "2026-01-01T00:00:00Z", "talkgroup": GROUP, "stage": "taken",
    "talker": {"party": "app:17", "priority": 5, "since": "2026-01-01T00:00:00Z"},
}  # fmt: skip
WANG = Actor("wang.fang", "王芳", frozenset({Role.DISPATCHER}))
AGENT = Actor("li.na", "李娜", frozenset({Role.AGENT}))


class Rights:
    """Implements `DeskRights`: dispatchers talk, an agent may on the group for all. `made` are groups that
    only the tables have.
    """

    def __init__(self) -> None:
        self.known = {GROUP, "app:all"}
        self.made: set[str] = set()

    def knows(self, group: str) -> bool:
        return group in self.known

    async def look_again(self) -> None:
        self.known |= self.made

    def priority_of(self, group: str, roles: Collection[Role]) -> int | None:
        if Role.DISPATCHER in roles:
            return 10
        return 5 if group == "app:all" else None


class Desk:
    def __init__(self) -> None:
        self.link = FakeLink()
        self.bus = RecordingBus()
        self.rights = Rights()
        self.floor = DeskFloor(self.link, self.bus, self.rights, tenant="harbin")

    async def answer(self, op_id: UUID, result: str, **more: Any) -> None:
        body = {"op_id": str(op_id), "talkgroup": GROUP, "result": result, **more}
        await self.link.give(RES, json.dumps(body).encode())

    def stages(self) -> dict[str, str]:
        return {floor.talkgroup: floor.stage for floor in self.floor.floors()}

    def told(self) -> list[str]:
        return [event.stage for event in self.bus.published if isinstance(event, FloorChanged)]

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(payload) for topic, payload in self.link.published if topic == REQ]


async def test_the_first_answer_is_the_answer() -> None:
    desk, op_id = Desk(), uuid7()
    asking = asyncio.ensure_future(desk.floor.request(WANG, GROUP, op_id, take_over=True))
    await asyncio.sleep(0)
    await desk.answer(uuid7(), "denied")
    await desk.answer(op_id, "queued", position=2)
    answer = await asking
    assert (answer.result, answer.position) == ("queued", 2)
    (asked,) = desk.asked()
    assert (asked["priority"], asked["take_over"], asked["user_id"]) == (10, True, "wang.fang")
    # What comes later is told to him alone.
    await desk.answer(op_id, "granted", token="t", limit_s=60)
    told = [event for event in desk.bus.published if isinstance(event, FloorAnswered)]
    assert [(one.agent_id, one.result) for one in told] == [("wang.fang", "queued"), ("wang.fang", "granted")]


async def test_who_may_not_talk_there_is_not_asked_for() -> None:
    desk = Desk()
    with pytest.raises(Forbidden):
        await desk.floor.request(AGENT, GROUP, uuid7())
    with pytest.raises(Forbidden):
        await desk.floor.request(AGENT, "app:all", uuid7(), take_over=True)
    with pytest.raises(NoSuchTalkgroup):
        await desk.floor.request(WANG, "app:nowhere", uuid7())
    assert desk.link.published == []


async def test_an_op_id_is_one_press_of_one_person() -> None:
    desk, op_id = Desk(), uuid7()
    await desk.floor.release(WANG, GROUP, op_id)
    with pytest.raises(Conflict):
        await desk.floor.release(WANG, "app:all", op_id)


async def test_a_role_that_is_silent_has_granted_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "ANSWER_S", 0.05)
    desk, op_id = Desk(), uuid7()
    with pytest.raises(FloorAway):
        await desk.floor.request(WANG, GROUP, op_id)
    assert [one["action"] for one in desk.asked()] == ["request", "release"]


async def test_a_sign_of_life_that_is_not_answered_ends_no_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "ANSWER_S", 0.05)
    desk, op_id = Desk(), uuid7()
    asking = asyncio.ensure_future(desk.floor.request(WANG, GROUP, op_id))
    await asyncio.sleep(0)
    await desk.answer(op_id, "granted", token="t", limit_s=60)
    assert (await asking).result == "granted"
    with pytest.raises(FloorAway):
        await desk.floor.request(WANG, GROUP, op_id)
    assert [one["action"] for one in desk.asked()] == ["request", "request"]


async def test_who_is_granted_the_floor_is_told_whether_he_is_heard() -> None:
    desk, op_id = Desk(), uuid7()
    heard: list[object] = []

    def look(*asked: object) -> bool:
        heard.append(asked)
        return len(heard) > 1

    desk.floor.heard_by(look)
    told = []
    for result in ("granted", "granted", "revoked"):
        asking = asyncio.ensure_future(desk.floor.request(WANG, GROUP, op_id))
        await asyncio.sleep(0)
        await desk.answer(op_id, result)
        told.append(desk.floor.is_heard(await asking))
    assert told == [False, True, None]
    assert set(heard) == {(GROUP, "user:wang.fang", op_id)}


async def test_a_role_that_is_not_there_is_said_at_once() -> None:
    desk = Desk()
    desk.link.nobody.add(REQ)
    with pytest.raises(FloorAway):
        await desk.floor.request(WANG, GROUP, uuid7())


async def test_a_group_that_was_made_this_moment_is_known_here_and_asked_for_until_the_role_knows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_module, "NEW_AGAIN_S", 0.01)
    desk, op_id = Desk(), uuid7()
    with pytest.raises(desk_module.NoSuchTalkgroup):
        await desk.floor.request(WANG, "app:case-1", op_id)
    desk.rights.made.add("app:case-1")
    asking = asyncio.ensure_future(desk.floor.request(WANG, "app:case-1", op_id))
    topic = "v1/harbin/tg/app/case-1/floor/res"
    for said in ({"result": "denied", "cause": "no_such_group"}, {"result": "granted", "token": "t"}):
        await asyncio.sleep(0.03)
        body = {"op_id": str(op_id), "talkgroup": "app:case-1", **said}
        await desk.link.give(topic, json.dumps(body).encode())
    assert (await asking).result == "granted"
    asked = [topic for topic, _ in desk.link.published if topic.endswith("case-1/floor/req")]
    assert len(asked) == 2


async def test_the_newest_state_counts() -> None:
    desk = Desk()
    await desk.link.give(PRESENCE, THERE)
    state = {"run": "a", "rev": 3, "ts": "2026-01-01T00:00:00Z", "talkgroup": GROUP, "stage": "hang"}
    await desk.link.give(STATE, json.dumps(state).encode())
    await desk.link.give(STATE, json.dumps({**state, "rev": 2, "stage": "taken"}).encode())
    assert desk.stages() == {GROUP: "hang"}
    await desk.link.give(STATE, json.dumps({**state, "run": "b", "rev": 0, "stage": "idle"}).encode())
    assert desk.stages() == {GROUP: "idle"}
    await desk.link.give(STATE, b"")
    assert desk.stages() == {}
    assert desk.told() == ["hang", "idle", "closed"]


async def test_without_floor_control_nobody_is_shown_as_a_talker() -> None:
    desk = Desk()
    await desk.link.give(STATE, json.dumps(TAKEN).encode())
    # It may be the last word of a role that has ended.
    assert (desk.stages(), desk.told()) == ({GROUP: "away"}, [])
    await desk.link.give(PRESENCE, THERE)
    assert (desk.stages(), desk.floor.floors()[0].talker) == ({GROUP: "taken"}, "app:17")
    await desk.link.give(PRESENCE, b'{"online": false}')
    assert (desk.stages(), desk.floor.floors()[0].talker) == ({GROUP: "away"}, "")
    assert desk.told() == ["taken", "away"]
    await desk.link.give(PRESENCE, THERE)
    desk.link.away = True
    assert desk.stages() == {GROUP: "away"}


async def test_a_talkgroup_that_ended_unheard_is_not_shown() -> None:
    desk = Desk()
    gone = {**TAKEN, "talkgroup": "app:gone"}
    await desk.link.give("v1/harbin/tg/app/gone/state", json.dumps(gone).encode())
    assert desk.stages() == {}


@given(st.sampled_from([RES, STATE, PRESENCE, "v1/harbin/tg/app/+/state"]), st.binary(max_size=300))
async def test_any_bytes_are_survived(topic: str, payload: bytes) -> None:
    desk = Desk()
    await desk.link.give(topic, payload)
    assert set(desk.stages()) <= {GROUP}
