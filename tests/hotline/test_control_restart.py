"""Mutes and calls for help after a restart of the gateway in a call: there again, once; gone with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from core.storage import Storage, StorageAway
from hotline.control.errors import SwitchAway, SwitchRefused
from hotline.control.model import Verb
from hotline.events import CallChanged, CallView, HelpChanged
from hotline.settings import HotlineSettings
from tests.hotline.stream import Message, message
from tests.hotline.test_control import CHIEF, SETTINGS
from tests.hotline.world import LI, CallScript, World, settle


class Run:
    """One run of the gateway at a switch that goes on without it."""

    def __init__(self, storage: Storage, before: Run | None = None) -> None:
        self.world = World(storage, HotlineSettings(system_name="hl", control=SETTINGS))
        self.switch = self.world.control
        if before is not None:
            self.switch.marks |= before.switch.marks

    async def begin(self, channels: list[Message]) -> Run:
        await self.world.hotline.start()
        await self.world.connect(channels)
        await settle()
        return self

    async def ends(self) -> list[Message]:
        """What was to be written is; the channels that the switch has then."""
        await self.world.hotline.control.written.write_behind.write_waiting()
        await self.world.hotline.stop()
        return self.channels()

    def channels(self) -> list[Message]:
        calls = self.world.hotline.calls
        return [
            message(
                "CoreShowChannel", Uniqueid=leg.uniqueid, Linkedid=calls.call_of[leg.uniqueid].linkedid,
                Channel=leg.channel, ChannelState=str(leg.state), BridgeId=leg.bridge, Duration="00:00:30",
                ApplicationData="(Outgoing Line)" if leg.dialled else "",
            )
            for leg in calls.legs.values()
        ]  # fmt: skip

    async def talks(self) -> None:
        script = CallScript()
        leg, rings = script.rings("agent101")
        self.world.hotline.registry.sign_in(LI, None)
        await self.world.plays(
            [*script.arrives(), *script.queues(), *rings, *script.answers(leg, "agent101")]
        )

    async def act(self, verb: Verb, actor: object = LI) -> None:
        control = self.world.hotline.control
        await control.act(CHIEF if actor is CHIEF else LI, self.call.call_id, verb, uuid4())
        await settle()

    @property
    def call(self) -> CallView:
        (found,) = self.world.hotline.board.calls()
        return found

    @property
    def muted(self) -> list[str]:
        return [leg.endpoint for leg in self.call.legs if leg.muted]


@pytest.fixture
async def first(storage: Storage) -> Run:
    run = await Run(storage).begin([])
    await run.talks()
    return run


async def _until(done: Callable[[], bool]) -> None:
    """The database answers from a thread of its own."""
    for _ in range(500):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


async def _again(run: Run) -> Run:
    channels = await run.ends()
    return await Run(run.world.storage, run).begin(channels)


async def test_a_mute_is_there_again_and_the_switch_is_told_to_be_sure(first: Run) -> None:
    await first.act(Verb.MUTE)
    second = await _again(first)
    assert second.muted == ["agent101"]
    asked = [told for told in second.switch.told if told[0] in {"mute", "muted?"}]
    channel = next(leg.channel for leg in second.world.hotline.calls.legs.values() if leg.role == "agent")
    assert asked == [("muted?", channel), ("mute", channel, True)]
    second.world.hotline.notifier.flush()
    assert second.world.bus.of(CallChanged)[-1].call.legs[-1].muted
    await second.act(Verb.UNMUTE)
    third = await _again(second)
    assert third.muted == []
    assert [told[0] for told in third.switch.told] == ["muted?"]
    await third.world.hotline.stop()


async def test_a_leg_that_was_seen_to_begin_is_not_asked_about(first: Run) -> None:
    assert first.switch.told == []
    await first.act(Verb.MUTE)
    await first.world.connect(first.channels())
    assert [told[0] for told in first.switch.told] == ["mute"]
    assert first.muted == ["agent101"]
    await first.world.hotline.stop()


async def test_a_switch_that_does_not_answer_is_asked_again(first: Run) -> None:
    await first.act(Verb.MUTE)
    channels = await first.ends()
    second = Run(first.world.storage, first)
    second.switch.blind = SwitchAway("no link")
    await second.begin(channels)
    assert second.muted == []
    second.switch.blind = None
    await settle()
    assert second.muted == ["agent101"]
    await second.world.hotline.stop()


async def test_a_leg_that_the_switch_does_not_know_any_more_is_left_alone(first: Run) -> None:
    await first.act(Verb.MUTE)
    channels = await first.ends()
    second = Run(first.world.storage, first)
    second.switch.blind = SwitchRefused("no such channel")
    await second.begin(channels)
    await settle()
    assert [told[0] for told in second.switch.told] == ["muted?"]
    await second.world.hotline.stop()


async def test_who_takes_the_mute_back_meanwhile_is_not_muted_again(first: Run) -> None:
    await first.act(Verb.MUTE)
    channels = await first.ends()
    second = Run(first.world.storage, first)
    second.switch.blind = SwitchAway("no link")
    await second.begin(channels)
    await second.act(Verb.UNMUTE)
    second.switch.blind = None
    await settle()
    assert second.muted == []
    assert [told for told in second.switch.told if told[0] == "mute"][-1][2] is False
    await second.world.hotline.stop()


async def test_a_call_for_help_is_there_again_and_is_not_told_twice(first: Run) -> None:
    await first.act(Verb.HELP)
    asked = first.call.help
    assert asked is not None
    second = await _again(first)
    await _until(lambda: second.call.help == asked)
    assert second.world.bus.of(HelpChanged) == []
    await second.act(Verb.HELP)
    assert second.call.help == asked
    await second.act(Verb.HELP_ACCEPT, CHIEF)
    taken = second.call.help
    assert taken is not None
    assert (taken.asked_by, taken.accepted_by) == ("li", "zhao")
    assert len(second.world.bus.of(HelpChanged)) == 1
    third = await _again(second)
    await _until(lambda: third.call.help == taken)
    await third.world.hotline.stop()


async def test_a_call_for_help_of_a_call_that_has_ended_meanwhile_is_gone(first: Run) -> None:
    await first.act(Verb.HELP)
    await first.ends()
    second = await Run(first.world.storage, first).begin([])
    control = second.world.hotline.control
    assert control.helps.by_call == {}
    await second.talks()  # another call of the same agent
    assert second.call.help is None
    await second.world.hotline.stop()


async def test_with_the_database_away_the_help_comes_when_it_is_back(
    first: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first.act(Verb.HELP)
    channels = await first.ends()
    storage, refusals = first.world.storage, 3
    read = storage.read

    def away() -> object:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise StorageAway("away")
        return read()

    second = Run(storage, first)
    await second.world.hotline.start()
    monkeypatch.setattr(storage, "read", away)
    await second.world.connect(channels)
    await _until(lambda: second.call.help is not None)
    assert refusals == 0
    await second.world.hotline.stop()
