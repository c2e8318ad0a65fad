"""A tone for the radios of a network: a short talk that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import numpy as np
import pytest

from core.ids import uuid7
from core.sound.notes import PATCHED_HZ
from field.contract.capabilities import Can, Caps
from radio_bridge.floor.model import NOTICE, FloorStage
from radio_bridge.floor.ports import FloorReply
from radio_bridge.floor.signals import NetworkGranted
from radio_bridge.sound.notices import FRAMES, NetworkNotices
from tests.peers.audio import tone_seconds
from tests.radio_bridge.floor.world import CREW, GROUP, RADIO_GROUP
from tests.radio_bridge.sound.test_service import Air

ALL = FRAMES["patched"]


class Told(Air):
    def __init__(self, *can: Can) -> None:
        super().__init__()
        self.voice.caps = Caps(frozenset(can))
        self.notices: NetworkNotices = self.sound.notices
        answered = self.world.heard.answer

        def answer(said: FloorReply) -> None:
            answered(said)
            if said.party == NOTICE:
                self.notices.answered(said)

        self.world.heard.answer = answer  # type: ignore[method-assign, assignment]

    def tell(self, group: str = RADIO_GROUP) -> UUID:
        op_id = uuid7()
        self.notices.tell(group, op_id, "patched")
        return op_id

    def network_grants(self, op_id: UUID) -> None:
        self.world.control.take(RADIO_GROUP, NetworkGranted(NOTICE, op_id))

    async def ended(self) -> None:
        async with asyncio.timeout(3):
            while self.world.view(RADIO_GROUP).stage is not FloorStage.IDLE:
                await asyncio.sleep(0.02)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    made = Told(Can.SPEAK, Can.NOTICE)
    await made.start()
    yield made
    await made.sound.stop()


async def test_radios_hear_the_tone_once_and_the_talkgroup_is_free_afterwards(told: Told) -> None:
    op_id = told.tell()
    assert told.voice.spoken == []
    told.network_grants(op_id)
    assert told.world.view(RADIO_GROUP).talker is not None
    await told.ended()
    assert [frame for _, frame in told.voice.spoken] == ALL
    # A copy of the word.
    told.notices.tell(RADIO_GROUP, op_id, "patched")
    await asyncio.sleep(0.1)
    assert len(told.voice.spoken) == len(ALL)
    assert told.world.heard.results(NOTICE)[:2] == ["granted", "released"]


async def test_a_crew_that_presses_during_the_tone_is_asked_for_at_once(told: Told) -> None:
    told.network_grants(told.tell())
    await asyncio.sleep(0.1)
    request = told.world.press(CREW, RADIO_GROUP)
    told.world.control.take(RADIO_GROUP, NetworkGranted(CREW, request))
    assert told.world.heard.results(CREW) == ["granted"]
    await asyncio.sleep(0.1)
    said = len(told.voice.spoken)
    assert 0 < said < len(ALL)
    await asyncio.sleep(0.4)
    assert len(told.voice.spoken) == said
    floor = told.world.control.floor(RADIO_GROUP)
    assert floor is not None
    assert floor.hold is not None
    assert floor.hold.ask.party == CREW


async def test_while_somebody_talks_there_is_no_tone_and_none_later(told: Told) -> None:
    request = told.granted()
    told.tell()
    assert told.world.heard.results(NOTICE) == ["denied pre_empted"]
    told.world.control.release(RADIO_GROUP, CREW, request)
    await asyncio.sleep(0.1)
    assert told.voice.spoken == []


async def test_a_network_that_cannot_and_one_of_terminals_are_not_asked() -> None:
    told = Told(Can.SPEAK)
    for group in (RADIO_GROUP, GROUP, "app:none"):
        told.tell(group)
    assert told.world.heard.answers == []


def test_the_tone_rises_at_the_beginning_and_falls_at_the_end() -> None:
    def pitch(frames: list[bytes]) -> float:
        samples = np.frombuffer(b"".join(frames), dtype="<i2") / 32768
        return next(hz for hz in PATCHED_HZ if tone_seconds(samples, hz) > 0.1)

    for frames, first in ((FRAMES["patched"], PATCHED_HZ[0]), (FRAMES["unpatched"], PATCHED_HZ[1])):
        assert len(frames) == 20
        assert pitch(frames[:10]) == first
        assert pitch(frames[10:]) != first
