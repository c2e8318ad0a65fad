"""While a call's recording is paused no machine hears it: not its legs, not those that come, nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import select

from core.events import parse
from core.ids import call_id, leg_id
from core.storage import Storage
from core.storage.schema import outbox
from gateway.wiring.cdr import TapsOfPauses
from hotline.events import LegNotTranscribed, LegUnheard
from hotline.settings import HotlineSettings
from speech.events import UTTERANCE_MOST_S
from tests.hotline.stream import Message, message
from tests.hotline.world import CallScript, PlayedNode, World, settle


async def talks(world: World, script: CallScript, endpoint: str = "agent101") -> str:
    leg, rings = script.rings(endpoint)
    await world.plays([*script.arrives(), *script.queues(), *rings, *script.answers(leg, endpoint)])
    return leg


def of(script: CallScript) -> UUID:
    return call_id("hl", script.linkedid)


async def pause(world: World, script: CallScript) -> None:
    """As the ledger does it."""
    world.pauses.calls.add(of(script))
    await TapsOfPauses(lambda: world.hotline).stop(of(script))
    await settle()


async def go_on(world: World, script: CallScript) -> None:
    world.pauses.calls.discard(of(script))
    world.hotline.taps.pauses_changed()
    await settle()


async def unheard(world: World) -> list[LegUnheard]:
    await world.hotline.unheard.write_waiting()
    async with world.storage.read() as connection:
        rows = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars()
        found = [parse(row) for row in rows]
    return [one for one in found if isinstance(one, LegUnheard)]


def kept(gaps: list[LegUnheard]) -> list[tuple[str, str, float]]:
    return [(one.speaker, one.reason, (one.ended - one.began).total_seconds()) for one in gaps]


async def test_a_pause_ends_the_taps_of_its_call_in_the_switch_and_they_come_back(world: World) -> None:
    paused, other = CallScript(1), CallScript(2)
    leg = await talks(world, paused)
    await talks(world, other, "agent102")
    before = [tap.tap_id for tap in world.speech.announced]
    await pause(world, paused)
    assert world.switch.live_taps == before[2:]
    assert {tap_id for _, tap_id in world.speech.retired} == set(before[:2]), "the node is told as well"
    world.clock.advance(12)
    world.hotline.taps.look()
    await settle()
    assert len(world.speech.announced) == 4, "nobody hears it meanwhile"
    await go_on(world, paused)
    again = world.speech.announced[4:]
    assert {tap.leg_id for tap in again} == {leg_id("hl", paused.citizen), leg_id("hl", leg)}
    assert {tap.call_id for tap in again} == {of(paused)}
    assert sorted(kept(await unheard(world))) == [("agent", "paused", 12.0), ("citizen", "paused", 12.0)]
    assert world.bus.of(LegNotTranscribed) == [], "it was no shortage"


async def test_who_comes_into_a_paused_call_is_not_heard_either(world: World) -> None:
    script = CallScript()
    await talks(world, script)
    await pause(world, script)
    beside, rings = script.rings("agent103", queue="")
    await world.plays([*rings, *script.answers(beside, "agent103")])
    assert world.switch.live_taps == []
    world.clock.advance(5)
    await world.plays(script.hangs_up(beside))
    assert kept(await unheard(world)) == [("agent", "paused", 5.0)]


async def test_a_pause_that_lasts_to_the_end_of_the_call_is_written_down(world: World) -> None:
    script = CallScript()
    leg = await talks(world, script)
    await pause(world, script)
    world.clock.advance(3)
    await world.plays([*script.hangs_up(leg), *script.hangs_up()])
    assert kept(await unheard(world)) == [("agent", "paused", 3.0), ("citizen", "paused", 3.0)]
    assert world.switch.live_taps == []


async def test_the_places_of_a_paused_call_are_kept_for_it(world: World) -> None:
    world.speech.nodes = [PlayedNode(free=2)]
    first = CallScript(1)
    await talks(world, first)
    await pause(world, first)
    world.clock.advance(10)
    world.speech.nodes = [PlayedNode(free=2)]  # the node itself knows nothing of pauses
    await talks(world, CallScript(2), "agent102")
    assert [shed.reason for shed in world.bus.of(LegNotTranscribed)] == ["no_capacity", "no_capacity"]
    await go_on(world, first)
    assert {tap.call_id for tap in world.speech.announced[2:]} == {of(first)}


async def test_after_a_pause_a_missing_node_is_a_gap_of_its_own(world: World) -> None:
    """A worker that goes in the pause changes nothing of it; what follows is missing, and not the pause."""
    script = CallScript()
    await talks(world, script)
    await pause(world, script)
    world.clock.advance(4)
    world.speech.nodes = []
    world.hotline.taps.look()
    await go_on(world, script)
    assert {shed.reason for shed in world.bus.of(LegNotTranscribed)} == {"no_node"}
    world.clock.advance(6)
    world.speech.nodes = [PlayedNode("speech-2")]
    world.hotline.taps.look()
    await settle()
    assert {tap.node for tap in world.speech.announced[2:]} == {"speech-2"}
    gaps = kept(await unheard(world))
    assert {one[1:] for one in gaps} == {("paused", 4.0), ("no_node", 6.0)}
    assert len(gaps) == 4


async def test_a_leg_that_nobody_heard_has_its_time_split_at_the_pause(world: World) -> None:
    world.speech.nodes = []
    script = CallScript()
    await talks(world, script)
    world.clock.advance(2)
    await pause(world, script)
    world.clock.advance(3)
    await go_on(world, script)
    world.clock.advance(4)
    await world.plays(script.hangs_up())
    citizen = [one for one in await unheard(world) if one.speaker == "citizen"]
    assert kept(citizen) == [
        ("citizen", "no_node", 2.0), ("citizen", "paused", 3.0), ("citizen", "no_node", 4.0),
    ]  # fmt: skip
    assert all(one.ended == after.began for one, after in pairwise(citizen))


async def test_a_tap_that_is_being_placed_as_the_pause_begins_ends_too(world: World) -> None:
    world.switch.slow = asyncio.Event()
    script = CallScript()
    await talks(world, script)
    assert world.switch.taps == []
    world.pauses.calls.add(of(script))
    await world.hotline.taps.hush()
    world.switch.slow.set()
    await settle()
    assert len(world.switch.taps) == 2
    assert world.switch.live_taps == []
    assert len(world.hotline.taps) == 0


async def test_a_tap_that_may_take_long_to_be_placed_is_ended_however_late_it_comes(storage: Storage) -> None:
    world, script = World(storage, HotlineSettings(system_name="hl", tap_deadline_s=20)), CallScript()
    await world.hotline.start()
    await world.connect()
    world.switch.slow = asyncio.Event()
    await talks(world, script)
    world.pauses.calls.add(of(script))
    await world.hotline.taps.hush()
    while world.clock.monotonic() < 18:
        before = world.clock.monotonic()
        await settle()
        assert world.clock.monotonic() > before, "nobody looks for it any more"
    world.switch.slow.set()
    await settle()
    assert len(world.switch.taps) == 2
    assert world.switch.live_taps == []
    await world.hotline.stop()


async def test_a_switch_that_does_not_answer_is_asked_again(world: World) -> None:
    script = CallScript()
    await talks(world, script)
    world.switch.away = True
    world.pauses.calls.add(of(script))
    with pytest.raises(ConnectionError):
        await world.hotline.taps.hush()
    assert len(world.hotline.taps) == 2
    world.switch.away = False
    world.hotline.taps.look()
    await settle()
    assert world.switch.live_taps == []
    assert len(world.hotline.taps) == 0


@pytest.mark.parametrize("told_by", ["the node", "the switch"])
async def test_a_tap_that_ends_by_the_pause_is_no_loss_of_its_node(world: World, told_by: str) -> None:
    """The end of the sound is known before the switch's answer to the order that ended it."""
    world.speech.nodes = [PlayedNode(free=2)]
    script = CallScript()
    await talks(world, script)
    world.clock.advance(20)
    ended = list(world.switch.live_taps)
    world.switch.ending = asyncio.Event()
    world.pauses.calls.add(of(script))
    pausing = asyncio.create_task(TapsOfPauses(lambda: world.hotline).stop(of(script)))
    await settle()
    for tap_id in ended:
        if told_by == "the node":
            world.hotline.taps.lost(str(tap_id), "tap_ended")
        else:
            world.hotline.taps.lost(str(tap_id))
    world.switch.ending.set()
    assert await pausing
    world.clock.advance(10)
    world.speech.nodes = [PlayedNode(free=2)]
    await talks(world, CallScript(2), "agent102")
    assert len(world.speech.announced) == 2, "its places are kept"
    await go_on(world, script)
    assert {tap.call_id for tap in world.speech.announced[2:]} == {of(script)}
    gaps = [one for one in await unheard(world) if one.call_id == of(script)]
    assert {one[1:] for one in kept(gaps)} == {("paused", 10.0)}, "from the pause on, not before"


async def test_a_node_that_is_lost_after_a_pause_that_its_tap_outlived_is_a_loss(world: World) -> None:
    script = CallScript()
    await talks(world, script)
    world.switch.away = True
    with pytest.raises(ConnectionError):
        await pause(world, script)
    await go_on(world, script)
    world.switch.away = False
    assert len(world.hotline.taps) == 2
    world.clock.advance(40)
    for tap_id in list(world.switch.live_taps):
        world.hotline.taps.lost(str(tap_id))
    await settle()
    assert {one[1:] for one in kept(await unheard(world))} == {("node_lost", UTTERANCE_MOST_S)}


async def test_a_tap_of_another_call_that_does_not_end_is_not_in_the_way(world: World) -> None:
    stuck, other = CallScript(1), CallScript(2)
    await talks(world, stuck)
    taps = list(world.switch.live_taps)
    await talks(world, other, "agent102")
    world.switch.unended.add(taps[0])
    with pytest.raises(ConnectionError):
        await pause(world, stuck)
    await pause(world, other)
    assert world.switch.live_taps == taps[:1], "all the others have ended"


async def test_a_call_that_is_joined_to_a_paused_one_is_not_heard_from_then_on(world: World) -> None:
    first, second = CallScript(1), CallScript(2)
    await talks(world, first)
    await talks(world, second, "agent102")
    await pause(world, second)
    about = {"Uniqueid": second.citizen, "Linkedid": first.linkedid, "Channel": second.channel}
    await world.plays(
        [message("BridgeEnter", **about, ChannelState="6", BridgeUniqueid="b1")],
    )
    (call,) = world.hotline.board.calls()
    assert call.call_id == of(first)
    assert world.switch.live_taps == []


async def test_a_pause_that_is_asked_by_one_id_of_a_joined_call_reaches_legs_that_came_with_the_other(
    world: World,
) -> None:
    """Who stays of the two calls has the taps of the one, and goes by the id of the other."""
    first, second = CallScript(1), CallScript(2)
    leg = await talks(world, first)
    await talks(world, second, "agent102")
    about = {"Uniqueid": second.citizen, "Linkedid": first.linkedid, "Channel": second.channel}
    await world.plays([message("BridgeEnter", **about, ChannelState="6", BridgeUniqueid="b1")])
    await world.plays([*first.hangs_up(leg), *first.hangs_up()])
    (call,) = world.hotline.board.calls()
    assert call.call_id == of(first)
    world.pauses.calls.add(of(first))
    assert await TapsOfPauses(lambda: world.hotline).stop(of(first)), "they would have been heard"
    came = {tap.tap_id for tap in world.speech.announced if tap.call_id == of(second)}
    assert len(came) == 2
    assert came.isdisjoint(world.switch.live_taps)


# --- a new start of the centre in the middle of a pause -----------------------------------------------------


def rows(script: CallScript, leg: str) -> list[Message]:
    def row(uniqueid: str, channel: str) -> Message:
        return message(
            "CoreShowChannel", Uniqueid=uniqueid, Linkedid=script.linkedid, Channel=channel, ChannelState="6",
            BridgeId="b1", Duration="00:01:00", Exten="12345", Context="hotline",
        )  # fmt: skip

    return [row(script.citizen, script.channel), row(leg, "PJSIP/agent101-00000001")]


@pytest.fixture
async def restarted(storage: Storage) -> AsyncIterator[tuple[World, CallScript]]:
    """A call of a minute is there, and nobody can say yet whether it is paused."""
    world, script = World(storage), CallScript()
    world.pauses.sure = False
    await world.hotline.start()
    await world.connect(rows(script, "hl-1001.101"))
    yield world, script
    await world.hotline.stop()


async def test_after_a_new_start_a_call_is_not_heard_before_it_is_known_to_be_unpaused(
    restarted: tuple[World, CallScript],
) -> None:
    world, script = restarted
    assert world.switch.taps == []
    world.clock.advance(2)
    world.pauses.sure = True
    world.hotline.taps.look()
    await settle()
    assert {tap.call_id for tap in world.speech.announced} == {of(script)}
    assert {one[1:] for one in kept(await unheard(world))} == {("timeout", 2.0)}, "it was missed, not paused"


async def test_a_pause_outlives_a_new_start(restarted: tuple[World, CallScript]) -> None:
    world, script = restarted
    world.clock.advance(2)
    world.pauses.calls.add(of(script))
    world.pauses.sure = True
    world.hotline.taps.look()
    await settle()
    assert world.switch.taps == []
    world.clock.advance(3)
    await go_on(world, script)
    assert len(world.switch.live_taps) == 2
    gaps = await unheard(world)
    assert {one[1:] for one in kept(gaps)} == {("paused", 5.0)}
    assert {one.began for one in gaps} == {world.clock.now() - timedelta(seconds=5)}


async def test_a_call_that_begins_after_the_start_is_heard_at_once(
    restarted: tuple[World, CallScript],
) -> None:
    world, _ = restarted
    fresh = CallScript(5)
    await talks(world, fresh, "agent102")
    assert {tap.call_id for tap in world.speech.announced} == {of(fresh)}
