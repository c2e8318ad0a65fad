"""Floor control on a link in memory: the contract's bytes on one side, floors on the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.ids import uuid7
from radio_bridge.floor.messages import Ptt
from radio_bridge.floor.model import NOTICE
from radio_bridge.floor.outgoing import CAPACITY, CROWD, LANES
from radio_bridge.floor.ports import FloorPorts, FloorReply, FloorRight
from radio_bridge.floor.room import FloorRoom, build
from radio_bridge.floor.settings import FloorSettings
from tests.mqtt.fakes import FakeLink
from tests.radio_bridge.floor.ports import NoPresses, NoTransmissionLog
from tests.radio_bridge.floor.world import CREW, GROUP, OTHER, OURS, Table

PTT = f"v1/harbin/unit/{CREW}/up/ptt"
STATE = "v1/harbin/tg/app/daoli/state"
SETTINGS = FloorSettings()


class Wired:
    def __init__(self) -> None:
        self.link = FakeLink()
        self.clock = ManualClock()
        self.table = Table()
        self.table.rules = {GROUP: OURS, "app:other": OURS}
        ports = FloorPorts(self.link, self.clock, self.table, {}, NoPresses())
        self.room: FloorRoom = build(SETTINGS, ports, tenant="harbin", talks=NoTransmissionLog())

    async def press(self, unit: str = CREW, **changes: Any) -> UUID:
        msg_id = uuid7()
        said = Ptt(
            msg_id=msg_id, ts=self.clock.now(), sent=self.clock.now(), action="request", talkgroup=GROUP
        ).model_copy(update=changes)
        await self.link.give(f"v1/harbin/unit/{unit}/up/ptt", said.model_dump_json().encode())
        return msg_id

    async def said(self, topic: str) -> list[dict[str, Any]]:
        for _ in range(20):
            await asyncio.sleep(0)
        return [json.loads(payload) for where, payload in self.link.published if where == topic and payload]

    async def grants(self, unit: str = CREW) -> list[dict[str, Any]]:
        return await self.said(f"v1/harbin/unit/{unit}/down/grant")


@pytest.fixture
async def wired() -> AsyncIterator[Wired]:
    made = Wired()
    await made.room.start()
    yield made
    await made.room.stop()


async def test_a_button_is_answered_with_token_and_limits(wired: Wired) -> None:
    request_id = await wired.press()
    (grant,) = await wired.grants()
    assert grant["result"] == "granted"
    assert (grant["of"], grant["talkgroup"], grant["seq"]) == (str(request_id), GROUP, 0)
    assert (grant["limit_s"], grant["alive_every_s"], grant["dead_key_s"]) == (60, 0.5, 2)
    assert grant["schema"] == "unit.grant/1"
    assert wired.room.control.audio(GROUP, grant["token"])


async def test_everybody_sees_the_state_and_nobody_a_token(wired: Wired) -> None:
    request_id = await wired.press()
    (grant,) = await wired.grants()
    state = (await wired.said(STATE))[-1]
    assert (state["stage"], state["talker"]["party"], state["talker"]["of"]) == (
        "taken",
        CREW,
        str(request_id),
    )
    assert grant["token"] not in json.dumps(state)
    (talker,) = await wired.said("v1/harbin/tg/app/daoli/talker")
    assert (talker["event"], talker["talker"]["party"]) == ("start", CREW)


async def test_a_person_at_a_desk_is_no_name_on_the_air(wired: Wired) -> None:
    body = {"action": "request", "op_id": str(uuid7()), "user_id": "wang.fang", "priority": 10}
    await wired.link.give("v1/harbin/tg/app/daoli/floor/req", json.dumps(body).encode())
    (answer,) = await wired.said("v1/harbin/tg/app/daoli/floor/res")
    assert (answer["result"], answer["op_id"]) == ("granted", body["op_id"])
    assert (await wired.said(STATE))[-1]["talker"]["party"] == "dispatch"
    assert "wang.fang" not in str(wired.link.published)


async def test_a_tone_for_the_radios_is_nobodys_talk_and_its_answers_go_to_who_plays_it(wired: Wired) -> None:
    told: list[object] = []

    class Player:
        def tell(self, group: str, op_id: UUID, notice: str) -> None:
            told.append((group, op_id, notice))
            wired.room.control.request(group, NOTICE, op_id, priority=0)

        def answered(self, answer: FloorReply) -> None:
            told.append(answer.result)

    wired.table.rights[NOTICE] = FloorRight(0, name="dispatch")
    wired.room.wire.tells_by(Player())
    body = {"action": "unpatched", "op_id": str(uuid7()), "user_id": "wang.fang"}
    await wired.link.give("v1/harbin/tg/app/daoli/floor/req", json.dumps(body).encode())
    assert told == [(GROUP, UUID(body["op_id"]), "unpatched"), "granted"]
    talker = (await wired.said(STATE))[-1]["talker"]
    assert (talker["party"], talker["name"]) == ("notice", "dispatch")
    assert await wired.said("v1/harbin/tg/app/daoli/floor/res") == []


async def test_a_late_press_is_no_press_whatever_the_terminals_clock_says(wired: Wired) -> None:
    wrong = wired.clock.now() + timedelta(days=1)
    await wired.press(ts=wrong, sent=wrong + timedelta(seconds=1))
    assert (await wired.grants())[-1]["result"] == "granted"
    await wired.press(OTHER, ts=wrong, sent=wrong + timedelta(seconds=3))
    (late,) = await wired.grants(OTHER)
    assert (late["result"], late["cause"]) == ("denied", "late")


async def test_a_copy_keys_nobody_after_the_release(wired: Wired) -> None:
    msg_id = await wired.press()
    await wired.press(action="release", of=msg_id)
    await wired.press(msg_id=msg_id)
    assert [one["result"] for one in await wired.grants()] == ["granted", "released", "released"]
    assert (await wired.said(STATE))[-1]["stage"] == "hang"


async def test_a_sign_of_life_is_answered(wired: Wired) -> None:
    await wired.press()
    token = (await wired.grants())[0]["token"]
    wired.clock.advance(1)
    await wired.press(action="talking", token=token)
    assert (await wired.grants())[-1]["limit_s"] == 59
    await wired.press(OTHER, action="talking", token=token)
    assert (await wired.grants(OTHER))[-1]["cause"] == "no_such_token"


async def test_a_talker_of_the_former_run_is_taken_off(wired: Wired) -> None:
    of = str(uuid7())
    former = {
        "run": "before", "rev": 7, "ts": "2026-01-01T00:00:00Z", "talkgroup": GROUP, "stage": "taken",
        "talker": {"party": CREW, "priority": 5, "of": of, "since": "2026-01-01T00:00:00Z"},
    }  # fmt: skip
    await wired.link.give(STATE, json.dumps(former).encode())
    (revoked,) = await wired.grants()
    assert (revoked["result"], revoked["cause"], revoked["of"]) == ("revoked", "restarted", of)


async def test_a_state_of_this_run_or_without_a_talker_takes_nobody_off(wired: Wired) -> None:
    await wired.press()
    state = (await wired.said(STATE))[-1]
    await wired.link.give(STATE, json.dumps(state).encode())
    await wired.link.give(STATE, json.dumps({**state, "run": "before", "talker": None}).encode())
    await wired.link.give(STATE, b"")
    assert [one["result"] for one in await wired.grants()] == ["granted"]


async def test_a_talkgroup_that_is_no_more_is_cleared_at_the_broker(wired: Wired) -> None:
    topic = "v1/harbin/tg/app/gone/state"
    former = {
        "run": "before", "rev": 1, "ts": "2026-01-01T00:00:00Z", "talkgroup": "app:gone", "stage": "idle",
    }  # fmt: skip
    await wired.link.give(topic, json.dumps(former).encode())
    await wired.said(topic)
    assert (topic, b"") in wired.link.published


async def test_who_has_no_session_is_taken_off_at_once(wired: Wired) -> None:
    wired.link.nobody.add(f"v1/harbin/unit/{CREW}/down/grant")
    await wired.press()
    await wired.press(OTHER)
    assert (await wired.grants())[-1]["cause"] == "unreachable"
    assert (await wired.grants(OTHER))[-1]["result"] == "granted"


async def test_while_the_broker_is_away_the_watchdog_goes_on_and_states_are_told_afterwards(
    wired: Wired,
) -> None:
    await wired.press()
    await wired.grants()
    wired.link.away = True
    wired.clock.advance(4)
    wired.room.control.tick()
    wired.clock.advance(3)
    wired.room.control.tick()
    assert wired.room.control.view(GROUP).stage == "idle"  # type: ignore[union-attr]
    await wired.said(STATE)
    wired.link.published.clear()
    await wired.link.come_back()
    assert [one["stage"] for one in await wired.said(STATE)] == ["idle"]
    assert [one["stage"] for one in await wired.said("v1/harbin/tg/app/other/state")] == ["idle"]


async def test_an_answer_that_waited_too_long_is_not_said(wired: Wired) -> None:
    await wired.press()
    wired.clock.advance(4)
    assert [one["cause"] for one in await wired.grants()] == ["dead_key"]


async def test_a_talkgroup_that_ended_while_the_broker_was_away_is_cleared_afterwards(
    wired: Wired,
) -> None:
    await wired.press()
    state = (await wired.said(STATE))[-1]
    wired.link.away = True
    del wired.table.rules[GROUP]
    wired.table.tell()
    await wired.said(STATE)
    wired.link.published.clear()
    await wired.link.come_back()
    # What the broker kept is said to who subscribes anew.
    await wired.link.give(STATE, json.dumps(state).encode())
    async with asyncio.timeout(5):
        while (STATE, b"") not in wired.link.published:
            await asyncio.sleep(0.01)
    assert {payload for topic, payload in wired.link.published if topic == STATE} == {b""}


async def test_a_talkgroup_that_is_back_at_once_keeps_its_state(wired: Wired) -> None:
    rules = wired.table.rules.pop(GROUP)
    wired.table.tell()
    wired.table.rules[GROUP] = rules
    wired.table.tell()
    await wired.said(STATE)
    assert [payload for topic, payload in wired.link.published if topic == STATE][-1] != b""


async def test_a_state_that_the_broker_did_not_take_is_said_again(wired: Wired) -> None:
    await wired.grants()
    wired.link.unheard.add(STATE)
    await wired.press()
    await wired.grants()
    wired.link.published.clear()
    wired.room.wire.say_again()
    assert await wired.said(STATE) == []
    wired.link.unheard.clear()
    wired.room.wire.say_again()
    assert [one["stage"] for one in await wired.said(STATE)] == ["taken"]
    wired.room.wire.say_again()
    assert len(await wired.said(STATE)) == 1


async def test_a_unit_that_is_named_as_a_person_is_none(wired: Wired) -> None:
    await wired.press("user:wang.fang")
    await wired.press("phone:13904510001", emergency=True)
    assert [one["stage"] for one in await wired.said(STATE)] == ["idle"]
    assert (await wired.grants("user:wang.fang"), await wired.grants("phone:13904510001")) == ([], [])


async def test_the_number_of_a_telephone_is_not_for_the_air(wired: Wired) -> None:
    line = "phone:13904510001"
    wired.table.rights[line] = FloorRight(3, name="13904510001")
    wired.room.control.request(GROUP, line, uuid7())
    state = (await wired.said(STATE))[-1]
    assert (state["talker"]["party"], state["talker"]["name"]) == ("phone", "phone")
    assert "13904510001" not in str(wired.link.published)


async def test_who_waits_and_asks_again_later_is_answered_with_his_place(wired: Wired) -> None:
    await wired.press()
    said_at = wired.clock.now()
    msg_id = await wired.press(OTHER)
    wired.clock.advance(1.9)
    await wired.press(action="talking", token=(await wired.grants())[0]["token"])
    wired.clock.advance(1.9)
    await wired.press(OTHER, msg_id=msg_id, ts=said_at, sent=wired.clock.now())
    assert [(one["result"], one["position"]) for one in await wired.grants(OTHER)] == [
        ("queued", 1), ("queued", 1),
    ]  # fmt: skip


async def test_while_the_role_ends_nobody_is_granted(wired: Wired) -> None:
    wired.room.control.end_all()
    await wired.press()
    (denied,) = await wired.grants()
    assert (denied["result"], denied["cause"]) == ("denied", "restarted")


async def test_a_terminal_that_presses_without_end_takes_nobody_elses_answer_away(wired: Wired) -> None:
    for _ in range(LANES * CAPACITY):
        await wired.press()
    await wired.press(OTHER)
    assert [one["result"] for one in await wired.grants(OTHER)] == ["queued"]
    assert len(await wired.grants()) <= CROWD


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([PTT, STATE, "v1/harbin/tg/app/daoli/floor/req", "v1/harbin/unit/app:1+/up/ptt"]),
    st.binary(max_size=300)
    | st.dictionaries(
        st.sampled_from(["action", "msg_id", "ts", "talkgroup", "of", "token", "op_id", "user_id", "run"]),
        st.text(max_size=20)
        | st.integers()
        | st.none()
        | st.sampled_from(["request", "release", GROUP, str(uuid7()), "2026-01-01T00:00:00Z"]),
    ).map(lambda made: json.dumps(made).encode()),
)
async def test_any_bytes_change_nothing_or_are_a_message(topic: str, payload: bytes) -> None:
    wired = Wired()
    wired.room.control.refresh()
    await wired.link.give(topic, payload)
    view = wired.room.control.view(GROUP)
    assert view is not None
    assert view.waiting == 0


async def test_desks_that_are_gone_leave_nobody_of_theirs_on_the_air_and_crews_talk_on(wired: Wired) -> None:
    request = {"action": "request", "op_id": str(uuid7()), "user_id": "wang.fang", "priority": 10}
    await wired.link.give("v1/harbin/tg/app/daoli/floor/req", json.dumps(request).encode())
    await wired.press()
    assert [one["result"] for one in await wired.grants()] == ["queued"]
    desks = "v1/harbin/role/centre/desks"
    for payload in (b"", b"{}", b"\xff", b'{"online": true}'):
        await wired.link.give(desks, payload)
    assert [one["result"] for one in await wired.grants()] == ["queued"]
    await wired.link.give(desks, b'{"online": false}')
    answers = await wired.said("v1/harbin/tg/app/daoli/floor/res")
    assert [(one["result"], one["cause"]) for one in answers][-1] == ("revoked", "unreachable")
    assert [one["result"] for one in await wired.grants()] == ["queued", "granted"]
    await wired.link.give(desks, b'{"online": false}')
    assert [one["result"] for one in await wired.grants()] == ["queued", "granted"]
