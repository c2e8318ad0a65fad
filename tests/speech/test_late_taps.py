"""A recording as a tap: behind who speaks now, at the recogniser's pace, the same words at each attempt."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from core.clock import ManualClock
from core.sound.audiosocket import FrameKind, encode
from speech.directory import AnnouncedTaps
from speech.events import BackfillSound, TapAnnounced, TapRetired, TranscriptEnded
from speech.room import SpeechPorts, build
from speech.settings import SpeechSettings
from tests.speech.fakes import OBEDIENT, Board, Sink, silence, spoken, until
from tests.speech.test_room import World, send, world
from tests.speech.workers import Threads

BEGAN = datetime(2026, 11, 25, 13, tzinfo=UTC)


def announce(city: World, gap: UUID, seconds: float, *hints: str) -> TapAnnounced:
    tap = TapAnnounced(
        tap_id=uuid4(),
        call_id=uuid4(),
        leg_id=uuid4(),
        speaker="citizen",
        hints=list(hints),
        late=BackfillSound(gap_id=gap, started_at=BEGAN, seconds=seconds),
    )
    city.taps.announce(tap)
    return tap


def ended(city: World, tap: TapAnnounced) -> TranscriptEnded | None:
    found = [one for one in city.sink.events if isinstance(one, TranscriptEnded) and one.tap_id == tap.tap_id]
    return found[0] if found else None


async def test_the_same_recording_twice_gives_the_same_segments_at_their_own_times(tmp_path: Path) -> None:
    sound = silence(1) + spoken() + silence(1.5) + spoken() + silence(1)
    gap, seconds = uuid4(), len(sound) / 16_000
    async with world(tmp_path) as city:
        for _ in range(2):
            tap = announce(city, gap, seconds, "say hello")
            await city.speak(tap.tap_id, sound)
            await until(lambda tap=tap: ended(city, tap) is not None, within=15)
            end = ended(city, tap)
            assert end is not None
            assert (end.gap_id, end.whole, end.gaps) == (gap, True, 0)
        first, second = (
            city.sink.finals[: len(city.sink.finals) // 2],
            city.sink.finals[len(city.sink.finals) // 2 :],
        )
        assert len(first) >= 2
        assert [one.segment_id for one in first] == [one.segment_id for one in second]
        assert {one.gap_id for one in first} == {gap}
        assert [one.started_at for one in first] == [BEGAN + timedelta(seconds=one.start_s) for one in first]
        assert 0.5 < first[0].start_s < 1.6
        assert city.sink.partials == []


async def test_a_recording_that_breaks_off_is_not_whole(tmp_path: Path) -> None:
    async with world(tmp_path) as city:
        tap = announce(city, uuid4(), 60, "say hello")
        await city.speak(tap.tap_id, silence(1))
        await until(lambda: ended(city, tap) is not None)
        end = ended(city, tap)
        assert end is not None
        assert not end.whole


async def test_recordings_take_no_stream_of_who_speaks_now_and_one_for_each_worker(tmp_path: Path) -> None:
    async with world(tmp_path, max_streams=1) as city:
        await city.room.until_ready()
        assert city.room.capacity.late_free == 1
        first, second = announce(city, uuid4(), 60), announce(city, uuid4(), 60)
        _, writer = await city.connect(first.tap_id)
        send(writer, silence(0.1))
        await until(lambda: city.room.capacity.late_free == 0)
        assert city.room.capacity.streams_used == 0
        reader, _ = await city.connect(second.tap_id)
        assert await reader.read(3) == encode(FrameKind.HANGUP)
        live = city.announce("say hello")
        await city.speak(live.tap_id, silence(0.5) + spoken() + silence(1))
        await until(lambda: bool(city.sink.finals))
        assert city.sink.finals[0].gap_id is None


async def test_while_somebody_speaks_a_recording_waits(tmp_path: Path) -> None:
    """Who pauses for long has finished his sentence, and on a machine that stalls everybody does: one of ten
    tries without such a pause shows it, and without the rule the recording comes first in each.
    """
    for attempt in range(10):
        words = await order_of_words(tmp_path / str(attempt))
        assert words[-1] == "late"
        if words[0] == "live":
            return
    raise AssertionError(words)


async def order_of_words(folder: Path) -> list[str]:
    """Of one who speaks and a recording that comes meanwhile."""
    folder.mkdir()
    async with world(folder) as city:
        await city.room.until_ready()
        live = city.announce("say live")
        _, speaking = await city.connect(live.tap_id)
        send(speaking, silence(0.5) + spoken())
        await speaking.drain()
        await until(lambda: bool(city.sink.partials))
        late = announce(city, uuid4(), 30, "say late")
        _, recording = await city.connect(late.tap_id)
        send(recording, silence(0.5) + spoken() + silence(26))
        for _ in range(16):
            send(speaking, spoken()[8_000:11_200])
            await asyncio.sleep(0.05)
        send(speaking, silence(1.5))
        await until(lambda: any(one.gap_id for one in city.sink.finals), within=10)
        return [one.text.split()[0] for one in city.sink.finals]


async def test_a_tap_that_is_no_longer_wanted_is_closed_and_its_words_are_told(tmp_path: Path) -> None:
    async with world(tmp_path) as city:
        live = city.announce("say hello")
        reader, writer = await city.connect(live.tap_id)
        send(writer, silence(0.5) + spoken())
        await writer.drain()
        await until(lambda: bool(city.sink.partials))
        city.taps.retire(TapRetired(tap_id=live.tap_id))
        assert await reader.read(3) == encode(FrameKind.HANGUP)
        await until(lambda: city.sink.ended(live.leg_id))
        assert len(city.sink.finals) == 1


async def test_a_node_in_which_nothing_happens_takes_as_many_as_before(tmp_path: Path) -> None:
    """Nobody tells it of its workers meanwhile: it looks itself, whenever it says what it takes."""
    clock = ManualClock()
    workers = Threads()
    settings = SpeechSettings(engine=OBEDIENT, spool=tmp_path / "spool", max_streams=4)
    room = build(settings, SpeechPorts(AnnouncedTaps(), Sink(), Board()), clock=clock, spawn=workers.spawn)
    await room.start()
    try:
        async with asyncio.timeout(10):
            await room.until_ready()
        clock.advance(600)
        capacity = room.capacity
        assert (capacity.room, capacity.late_free, capacity.shedding) == (4, 1, False)
    finally:
        await room.stop()
