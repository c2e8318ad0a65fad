"""Taps: each answered leg apart, shed when there is no room, and never a hindrance to the call."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from core.events import parse
from core.ids import call_id, leg_id
from core.storage import Storage
from core.storage.schema import outbox
from hotline.events import BoardChanged, CallEnded, LegNotTranscribed, LegUnheard
from hotline.settings import HotlineSettings
from hotline.taps.model import Loads
from speech.events import UTTERANCE_MOST_S
from tests.hotline.stream import message
from tests.hotline.world import CallScript, PlayedNode, World


async def _talks(world: World, script: CallScript, endpoint: str = "agent101") -> str:
    leg, rings = script.rings(endpoint)
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, endpoint)])
    return leg


async def test_both_parties_are_tapped_apart_when_the_agent_answers(world: World) -> None:
    script = CallScript()
    leg, rings = script.rings("agent101")
    await world.plays([*script.arrives(), *script.queues(), *rings])
    assert world.switch.taps == []
    await world.plays(script.answers(leg, "agent101"))
    assert {(tap.speaker, tap.leg_id) for tap in world.speech.announced} == {
        ("citizen", leg_id("hl", script.citizen)),
        ("agent", leg_id("hl", leg)),
    }
    assert {tap.call_id for tap in world.speech.announced} == {call_id("hl", script.linkedid)}
    assert {tap.language for tap in world.speech.announced} == {"zh"}
    assert [tap_id for _, tap_id, *_ in world.switch.taps] == [tap.tap_id for tap in world.speech.announced]


async def test_without_a_speech_node_the_desk_is_told_and_the_call_goes_on(world: World) -> None:
    world.speech.nodes = []
    await _talks(world, CallScript())
    assert {(shed.reason, shed.speaker) for shed in world.bus.of(LegNotTranscribed)} == {
        ("no_node", "citizen"),
        ("no_node", "agent"),
    }
    (call,) = world.hotline.board.calls()
    assert call.state == "talking"


async def test_full_nodes_shed_new_legs_and_keep_what_they_have(world: World) -> None:
    world.speech.nodes = [PlayedNode(free=3)]
    await _talks(world, CallScript(1))
    await _talks(world, CallScript(2), "agent102")
    assert len(world.switch.taps) == 3
    assert [shed.reason for shed in world.bus.of(LegNotTranscribed)] == ["no_capacity"]


@pytest.mark.parametrize(
    ("speech", "switch", "reason"), [(True, False, "announce_failed"), (False, True, "switch_refused")]
)
async def test_a_failing_neighbour_sheds_the_tap_only(
    world: World, speech: bool, switch: bool, reason: str
) -> None:
    world.speech.broken, world.switch.away = speech, switch
    await _talks(world, CallScript())
    assert {shed.reason for shed in world.bus.of(LegNotTranscribed)} == {reason}
    assert len(world.hotline.taps) == 0


async def test_a_switch_that_never_answers_is_given_up(storage: Storage) -> None:
    world = World(storage, HotlineSettings(system_name="hl", tap_deadline_s=0.01))
    await world.connect()
    world.switch.slow = asyncio.Event()
    await _talks(world, CallScript())
    await asyncio.sleep(0.05)
    assert {shed.reason for shed in world.bus.of(LegNotTranscribed)} == {"timeout"}
    await world.hotline.stop()


async def test_a_tap_that_breaks_is_put_again_a_few_times(world: World) -> None:
    await _talks(world, CallScript())
    citizen = world.speech.announced[0].leg_id
    for _ in range(5):
        last = [tap for tap in world.speech.announced if tap.leg_id == citizen][-1]
        world.hotline.taps.lost(str(last.tap_id), "tap_ended")
        await world.plays([])
    assert len([tap for tap in world.speech.announced if tap.leg_id == citizen]) == 3


async def test_the_end_of_a_taps_channel_says_that_it_is_lost(world: World) -> None:
    await _talks(world, CallScript())
    tap_id = world.speech.announced[0].tap_id
    await world.plays([message("Hangup", Uniqueid=f"tap-{tap_id}", Channel="AudioSocket/127.0.0.1:9-x")])
    assert len(world.speech.announced) == 3
    assert world.bus.of(CallEnded) == []


async def test_a_tap_ends_with_its_leg(world: World) -> None:
    script = CallScript()
    leg = await _talks(world, script)
    await world.plays(script.hangs_up(leg))
    assert len(world.hotline.taps) == 1
    await world.plays(script.hangs_up())
    assert len(world.hotline.taps) == 0
    world.hotline.taps.lost(str(UUID(int=1)), "tap_ended")


def test_taps_just_given_count_until_the_node_has_reported() -> None:
    loads = Loads()
    node = PlayedNode("big", free=2)
    loads.give("big", 0.0, node.free)
    loads.give("big", 0.0, node.free)
    assert loads.room(node, 0.0) == 0
    assert loads.room(PlayedNode("big", free=1), 0.0) == 0
    assert loads.room(node, 6.0) == 2
    loads.take("big", 7.0)
    node.free = -2
    assert [loads.room(node, at) for at in (7.0, 8.0, 9.5)] == [-1, -1, -2]


def test_taps_that_a_node_has_reported_are_not_counted_a_second_time() -> None:
    loads = Loads()
    for _ in range(2):
        loads.give("big", 0.0, 4)
    assert [loads.room(PlayedNode("big", free=free), 1.0) for free in (4, 3, 2)] == [2, 2, 2]
    for _ in range(2):
        loads.give("big", 1.5, 2)
    assert [loads.room(PlayedNode("big", free=free), 2.0) for free in (2, 1, 0)] == [0, 0, 0]
    # Another tap has ended meanwhile: which of the two it was is not known, so it is not believed yet.
    assert loads.room(PlayedNode("big", free=3), 2.0) == 0
    assert loads.room(PlayedNode("big", free=3), 7.0) == 3


async def test_a_call_that_comes_a_second_after_another_is_not_told_that_there_is_no_room(
    world: World,
) -> None:
    world.speech.nodes = [PlayedNode(free=4)]
    await _talks(world, CallScript(1))
    world.clock.advance(1.5)
    world.speech.nodes = [PlayedNode(free=2)]
    world.hotline.taps.look()
    await _talks(world, CallScript(2), "agent102")
    assert len(world.hotline.taps) == 4
    assert world.bus.of(LegNotTranscribed) == []


async def test_who_was_shed_is_heard_when_there_is_room_and_the_time_between_is_written_down(
    world: World,
) -> None:
    world.speech.nodes = [PlayedNode(free=0)]
    script = CallScript()
    leg = await _talks(world, script)
    assert world.hotline.taps.unheard == 2
    world.clock.advance(7)
    world.speech.nodes = [PlayedNode(free=10)]
    world.hotline.taps.look()
    await world.plays([])
    assert {tap.leg_id for tap in world.speech.announced} == {
        leg_id("hl", script.citizen),
        leg_id("hl", leg),
    }
    assert world.hotline.taps.unheard == 0
    kept = await unheard(world)
    assert {one.reason for one in kept} == {"no_capacity"}
    assert {(one.ended - one.began).total_seconds() for one in kept} == {7.0}


async def test_a_queues_call_takes_the_place_of_a_second_leg_and_never_that_of_another_queues_call(
    world: World,
) -> None:
    world.speech.nodes = [PlayedNode(free=3)]
    first, second = CallScript(1), CallScript(2)
    await _talks(world, first)
    beside, rings = first.rings("agent103", queue="")
    await world.plays([*rings, *first.answers(beside, "agent103")])
    assert len(world.speech.announced) == 3
    world.clock.advance(10)
    world.speech.nodes = [PlayedNode(free=0)]
    leg = await _talks(world, second, "agent102")
    assert world.speech.announced[-1].leg_id == leg_id("hl", leg)
    assert [shed.reason for shed in world.bus.of(LegNotTranscribed)] == ["displaced", "no_capacity"]
    assert next(shed.leg_id for shed in world.bus.of(LegNotTranscribed)) == leg_id("hl", beside)
    assert len(world.speech.retired) == 1


async def test_a_node_that_takes_less_sheds_the_newest(world: World) -> None:
    await _talks(world, CallScript(1))
    world.clock.advance(10)
    newest = CallScript(2)
    await _talks(world, newest, "agent102")
    world.clock.advance(10)
    world.speech.nodes = [PlayedNode(free=-2)]
    world.hotline.taps.look()
    await world.plays([])
    assert {shed.call_id for shed in world.bus.of(LegNotTranscribed)} == {call_id("hl", newest.linkedid)}
    assert len(world.hotline.taps) == 2


async def test_the_taps_of_a_node_that_has_gone_go_to_another_with_a_gap(world: World) -> None:
    world.speech.nodes = [PlayedNode("a", free=20), PlayedNode("b", free=1)]
    await _talks(world, CallScript())
    assert {tap.node for tap in world.speech.announced} == {"a"}
    world.clock.advance(60)
    world.speech.nodes = [PlayedNode("b", free=10)]
    asked: list[int] = []
    world.hotline.link.ask_snapshot = lambda: asked.append(1)
    went = world.clock.now()
    world.hotline.taps.look()
    assert asked
    world.clock.advance(16)
    world.hotline.taps.look()
    await world.plays([])
    assert [tap.node for tap in world.speech.announced] == ["a", "a", "b", "b"]
    gaps = await unheard(world)
    assert {one.reason for one in gaps} == {"node_lost"}
    # The longest utterance was being said when the node went, and not when that was believed.
    assert {one.began for one in gaps} == {went - timedelta(seconds=UTTERANCE_MOST_S)}


async def test_a_tap_that_a_node_had_no_room_for_is_no_running_one(world: World) -> None:
    world.speech.nodes = [PlayedNode(free=2)]
    await _talks(world, CallScript())
    world.speech.nodes = [PlayedNode(free=0)]
    world.hotline.taps.refused(str(world.speech.announced[0].tap_id))
    assert [shed.reason for shed in world.bus.of(LegNotTranscribed)] == ["no_capacity"]
    assert (len(world.hotline.taps), world.hotline.taps.unheard) == (1, 1)


async def test_the_board_counts_who_is_not_heard_and_is_told_when_there_is_room_again(world: World) -> None:
    world.speech.nodes = [PlayedNode(free=1)]
    await _talks(world, CallScript())
    assert world.hotline.figures.view().unheard == 1
    await asyncio.sleep(1.1)
    assert world.bus.of(BoardChanged)[-1].board.unheard == 1
    world.speech.nodes = [PlayedNode(free=10)]
    world.hotline.taps.look()
    await asyncio.sleep(1.1)
    assert world.bus.of(BoardChanged)[-1].board.unheard == 0


async def test_a_paused_call_is_not_counted_as_unheard_on_the_board(world: World) -> None:
    script = CallScript()
    world.pauses.calls.add(call_id("hl", script.linkedid))
    await _talks(world, script)
    assert (world.hotline.taps.unheard, world.hotline.figures.view().unheard) == (2, 0)
    world.pauses.calls.clear()
    world.speech.nodes = []
    world.hotline.taps.pauses_changed()
    assert world.hotline.figures.view().unheard == 2


async def unheard(world: World) -> list[LegUnheard]:
    """What was written down of legs that nobody heard."""
    await world.hotline.unheard.write_waiting()
    async with world.storage.read() as connection:
        rows = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars()
        found = [parse(row) for row in rows]
    return [one for one in found if isinstance(one, LegUnheard)]


async def test_both_parties_of_a_call_that_we_placed_are_tapped_once_they_talk(world: World) -> None:
    """A callback: the agent's telephone rings first, then the citizen's."""

    def about(uniqueid: str, channel: str, state: int, **more: str) -> dict[str, str]:
        legs = {"Uniqueid": uniqueid, "Linkedid": "hl-9.1", "Channel": channel}
        return {**legs, "ChannelState": str(state), **more}

    desk, citizen = ("hl-9.1", "PJSIP/agent101-00000091"), ("hl-9.2", "PJSIP/trunk-00000092")
    dials = {"DestUniqueid": citizen[0], "DestLinkedid": "hl-9.1", "DestChannel": citizen[1]}
    await world.plays(
        [
            message("Newchannel", **about(*desk, 0)),
            message("Newstate", **about(*desk, 6)),
            message("Newchannel", **about(*citizen, 0)),
            message("DialBegin", **about(*desk, 6, **dials)),
            message("Newstate", **about(*citizen, 6)),
        ]
    )
    assert world.speech.announced == []
    bridges = [message("BridgeEnter", **about(*leg, 6, BridgeUniqueid="b9")) for leg in (desk, citizen)]
    await world.plays([*bridges, *bridges])
    assert {(tap.speaker, tap.leg_id) for tap in world.speech.announced} == {
        ("citizen", leg_id("hl", citizen[0])),
        ("agent", leg_id("hl", desk[0])),
    }
    assert len(world.speech.announced) == 2


async def test_taps_can_be_turned_off(storage: Storage) -> None:
    world = World(storage, HotlineSettings(system_name="hl", max_taps=0))
    await world.connect()
    await _talks(world, CallScript())
    assert world.switch.taps == []
    assert world.bus.of(LegNotTranscribed) == []
