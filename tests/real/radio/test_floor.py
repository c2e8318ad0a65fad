"""A talkgroup on a real broker with the real roles: who talks, who is taken off, that nobody stays keyed."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import urllib.request
from uuid import uuid4

import pytest

from gateway.mqtt import MqttLink, PublishDenied, Received
from radio_bridge.floor import topics as group_topics
from radio_bridge.floor.messages import FloorRequest, Grant, Ptt
from radio_bridge.floor.model import Stage as FloorStage
from radio_bridge.mobile import codec, topics
from tests.mqtt.broker import TENANT
from tests.peers.program import PeerFailed
from tests.real.radio.stage import CREW, GROUP, OTHER, OTHER_GROUP, STRANGER, WANG, ZHAO, Stage, get, post
from tests.waiting import until

pytestmark = pytest.mark.real

ROWS, PRESSES = 12, 25


async def test_two_crews_and_two_dispatchers_share_a_talkgroup(stage: Stage) -> None:
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


async def test_a_press_is_not_held_back_to_fill_a_packet(stage: Stage) -> None:
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


async def test_a_dispatcher_who_does_not_repeat_his_request_loses_the_floor(stage: Stage) -> None:
    crew, wang = await stage.handset(CREW), await stage.sign_in(WANG)
    body = {"op_id": str(uuid4())}
    assert (await post(wang, f"/api/floors/{GROUP}/request", body))["result"] == "granted"
    await until(lambda: crew.state.stage is FloorStage.TAKEN, "taken floor")
    await until(lambda: crew.state.stage is not FloorStage.TAKEN, "the end by the watchdog")
    over = await post(wang, f"/api/floors/{GROUP}/request", body)
    assert (over["result"], over["cause"]) == ("revoked", "dead_key")
    with pytest.raises(PeerFailed, match="404"):
        await post(wang, "/api/floors/app:nowhere/request", {"op_id": str(uuid4())})


async def test_a_desk_without_floor_control_is_told_that_nobody_was_granted(stage: Stage) -> None:
    wang = await stage.sign_in(WANG)
    await stage.handset(CREW)
    stage.radio.kill()
    with pytest.raises(PeerFailed, match="floor-away"):
        await post(wang, f"/api/floors/{GROUP}/request", {"op_id": str(uuid4())})


async def test_a_role_killed_with_a_talker_on_the_air_leaves_nobody_keyed(stage: Stage) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    await crew.press()
    token = (await crew.until_told("granted")).token
    await other.press()
    await other.until_told("queued")
    stage.radio.kill()
    await asyncio.to_thread(stage.start_radio)
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


async def test_a_role_that_is_gone_for_good_leaves_nobody_keyed(stage: Stage) -> None:
    crew = await stage.handset(CREW)
    await crew.press()
    grant = await crew.until_told("granted")
    await asyncio.sleep(1)
    assert crew.on_air
    stage.radio.kill()
    assert grant.dead_key_s == 2
    # Not by the watchdog: the last will of floor control is there at once.
    await until(lambda: not crew.on_air, "a handset that is off the air", 1.0)


async def test_a_centre_killed_with_a_dispatcher_on_the_air_frees_the_talkgroup_within_a_second(
    stage: Stage,
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
    stage: Stage,
) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    await crew.press()
    await crew.until_told("granted")
    stage.broker.kill()
    await until(lambda: not crew.on_air, "the handset's own watchdog")
    await asyncio.sleep(3)
    stage.broker.start()
    await until(lambda: other.link.connected and crew.link.connected, "links of both handsets", 20)
    async with asyncio.timeout(20):
        while not other.grants or other.grants[-1].result != "granted":
            # The role may be back a moment later than the handset: the crew presses again.
            await other.press()
            await asyncio.sleep(0.5)
    assert not crew.on_air


async def test_a_frozen_terminal_is_taken_off_and_the_next_one_talks(stage: Stage) -> None:
    crew, other = await stage.handset(CREW), await stage.handset(OTHER)
    crew.silent = True
    await crew.press()
    await crew.until_told("granted")
    await other.press()
    await other.until_told("granted")
    assert (await crew.until_told("revoked")).cause == "dead_key"


async def test_a_button_pressed_while_nobody_listened_is_not_pressed_later(stage: Stage) -> None:
    crew = await stage.handset(CREW)
    stage.radio.kill()
    await crew.press()
    await asyncio.to_thread(stage.start_radio)
    await until(lambda: len({one.run for one in crew.states}) == 2, "the new run")
    await asyncio.sleep(0.5)
    assert crew.grants == []
    assert crew.state.stage is FloorStage.IDLE


async def test_who_pretends_is_refused_by_the_broker_and_keys_nobody(stage: Stage) -> None:
    crew, stranger = await stage.handset(CREW), await stage.handset(STRANGER, OTHER_GROUP)
    button = codec.encode(Ptt(ts=crew.state.ts, action="request", talkgroup=GROUP))
    state = crew.state.model_copy(update={"stage": FloorStage.TAKEN}).model_dump_json().encode()
    desk = FloorRequest(action="request", op_id=uuid4(), user_id="zhao.lei").model_dump_json().encode()
    grant = Grant(ts=crew.state.ts, talkgroup=GROUP, result="granted", token="forged")
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


async def test_who_does_not_belong_to_a_talkgroup_hears_nothing_of_it(stage: Stage) -> None:
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


async def test_the_role_serves_its_own_figures_and_its_health(stage: Stage) -> None:
    crew = await stage.handset(CREW)
    await crew.press()
    await crew.until_told("granted")
    port = int((stage.service.folder / "radio.port").read_text())

    async def fetched(path: str) -> str:
        def read() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                body: str = answer.read().decode()
                return body

        return await asyncio.to_thread(read)

    assert "songhua_radio_bridge_floors_taken 1.0" in await fetched("/metrics")
    parts = {one["part"]: one["state"] for one in json.loads(await fetched("/api/health"))["parts"]}
    assert {name: parts[name] for name in ("floor", "storage", "mqtt")} == dict.fromkeys(
        ("floor", "storage", "mqtt"), "up"
    )
    await crew.let_go()
