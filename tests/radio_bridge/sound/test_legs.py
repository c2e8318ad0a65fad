"""The switch's legs over real sockets: known by their UUID, fed all the time, ended when they are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.metrics import REGISTRY
from core.sound.audiosocket import FrameKind, encode
from core.tasks import Tasks
from radio_bridge.sound.legs import UNEXPECTED_MOST, Legs
from radio_bridge.sound.pace import FRAME, MOST, SILENCE
from radio_bridge.sound.settings import SoundSettings
from tests.waiting import until

GROUP = "svx:4011"


class Room:
    def __init__(self) -> None:
        self.out: list[tuple[str, bytes]] = []
        self.legs = Legs(SoundSettings(legs_most=3), SystemClock(), self._take)
        self._tasks = Tasks("test-legs")
        self.at = ("", 0)

    def _take(self, group: str, frame: bytes) -> None:
        self.out.append((group, frame))

    async def start(self) -> None:
        self.at = await self.legs.start()
        self._tasks.forever("pace", self.legs.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.legs.stop()

    async def dial(self, leg: UUID | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self.at)
        if leg is not None:
            writer.write(encode(FrameKind.UUID, leg.bytes))
        return reader, writer


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    await made.start()
    yield made
    await made.stop()


async def frame_of(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(5):
        head = await reader.readexactly(3)
        return head[0], await reader.readexactly(int.from_bytes(head[1:], "big"))


async def test_a_leg_gets_silence_all_the_time_and_a_networks_sound_between(room: Room) -> None:
    leg = uuid4()
    room.legs.expect(GROUP, leg)
    reader, writer = await room.dial(leg)
    began = asyncio.get_running_loop().time()
    got = [await frame_of(reader) for _ in range(25)]
    assert set(got) == {(FrameKind.SLIN, SILENCE)}
    assert 0.3 < asyncio.get_running_loop().time() - began < 3.0
    loud = b"\x10\x00" * (FRAME // 2)
    for _ in range(4):
        room.legs.heard(GROUP, loud)
    assert [payload for _, payload in [await frame_of(reader) for _ in range(12)]].count(loud) == 4
    writer.close()


async def test_frames_that_are_pushed_out_are_counted(room: Room) -> None:
    leg = uuid4()
    room.legs.expect(GROUP, leg)
    reader, writer = await room.dial(leg)
    await frame_of(reader)
    before = late()
    for _ in range(MOST + 4):
        room.legs.heard(GROUP, SILENCE)
    assert late() - before == 4
    writer.close()


def late() -> float:
    labels = {"way": "in", "fate": "late"}
    return REGISTRY.get_sample_value("songhua_radio_bridge_conference_frames_total", labels) or 0.0


async def test_what_a_leg_says_goes_out_in_whole_frames_under_its_talkgroup(room: Room) -> None:
    leg = uuid4()
    room.legs.expect(GROUP, leg)
    reader, writer = await room.dial(leg)
    writer.write(encode(FrameKind.SLIN, bytes(200)) + encode(FrameKind.SLIN, bytes(440)))
    async with asyncio.timeout(5):
        while len(room.out) < 2:
            await frame_of(reader)
    assert room.out == [(GROUP, SILENCE)] * 2
    writer.close()


async def test_the_word_about_a_leg_may_come_after_it(room: Room) -> None:
    leg = uuid4()
    reader, writer = await room.dial(leg)
    writer.write(encode(FrameKind.SLIN, SILENCE))
    await frame_of(reader)
    assert room.out == []
    room.legs.expect(GROUP, leg)
    writer.write(encode(FrameKind.SLIN, SILENCE))
    async with asyncio.timeout(5):
        while not room.out:
            await frame_of(reader)
    writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(6):
        while True:
            try:
                kind, _ = await frame_of(reader)
            except (asyncio.IncompleteReadError, ConnectionError):
                return True
            if kind == FrameKind.HANGUP:
                return True


async def test_a_leg_that_nobody_told_of_is_ended(room: Room) -> None:
    reader, writer = await room.dial(uuid4())
    assert await ended(reader)
    assert room.out == []
    writer.close()


async def test_another_leg_of_the_same_talkgroup_ends_the_former_one(room: Room) -> None:
    first, second = uuid4(), uuid4()
    room.legs.expect(GROUP, first)
    reader, writer = await room.dial(first)
    await frame_of(reader)
    room.legs.expect(GROUP, second)
    assert await ended(reader)
    writer.close()


async def test_legs_that_nobody_expects_take_no_place_of_one_that_is_expected(room: Room) -> None:
    ends = [await room.dial(uuid4()) for _ in range(3 + UNEXPECTED_MOST)]
    for reader, _ in ends:
        await frame_of(reader)
    expected = uuid4()
    room.legs.expect(GROUP, expected)
    mine, writer = await room.dial(expected)
    await frame_of(mine)
    # The oldest has given way, and goes on giving way: nobody ends the one that is expected.
    async with asyncio.timeout(5):
        await ends[0][0].read()
    others = [await room.dial(uuid4()) for _ in range(3 + UNEXPECTED_MOST)]
    await frame_of(others[-1][0])
    writer.write(encode(FrameKind.SLIN, bytes(320)))
    await until(lambda: (GROUP, bytes(320)) in room.out, "its sound")
    for _, one in [*ends, *others, (mine, writer)]:
        one.close()


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_end_a_leg_or_are_overlooked_and_others_go_on(garbage: bytes) -> None:
    async def play() -> None:
        room = Room()
        await room.start()
        try:
            leg = uuid4()
            room.legs.expect(GROUP, leg)
            reader, writer = await room.dial(leg)
            _, bad = await room.dial()
            bad.write(garbage)
            await frame_of(reader)
            assert (await frame_of(reader))[1] == SILENCE
            bad.close()
            writer.close()
        finally:
            await room.stop()

    asyncio.run(play())


async def test_who_waits_for_a_leg_is_told_of_its_first_sound_and_of_its_end() -> None:
    told: list[tuple[UUID, bool]] = []
    legs = Legs(
        SoundSettings(legs_most=3),
        SystemClock(),
        lambda _group, _frame: None,
        lambda leg, there: told.append((leg, there)),
        of="sip",
    )
    at = await legs.start()
    expected, stranger = uuid4(), uuid4()
    legs.expect(GROUP, expected)
    try:
        for leg in (stranger, expected):
            _, writer = await asyncio.open_connection(*at)
            writer.write(encode(FrameKind.UUID, leg.bytes))
            await asyncio.sleep(0.05)
            assert told == []
            writer.write(encode(FrameKind.SLIN, SILENCE) * 3)
            await asyncio.sleep(0.05)
        assert told == [(expected, True)]
        writer.close()
        await asyncio.sleep(0.05)
        assert told == [(expected, True), (expected, False)]
    finally:
        await legs.stop()
