"""All talkgroups together: who may ask, what everybody sees, and what a change of members does."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import pytest

from core.clock import SystemClock
from core.ids import uuid7
from radio_bridge.floor import service
from radio_bridge.floor.model import Cause, FloorRules, FloorStage
from radio_bridge.floor.ports import FloorRight
from radio_bridge.floor.service import FloorControl
from radio_bridge.floor.signals import NetworkGranted, NetworkIdle, NetworkTaken
from tests.radio_bridge.floor.ports import NoPresses
from tests.radio_bridge.floor.world import (
    CREW,
    DESK,
    GROUP,
    LISTENER,
    OTHER,
    OURS,
    RADIO_GROUP,
    STRANGER,
    Heard,
    SimulatedNetwork,
    Table,
    World,
)


def test_a_member_is_granted_and_everybody_sees_who_talks() -> None:
    world = World()
    request_id = world.press(CREW)
    (answer,) = world.heard.answers
    assert (answer.result, answer.request_id, answer.limit_s) == ("granted", request_id, 60)
    view = world.view()
    assert view.stage is FloorStage.TAKEN
    assert view.talker is not None
    assert (view.talker.party, view.talker.name) == (CREW, "道里一组")
    world.control.release(GROUP, CREW, request_id)
    assert world.view().stage is FloorStage.HANG
    assert world.heard.talkers == [("start", CREW, Cause.NONE), ("stop", CREW, Cause.NONE)]


def test_a_radio_that_is_a_units_has_its_name_and_keeps_its_address() -> None:
    world = World()
    world.table.names["sim:4612"] = "道里三组"
    world.control.take(RADIO_GROUP, NetworkTaken("sim:4612"))
    talker = world.view(RADIO_GROUP).talker
    assert talker is not None
    # What it may do here, and with which priority, is its network's affair.
    assert (talker.party, talker.name, talker.priority) == ("sim:4612", "道里三组", 0)
    world.control.take(RADIO_GROUP, NetworkIdle())
    world.control.take(RADIO_GROUP, NetworkTaken("sim:9999"))
    talker = world.view(RADIO_GROUP).talker
    assert talker is not None
    assert (talker.party, talker.name) == ("sim:9999", "sim:9999")


def test_who_does_not_belong_there_is_denied() -> None:
    world = World()
    world.press(STRANGER)
    world.press(LISTENER)
    world.press(CREW, "app:nowhere")
    assert world.heard.results(STRANGER) == ["denied not_a_member"]
    assert world.heard.results(LISTENER) == ["denied listens_only"]
    assert world.heard.results(CREW) == ["denied no_such_group"]
    assert world.view().stage is FloorStage.IDLE


def test_in_an_emergency_a_listener_talks_and_a_stranger_does_not() -> None:
    world = World()
    world.press(DESK)
    world.press(LISTENER, emergency=True)
    assert world.heard.results(LISTENER) == ["granted"]
    assert world.heard.results(DESK) == ["granted", "revoked pre_empted"]
    world.press(STRANGER, emergency=True)
    assert world.heard.results(STRANGER) == ["denied not_a_member"]


def test_no_right_makes_an_emergency() -> None:
    world = World()
    world.table.rights[CREW] = FloorRight(99)
    world.press(CREW)
    world.press(OTHER, emergency=True)
    assert world.heard.results(OTHER) == ["granted"]


def test_sound_is_heard_by_its_token_alone_and_keeps_the_floor() -> None:
    world = World()
    world.press(CREW)
    token = world.token()
    for _ in range(30):
        world.wait(1)
        assert world.control.audio(GROUP, token)
    assert not world.control.audio(RADIO_GROUP, token)
    assert not world.control.audio(GROUP, token + "0")
    world.press(OTHER, emergency=True)
    assert not world.control.audio(GROUP, token)
    assert world.control.audio(GROUP, world.token())


def test_a_dead_key_is_taken_off_and_told() -> None:
    world = World()
    world.press(CREW)
    token = world.token()
    world.wait(4)
    assert world.heard.results(CREW) == ["granted", "revoked dead_key"]
    world.control.talking(GROUP, CREW, token)
    assert world.heard.results(CREW)[-1] == "revoked no_such_token"


def test_a_talkgroup_that_ends_takes_everybody_off() -> None:
    world = World()
    world.press(CREW)
    world.press(OTHER)
    del world.table.rules[GROUP]
    world.table.tell()
    assert world.heard.results(CREW) == ["granted", "revoked closed"]
    assert world.heard.results(OTHER) == ["queued", "denied closed"]
    assert world.heard.gone == [GROUP]
    assert world.control.view(GROUP) is None


def test_a_talkgroup_may_come_at_any_time() -> None:
    world = World()
    world.table.rules["app:accident-4"] = OURS
    world.table.tell()
    assert world.heard.states[-1] == "app:accident-4"
    world.press(CREW, "app:accident-4")
    assert world.heard.results(CREW) == ["granted"]


def test_who_is_put_out_of_the_group_loses_the_floor_and_his_place() -> None:
    world = World()
    world.press(CREW)
    world.press(OTHER)
    del world.table.rights[CREW], world.table.rights[OTHER]
    world.table.tell()
    assert world.heard.results(CREW)[-1] == "revoked not_a_member"
    assert world.heard.results(OTHER)[-1] == "denied not_a_member"


def test_new_rules_count_at_once() -> None:
    world = World()
    world.press(CREW)
    world.table.rules[GROUP] = FloorRules(dead_key_s=0.5)
    world.table.tell()
    world.wait(1)
    assert world.heard.results(CREW)[-1] == "revoked dead_key"


def test_the_network_that_owns_the_floor_is_asked_and_its_word_is_awaited() -> None:
    world = World()
    network = world.network
    assert isinstance(network, SimulatedNetwork)
    request_id = world.press(CREW, RADIO_GROUP)
    assert [ask.request_id for _, ask in network.asked] == [request_id]
    assert world.heard.results(CREW) == []
    assert world.view(RADIO_GROUP).stage is FloorStage.REQUESTED
    world.control.take(RADIO_GROUP, NetworkGranted(CREW, request_id))
    assert world.heard.results(CREW) == ["granted"]
    world.control.release(RADIO_GROUP, CREW, request_id)
    assert network.ceased == [request_id]


async def test_without_a_driver_of_that_network_nobody_is_granted() -> None:
    world = World(network=SimulatedNetwork())
    world.press(CREW, RADIO_GROUP)
    world.press(OTHER, RADIO_GROUP)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert world.heard.results(CREW) == ["denied network_away"]
    assert world.heard.results(OTHER)[-1] == "denied network_away"
    assert world.view(RADIO_GROUP).talker is None


async def test_a_process_that_was_stopped_takes_in_what_waits_before_it_ends_a_talk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "GIVES_WAY_S", 1.5)
    table, heard = Table(), Heard()
    table.rules = {GROUP: FloorRules(dead_key_s=0.3)}
    control = FloorControl(table, SystemClock(), heard, emergencies=NoPresses())
    control.refresh()
    running = asyncio.ensure_future(control.run())
    await asyncio.sleep(0)
    control.request(GROUP, CREW, uuid7())
    floor = control.floor(GROUP)
    assert floor is not None
    assert floor.hold is not None
    control.talking(GROUP, CREW, floor.hold.token)
    await asyncio.sleep(0.01)
    time.sleep(0.6)  # The whole process is late
    await asyncio.sleep(0.05)
    control.talking(GROUP, CREW, floor.hold.token)
    assert heard.results(CREW)[-1] == "granted"
    async with asyncio.timeout(10):
        while heard.results(CREW)[-1] != "revoked dead_key":
            await asyncio.sleep(0.01)
    running.cancel()


async def test_time_passes_by_itself() -> None:
    table, heard = Table(), Heard()
    table.rules = {GROUP: FloorRules(dead_key_s=0.1, hang_s=0.1)}
    control = FloorControl(table, SystemClock(), heard, emergencies=NoPresses())
    control.refresh()
    running = asyncio.ensure_future(control.run())
    await asyncio.sleep(0)
    control.request(GROUP, CREW, uuid7())
    async with asyncio.timeout(5):
        while control.view(GROUP) is None or "revoked dead_key" not in heard.results(CREW):
            await asyncio.sleep(0.01)
        while (view := control.view(GROUP)) is not None and view.stage is not FloorStage.IDLE:
            await asyncio.sleep(0.01)
    running.cancel()


def test_when_the_role_ends_whoever_talks_is_told() -> None:
    world = World()
    world.press(CREW)
    world.control.end_all()
    assert world.heard.results(CREW) == ["granted", "revoked restarted"]
    assert world.view().stage is FloorStage.IDLE


def test_each_press_for_emergency_talk_is_told_of_who_may_be_heard_and_of_nobody_else() -> None:
    told: list[tuple[str, str]] = []

    class Told:
        def pressed(self, group: str, party: str, request_id: UUID) -> None:
            told.append((group, party))

    control = FloorControl(Table(), SystemClock(), Heard(), emergencies=Told())
    control.refresh()
    for party in (CREW, LISTENER, STRANGER):
        control.request(GROUP, party, uuid7(), emergency=True)
    control.request(GROUP, OTHER, uuid7())
    control.request("app:nowhere", CREW, uuid7(), emergency=True)
    assert told == [(GROUP, CREW), (GROUP, LISTENER)]
