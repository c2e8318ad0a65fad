"""A talkgroup on a real broker with the real roles: who talks, who is taken off, rights that change
meanwhile, and people who press at the same moment.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import urllib.request
from uuid import uuid4

import pytest

from field.contract.mobile import codec, topics
from gateway.mqtt import MqttLink, PublishDenied, Received
from radio_bridge.floor import topics as group_topics
from radio_bridge.floor.messages import FloorRequest, GrantMessage, Ptt
from radio_bridge.floor.model import FloorStage
from tests.mqtt.broker import TENANT
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor
from tests.real.radio.stage import (
    CREW,
    GROUP,
    OTHER,
    OTHER_GROUP,
    STRANGER,
    WANG,
    ZHAO,
    TalkgroupStage,
    get,
    post,
)
from tests.waiting import until

pytestmark = pytest.mark.real

ROWS, PRESSES = 12, 25


async def test_two_crews_and_two_dispatchers_share_a_talkgroup(stage: TalkgroupStage) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    wang, zhao = await stage.sign_in(WANG), await stage.sign_in(ZHAO)
    press, path = str(uuid4()), f"/api/floors/{GROUP}"

    await crew.press()
    await crew.until_told("granted")
    await other.press()
    assert (await other.until_told("queued")).position == 1
    answer = await post(wang, f"{path}/request", {"op_id": press})
    assert (answer["result"], answer["position"]) == ("queued", 1)
    await until(lambda: other.grants[-1].position == 2, "the crew behind the dispatcher")

    await crew.let_go()
    await until(
        lambda: other.state.talker is not None and other.state.talker.party == "dispatch",
        "dispatcher on the air",
    )
    again = await post(wang, f"{path}/request", {"op_id": press})
    assert (again["result"], again["op_id"]) == ("granted", press)
    assert again["token"]

    await post(wang, f"{path}/release", {"op_id": press})
    await other.until_told("granted")
    await until(lambda: other.on_air, "crew on the air")
    taken = await post(zhao, f"{path}/request", {"op_id": str(uuid4()), "take_over": True})
    assert taken["result"] == "granted"
    revoked = await other.until_told("revoked")
    assert (revoked.cause, other.on_air) == ("pre_empted", False)

    await crew.press(emergency=True)
    await crew.until_told("granted")
    over = await post(zhao, f"{path}/request", {"op_id": taken["op_id"]})
    assert (over["result"], over["cause"]) == ("revoked", "pre_empted")
    (floor,) = [one for one in (await get(wang, "/api/floors"))["floors"] if one["talkgroup"] == GROUP]
    assert (floor["stage"], floor["talker"], floor["emergency"]) == ("taken", CREW, True)
    said = [(one.event, one.talker.party) for one in other.talkers]
    assert said == [
        ("start", CREW), ("stop", CREW), ("start", "dispatch"), ("stop", "dispatch"), ("start", OTHER),
        ("stop", OTHER), ("start", "dispatch"), ("stop", "dispatch"), ("start", CREW),
    ]  # fmt: skip


async def test_a_press_is_not_held_back_to_fill_a_packet(stage: TalkgroupStage) -> None:
    """Where small messages wait for the receiver's acknowledgement, each way costs 40 ms."""
    crew = await stage.handset(CREW)
    took: list[float] = []
    # The machine may be busy: one good row of presses is proof enough, and without it none is good.
    for _ in range(ROWS):
        row = []
        for _ in range(PRESSES):
            began = time.perf_counter()
            await crew.press()
            await crew.answered("granted")
            row.append(time.perf_counter() - began)
            await crew.let_go()
            await crew.answered("released")
        took.append(statistics.median(row))
        if took[-1] < 0.035:
            return
    pytest.fail(f"medians of press → grant: {[f'{one * 1000:.0f} ms' for one in took]}")


async def test_a_dispatcher_who_does_not_repeat_his_request_loses_the_floor(stage: TalkgroupStage) -> None:
    crew, wang = await stage.handset(CREW), await stage.sign_in(WANG)
    body = {"op_id": str(uuid4())}
    assert (await post(wang, f"/api/floors/{GROUP}/request", body))["result"] == "granted"
    await until(lambda: crew.state.stage is FloorStage.TAKEN, "taken floor")
    await until(lambda: crew.state.stage is not FloorStage.TAKEN, "the end by the watchdog")
    over = await post(wang, f"/api/floors/{GROUP}/request", body)
    assert (over["result"], over["cause"]) == ("revoked", "dead_key")
    with pytest.raises(PeerFailed, match="404"):
        await post(wang, "/api/floors/app:nowhere/request", {"op_id": str(uuid4())})


async def test_a_frozen_terminal_is_taken_off_and_the_next_one_talks(stage: TalkgroupStage) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    crew.silent = True
    await crew.press()
    await crew.until_told("granted")
    await other.press()
    await other.until_told("granted")
    assert (await crew.until_told("revoked")).cause == "dead_key"


async def test_who_pretends_is_refused_by_the_broker_and_keys_nobody(stage: TalkgroupStage) -> None:
    crew, stranger = await stage.handset(CREW), await stage.handset(STRANGER, OTHER_GROUP)
    button = codec.encode(Ptt(ts=crew.state.ts, action="request", talkgroup=GROUP))
    state = crew.state.model_copy(update={"stage": FloorStage.TAKEN}).model_dump_json().encode()
    desk = FloorRequest(action="request", op_id=uuid4(), user_id="zhao.lei").model_dump_json().encode()
    grant = GrantMessage(ts=crew.state.ts, talkgroup=GROUP, result="granted", token="forged")
    for topic, payload in (
        (topics.up(TENANT, CREW, "ptt"), button),
        (group_topics.state(TENANT, GROUP), state),
        (group_topics.state(TENANT, OTHER_GROUP), state),
        (group_topics.talker(TENANT, OTHER_GROUP), b"{}"),
        (group_topics.request(TENANT, GROUP), desk),
        (group_topics.answer(TENANT, GROUP), b"{}"),
        (topics.down(TENANT, CREW, "grant"), codec.encode(grant)),
    ):
        with pytest.raises(PublishDenied):
            await stranger.link.publish(topic, payload)
    # Under its own name it may ask, and is no member.
    stranger.group = GROUP
    await stranger.press()
    assert (await stranger.until_told("denied")).cause == "not_a_member"
    await asyncio.sleep(0.3)
    assert crew.state.stage is FloorStage.IDLE
    assert crew.grants == []


async def test_who_does_not_belong_to_a_talkgroup_hears_nothing_of_it(stage: TalkgroupStage) -> None:
    heard: list[Received] = []

    async def hear(message: Received) -> None:
        heard.append(message)

    spy = MqttLink(stage.account(STRANGER), client_id="spy")
    spy.subscribe(group_topics.state(TENANT, GROUP), hear, name="state")
    spy.subscribe(group_topics.talker(TENANT, GROUP), hear, name="talker")
    spy.subscribe(f"v1/{TENANT}/tg/+/+/floor/res", hear, name="res")
    await spy.start()
    try:
        await spy.wait_connected(10)
        crew = await stage.handset(CREW)
        await crew.press()
        await crew.until_told("granted")
        await until(lambda: bool(crew.talkers), "talker")
        await asyncio.sleep(0.3)
        assert heard == []
        assert "denies the subscription" in spy.health().why
    finally:
        await spy.stop()


async def test_the_role_serves_its_own_figures_and_its_health(stage: TalkgroupStage) -> None:
    crew = await stage.handset(CREW)
    await crew.press()
    await crew.until_told("granted")
    port = int((stage.service.folder / "radio.port").read_text())

    async def fetched(path: str) -> str:
        def read() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                body: str = answer.read().decode()
                return body

        return await asyncio.to_thread(read)

    assert "songhua_radio_bridge_floors_taken 1.0" in await fetched("/metrics")
    parts = {one["part"]: one["state"] for one in json.loads(await fetched("/api/health"))["parts"]}
    assert {name: parts[name] for name in ("floor", "storage", "mqtt")} == dict.fromkeys(
        ("floor", "storage", "mqtt"), "up"
    )
    await crew.let_go()


async def move(wang: Visitor, group: str, **units: list[str]) -> None:
    await post(wang, f"/api/talkgroups/{group}/members", {"op_id": str(uuid4()), **units})


async def test_who_is_taken_off_the_group_in_mid_talk_is_off_the_air_and_hears_no_more(
    stage: TalkgroupStage,
) -> None:
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


async def test_who_is_put_on_a_second_group_in_mid_talk_talks_on(stage: TalkgroupStage) -> None:
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


async def test_a_unit_that_is_revoked_in_mid_talk_leaves_the_floor_free(stage: TalkgroupStage) -> None:
    crew, stranger = await stage.handset(CREW), await stage.handset(STRANGER, OTHER_GROUP)
    wang = await stage.sign_in(WANG)
    await move(wang, GROUP, add=[STRANGER])
    stranger.group = GROUP
    try:

        async def granted() -> bool:
            await stranger.press()
            await asyncio.sleep(0.5)
            return bool(stranger.grants) and stranger.grants[-1].result == "granted"

        await until(granted, "grant on the new group", 20)
        await post(wang, f"/api/units/{STRANGER}/revoke", {"op_id": str(uuid4())})
        await until(lambda: not stranger.on_air, "a handset that is off the air")
        await until(lambda: crew.state.stage is not FloorStage.TAKEN, "a floor that is free")
        await crew.press()
        await crew.until_told("granted")
    finally:
        await stage.enrol_again(STRANGER, OTHER_GROUP)


async def test_a_group_that_is_removed_in_mid_talk_ends_the_talk_and_leaves_nothing_behind(
    stage: TalkgroupStage,
) -> None:
    wang, group = await stage.sign_in(WANG), f"app:passing-{uuid4().hex[:6]}"
    await asyncio.to_thread(stage.make_group, wang, group, [CREW])
    crew = await stage.handset(CREW, group)
    await crew.press_until("granted")
    await post(wang, f"/api/talkgroups/{group}/remove", {"op_id": str(uuid4())})
    assert (await crew.until_told("revoked")).cause == "closed"
    await until(lambda: not crew.on_air, "handset that is off the air")
    assert (await crew.press_until("denied")).cause == "no_such_group"
    floors = (await get(wang, "/api/floors"))["floors"]
    assert group not in {one["talkgroup"] for one in floors}
    kept = await stage.retained()
    assert group_topics.state(TENANT, group) not in kept
    assert group_topics.state(TENANT, GROUP) in kept


async def test_two_dispatchers_who_take_over_at_the_same_moment_do_not_cut_each_other(
    stage: TalkgroupStage,
) -> None:
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


async def test_the_command_line_tells_who_talks(stage: TalkgroupStage) -> None:
    crew = await stage.handset(CREW)
    await crew.press(emergency=True)
    await crew.until_told("granted")
    told = json.loads(await stage.songhua("tg", "floors", "--json"))
    (found,) = [one for one in told["floors"] if one["talkgroup"] == GROUP]
    assert (found["stage"], found["talker"], found["emergency"]) == ("taken", CREW, True)
    assert {one["talkgroup"] for one in told["floors"]} == {GROUP, OTHER_GROUP}
    for language, word in (("zh", "紧急"), ("en", "EMERGENCY")):

        async def said(language: str = language, word: str = word) -> bool:
            # A talk has its limit, and a busy machine starts us slowly.
            await crew.press(emergency=True)
            return word in await stage.songhua("tg", "floors", "--language", language)

        await until(said, f"emergency in {language}", 60)
