"""Rights that change while somebody talks, and people who press at the same moment; real broker and roles."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from radio_bridge.floor import topics as group_topics
from radio_bridge.floor.model import Stage as FloorStage
from tests.mqtt.broker import TENANT
from tests.peers.songhua import Visitor
from tests.real.radio.stage import CREW, GROUP, OTHER, OTHER_GROUP, STRANGER, WANG, ZHAO, Stage, get, post
from tests.waiting import until

pytestmark = pytest.mark.real


async def move(wang: Visitor, group: str, **units: list[str]) -> None:
    await post(wang, f"/api/talkgroups/{group}/members", {"op_id": str(uuid4()), **units})


async def floor_of(wang: Visitor, group: str) -> dict[str, Any]:
    (found,) = [one for one in (await get(wang, "/api/floors"))["floors"] if one["talkgroup"] == group]
    return dict(found)


async def test_who_is_taken_off_the_group_in_mid_talk_is_off_the_air_and_hears_no_more(stage: Stage) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    wang = await stage.sign_in(WANG)
    await crew.press()
    await crew.until_told("granted")
    await other.press()
    await other.until_told("queued")
    try:
        await move(wang, GROUP, remove=[CREW])
        assert (await crew.until_told("revoked")).cause == "not_a_member"
        await until(lambda: not crew.on_air, "handset that is off the air")
        await other.until_told("granted")
        await stage.may_not_hear(CREW, GROUP)
        seen = len(crew.talkers)
        await other.let_go()
        await other.until_told("released")
        await until(lambda: other.talkers[-1].event == "stop", "end of the talk")
        await asyncio.sleep(0.3)
        assert len(crew.talkers) == seen
        await crew.press()
        assert (await crew.until_told("denied")).cause == "not_a_member"
        await crew.press(emergency=True)
        assert (await crew.until_told("denied")).cause == "not_a_member"
    finally:
        await move(wang, GROUP, add=[CREW])


async def test_who_is_put_on_a_second_group_in_mid_talk_talks_on(stage: Stage) -> None:
    crew, wang = await stage.handset(CREW), await stage.sign_in(WANG)
    await crew.press()
    token = (await crew.until_told("granted")).token
    try:
        await move(wang, OTHER_GROUP, add=[CREW])
        await stage.may_hear(CREW, OTHER_GROUP)
        await asyncio.sleep(3)
        assert crew.on_air
        assert {one.token for one in crew.grants} == {token}
    finally:
        await move(wang, OTHER_GROUP, remove=[CREW])


async def test_a_unit_that_is_revoked_in_mid_talk_leaves_the_floor_free(stage: Stage) -> None:
    crew, stranger = await stage.handset(CREW), await stage.handset(STRANGER, OTHER_GROUP)
    wang = await stage.sign_in(WANG)
    await move(wang, GROUP, add=[STRANGER])
    stranger.group = GROUP
    try:
        async with asyncio.timeout(20):
            while not stranger.grants or stranger.grants[-1].result != "granted":
                await stranger.press()
                await asyncio.sleep(0.5)
        await post(wang, f"/api/units/{STRANGER}/revoke", {"op_id": str(uuid4())})
        await until(lambda: not stranger.on_air, "a handset that is off the air")
        await until(lambda: crew.state.stage is not FloorStage.TAKEN, "a floor that is free")
        await crew.press()
        await crew.until_told("granted")
    finally:
        await stage.enrol_again(STRANGER, OTHER_GROUP)


async def test_a_group_that_is_removed_in_mid_talk_ends_the_talk_and_leaves_nothing_behind(
    stage: Stage,
) -> None:
    wang, group = await stage.sign_in(WANG), f"app:passing-{uuid4().hex[:6]}"
    await asyncio.to_thread(stage.make_group, wang, group, [CREW])
    crew = await stage.handset(CREW, group)
    await crew.press()
    await crew.until_told("granted")
    await post(wang, f"/api/talkgroups/{group}/remove", {"op_id": str(uuid4())})
    assert (await crew.until_told("revoked")).cause == "closed"
    await until(lambda: not crew.on_air, "handset that is off the air")
    await crew.press()
    assert (await crew.until_told("denied")).cause == "no_such_group"
    floors = (await get(wang, "/api/floors"))["floors"]
    assert group not in {one["talkgroup"] for one in floors}
    kept = await stage.retained()
    assert group_topics.state(TENANT, group) not in kept
    assert group_topics.state(TENANT, GROUP) in kept


async def test_two_dispatchers_who_take_over_at_the_same_moment_do_not_cut_each_other(stage: Stage) -> None:
    crew = await stage.handset(CREW)
    wang, zhao = await stage.sign_in(WANG), await stage.sign_in(ZHAO)
    for _ in range(5):
        await crew.press()
        await crew.until_told("granted")
        presses = [(who, str(uuid4())) for who in (wang, zhao)]
        answers = await asyncio.gather(
            *(
                post(who, f"/api/floors/{GROUP}/request", {"op_id": op_id, "take_over": True})
                for who, op_id in presses
            )
        )
        assert sorted(answer["result"] for answer in answers) == ["granted", "queued"]
        assert (await crew.until_told("revoked")).cause == "pre_empted"
        for who, op_id in presses:
            await post(who, f"/api/floors/{GROUP}/release", {"op_id": op_id})
        await until(lambda: crew.state.stage is not FloorStage.TAKEN, "free floor")


async def test_the_command_line_tells_who_talks(stage: Stage) -> None:
    crew = await stage.handset(CREW)
    await crew.press(emergency=True)
    await crew.until_told("granted")
    told = json.loads(await stage.songhua("tg", "floors", "--json"))
    (found,) = [one for one in told["floors"] if one["talkgroup"] == GROUP]
    assert (found["stage"], found["talker"], found["emergency"]) == ("taken", CREW, True)
    assert {one["talkgroup"] for one in told["floors"]} == {GROUP, OTHER_GROUP}
    for language, word in (("zh", "紧急"), ("en", "EMERGENCY")):
        async with asyncio.timeout(60):
            while word not in await stage.songhua("tg", "floors", "--language", language):
                await crew.press(emergency=True)  # a talk has its limit, and a busy machine starts us slowly
    stage.radio.kill()
    async with asyncio.timeout(30):
        while "话权控制不在线" not in await stage.songhua("tg", "floors", "--language", "zh"):
            await asyncio.sleep(0.2)


async def test_a_desk_sees_that_floor_control_is_away_and_nobody_talks(stage: Stage) -> None:
    crew, wang = await stage.handset(CREW), await stage.sign_in(WANG)
    await crew.press()
    await crew.until_told("granted")
    assert (await floor_of(wang, GROUP))["talker"] == CREW
    stage.radio.kill()
    async with asyncio.timeout(10):
        while (shown := await floor_of(wang, GROUP))["stage"] != "away":
            await asyncio.sleep(0.1)
    assert shown["talker"] == ""
    await asyncio.to_thread(stage.start_radio)
    async with asyncio.timeout(10):
        while (await floor_of(wang, GROUP))["stage"] != "idle":
            await asyncio.sleep(0.1)
