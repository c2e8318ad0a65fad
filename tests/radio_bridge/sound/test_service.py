"""The role `radio` between a simulated network and a real leg: the role `centre` opens and closes the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import ManualClock
from core.sound.audiosocket import FrameKind, encode
from field.contract.capabilities import Caps
from radio_bridge.drivers.voice import VoiceNetwork
from radio_bridge.floor.signals import NetworkGranted, NetworkTaken
from radio_bridge.sound.gate import SETTLES_S
from radio_bridge.sound.pace import FRAME
from radio_bridge.sound.service import SoundService
from radio_bridge.sound.settings import SoundSettings
from tests.mqtt.fakes import FakeLink
from tests.radio_bridge.floor.world import CREW, RADIO_GROUP, World

TOPIC, STATE = "v1/harbin/tg/sim/7/sound", "v1/harbin/sound/state"
LOUD = b"\x10\x00" * (FRAME // 2)


class SimulatedVoice:
    """Stands for a network with voice: it remembers what was spoken, and asks the floor as a driver does."""

    groups = (RADIO_GROUP,)

    def __init__(self) -> None:
        self.spoken: list[tuple[str, bytes]] = []
        self.sound: SoundService | None = None
        self.caps = Caps(frozenset())

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        assert self.sound is not None
        if not self.sound.floor.audio(group, token):
            return False
        self.spoken.append((token, frame))
        return True


def nobody_patched(_group: str, _other: str | None) -> None:
    """Nothing is patched here."""


class Air:
    def __init__(self) -> None:
        self.world, self.link, self.voice = World(), FakeLink(), SimulatedVoice()
        self.clock: ManualClock = self.world.clock
        networks = {"sim": cast("VoiceNetwork", self.voice)}
        self.sound = SoundService(
            SoundSettings(),
            self.link,
            self.world.control,
            networks,
            self.clock,
            tenant="harbin",
            patched=nobody_patched,
        )
        self.voice.sound = self.sound
        self.leg = uuid4()

    async def start(self) -> None:
        await self.sound.start()
        await self.link.come_back()

    def at(self) -> tuple[str, int]:
        said = [json.loads(payload) for topic, payload in self.link.published if topic == STATE][-1]
        assert said["groups"] == [RADIO_GROUP]
        return said["host"], said["port"]

    async def say(self, carries: object = None) -> None:
        body = {"talkgroup": RADIO_GROUP, "leg": str(self.leg), "carries": carries and str(carries)}
        await self.link.give(TOPIC, json.dumps(body).encode())

    def granted(self) -> Any:
        request = self.world.press(CREW, RADIO_GROUP)
        self.world.control.take(RADIO_GROUP, NetworkGranted(CREW, request))
        return request


@pytest.fixture
async def air() -> AsyncIterator[Air]:
    made = Air()
    await made.start()
    yield made
    await made.sound.stop()


async def until(air: Air, count: int) -> None:
    async with asyncio.timeout(5):
        while len(air.voice.spoken) < count:
            await asyncio.sleep(0.01)


async def test_a_conferences_sound_goes_out_under_the_token_until_it_is_revoked(air: Air) -> None:
    await air.say()
    _, writer = await asyncio.open_connection(*air.at())
    writer.write(encode(FrameKind.UUID, air.leg.bytes))
    request = air.granted()
    token = air.world.token(RADIO_GROUP)
    await air.say(request)
    air.clock.advance(SETTLES_S)
    writer.write(encode(FrameKind.SLIN, LOUD))
    await until(air, 1)
    assert air.voice.spoken == [(token, LOUD)]
    air.world.control.release(RADIO_GROUP, CREW, request)
    writer.write(encode(FrameKind.SLIN, LOUD) * 5)
    await asyncio.sleep(0.1)
    assert len(air.voice.spoken) == 1
    writer.close()


async def test_the_silence_of_a_mixer_keeps_no_dead_key_alive(air: Air) -> None:
    await air.say()
    _, writer = await asyncio.open_connection(*air.at())
    writer.write(encode(FrameKind.UUID, air.leg.bytes))
    request = air.granted()
    air.world.control.talking(RADIO_GROUP, CREW, air.world.token(RADIO_GROUP))
    for _ in range(4):
        await air.say(request)
        air.world.wait(0.45)
        writer.write(encode(FrameKind.SLIN, LOUD))
        await asyncio.sleep(0.03)
    assert air.voice.spoken
    spoken = len(air.voice.spoken)
    air.world.wait(0.45)
    await air.say(request)
    writer.write(encode(FrameKind.SLIN, LOUD))
    await asyncio.sleep(0.05)
    assert len(air.voice.spoken) == spoken
    writer.close()


async def test_who_talks_in_the_network_is_heard_in_the_conference_and_nobody_else(air: Air) -> None:
    await air.say()
    reader, writer = await asyncio.open_connection(*air.at())
    writer.write(encode(FrameKind.UUID, air.leg.bytes))
    await asyncio.sleep(0.1)
    air.world.control.take(RADIO_GROUP, NetworkTaken("sim:crew-a"))
    for _ in range(5):
        air.sound.ears.heard(RADIO_GROUP, "sim:crew-b", b"\x20\x00" * (FRAME // 2))
        air.sound.ears.heard(RADIO_GROUP, "sim:crew-a", LOUD)
    await asyncio.sleep(0.4)
    heard = await reader.read(65_536)
    assert heard.count(LOUD) == 5
    assert b"\x20\x00\x20\x00" not in heard
    writer.close()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_about_sound_open_nothing(garbage: bytes) -> None:
    async def play() -> None:
        air = Air()
        air.granted()
        await air.link.give(TOPIC, garbage)
        assert not air.voice.spoken

    asyncio.run(play())
