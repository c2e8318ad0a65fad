"""The speech room from socket to sink, with an obedient engine in threads that act as processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core.errors import Unavailable
from core.room import Room
from core.sound.audiosocket import FrameKind, encode
from speech.directory import AnnouncedTaps
from speech.errors import ModelMissing
from speech.events import TapAnnounced, TapRetired, TranscriptSegment
from speech.model import Speaker, TapInfo
from speech.room import SpeechPorts, SpeechRoom, build
from speech.settings import SpeechSettings
from tests.speech.fakes import OBEDIENT, Board, Sink, silence, spoken, until
from tests.speech.workers import Threads


@dataclass
class World:
    room: SpeechRoom
    taps: AnnouncedTaps
    sink: Sink
    board: Board
    workers: Threads

    def announce(self, *hints: str, speaker: Speaker = "citizen", tap_id: UUID | None = None) -> TapInfo:
        info = TapInfo(tap_id or uuid4(), uuid4(), uuid4(), speaker, hints=hints)
        self.taps.announce(
            TapAnnounced(
                tap_id=info.tap_id,
                call_id=info.call_id,
                leg_id=info.leg_id,
                speaker=speaker,
                hints=list(hints),
            )
        )
        return info

    async def connect(self, tap_id: UUID) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.room.port)
        writer.write(encode(FrameKind.UUID, tap_id.bytes))
        return reader, writer

    async def speak(self, tap_id: UUID, pcm: bytes) -> None:
        """One whole tap, faster than real time, to its hang-up."""
        _, writer = await self.connect(tap_id)
        send(writer, pcm)
        writer.write(encode(FrameKind.HANGUP))
        await writer.drain()


def send(writer: asyncio.StreamWriter, pcm: bytes) -> None:
    for at in range(0, len(pcm), 320):
        writer.write(encode(FrameKind.SLIN, pcm[at : at + 320]))


@asynccontextmanager
async def world(folder: Path, *, ready: bool = True, **changes: object) -> AsyncIterator[World]:
    """With `ready` a recogniser can work when it begins."""
    settings = SpeechSettings.model_validate(
        {"engine": OBEDIENT, "spool": folder / "spool.sqlite", "announce_every": 0.2, **changes}
    )
    made = World(None, AnnouncedTaps(), Sink(), Board(), Threads())  # type: ignore[arg-type]
    made.room = build(settings, SpeechPorts(made.taps, made.sink, made.board), spawn=made.workers.spawn)
    try:
        await made.room.start()
        if ready:
            async with asyncio.timeout(10):
                await made.room.until_ready()
        yield made
    finally:
        await made.room.stop()


async def test_a_sentence_becomes_a_partial_and_one_final_of_the_same_id(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        info = running.announce("say 井盖丢失")
        await running.speak(info.tap_id, silence(0.5) + spoken() + silence(0.8))
        await until(lambda: running.sink.ended(info.leg_id))
        (final,) = running.sink.finals
        assert final.text.startswith("井盖丢失")
        assert (final.call_id, final.leg_id, final.speaker) == (info.call_id, info.leg_id, "citizen")
        assert {partial.segment_id for partial in running.sink.partials} <= {final.segment_id}
        assert 0 <= final.start_s < final.end_s


async def test_a_telephone_that_sends_nothing_in_silence_ends_its_sentence_and_says_another(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as running:
        info = running.announce("say 井盖丢失")
        _, writer = await running.connect(info.tap_id)
        for number in (1, 2):
            send(writer, silence(0.5) + spoken())
            await until(lambda number=number: len(running.sink.finals) == number, within=15)
        first, second = running.sink.finals
        assert first.segment_id != second.segment_id


async def test_silence_and_what_is_no_speech_make_no_segment(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        info = running.announce("say never")
        await running.speak(info.tap_id, silence(2))
        await until(lambda: running.sink.ended(info.leg_id))
        assert len(running.sink.events) == 1


async def test_a_tap_that_connects_before_its_announcement_loses_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        tap_id = uuid4()
        await running.speak(tap_id, spoken() + silence(0.8))
        await asyncio.sleep(0.1)
        info = running.announce("say early", tap_id=tap_id)
        await until(lambda: running.sink.ended(info.leg_id))
        assert len(running.sink.finals) == 1


async def test_a_tap_that_nobody_announces_is_dropped(tmp_path: Path) -> None:
    async with world(tmp_path, unknown_for=0.1) as running:
        reader, writer = await running.connect(uuid4())
        send(writer, spoken())
        async with asyncio.timeout(5):
            assert await reader.read() == encode(FrameKind.HANGUP)
        assert running.room.capacity.streams_used == 0
        assert running.sink.events == []


async def test_of_many_that_nobody_announces_each_is_dropped(tmp_path: Path) -> None:
    async with world(tmp_path, unknown_for=0.001, max_connections=64, max_unannounced=1) as running:
        came = await asyncio.gather(*(running.connect(uuid4()) for _ in range(40)))
        async with asyncio.timeout(5):
            for reader, _ in came:
                assert await reader.read() == encode(FrameKind.HANGUP)


async def test_whoever_is_not_announced_takes_no_place_of_who_is(tmp_path: Path) -> None:
    async with world(tmp_path, max_streams=2, max_connections=2, max_unannounced=4) as running:
        squatters = [await running.connect(uuid4()) for _ in range(40)]
        assert running.room.capacity.streams_used == 0
        heard = [running.announce(f"say {number}") for number in range(2)]
        taps = [await running.connect(info.tap_id) for info in heard]
        for _, writer in taps:
            send(writer, spoken() + silence(0.8))
        squatters += [await running.connect(uuid4()) for _ in range(40)]
        await until(lambda: len(running.sink.finals) == 2)
        assert running.room.capacity.streams_used == 2
        for _, writer in [*taps, *squatters]:
            writer.close()


async def test_a_tap_that_comes_before_its_announcement_is_refused_where_no_stream_is_left(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, max_streams=1) as running:
        first, tap_id = running.announce("say first"), uuid4()
        held = await running.connect(first.tap_id)
        await until(lambda: running.room.capacity.streams_used == 1)
        reader, early = await running.connect(tap_id)
        await asyncio.sleep(0.1)
        running.announce("say early", tap_id=tap_id)
        async with asyncio.timeout(5):
            assert await reader.read() == encode(FrameKind.HANGUP)
        await until(lambda: bool(running.board.sheds))
        assert (running.board.sheds[0].tap_id, running.board.sheds[0].reason) == (tap_id, "full")
        for writer in (held[1], early):
            writer.close()


async def test_overload_sheds_the_new_tap_and_says_so_and_the_running_one_goes_on(tmp_path: Path) -> None:
    async with world(tmp_path, max_streams=1) as running:
        first, second = running.announce("say first"), running.announce("say second", speaker="agent")
        _, writer = await running.connect(first.tap_id)
        await until(lambda: running.room.capacity.streams_used == 1)
        reader, _ = await running.connect(second.tap_id)
        assert await reader.read() == encode(FrameKind.HANGUP)
        await until(lambda: bool(running.board.sheds))
        shed = running.board.sheds[0]
        assert (shed.tap_id, shed.call_id, shed.reason) == (second.tap_id, second.call_id, "full")
        await until(lambda: running.board.capacities[-1].shedding)
        assert any(part.state == "degraded" for part in running.room.health())
        send(writer, spoken() + silence(0.8))
        await until(lambda: len(running.sink.finals) == 1)
        assert running.sink.finals[0].text.startswith("first")


async def test_a_worker_killed_in_mid_utterance_costs_no_text_and_no_connection(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        info = running.announce("say whole")
        _, writer = await running.connect(info.tap_id)
        pcm = spoken()
        send(writer, pcm[:16000])
        await until(lambda: bool(running.sink.partials))
        running.workers.kill(running.room.worker_pids[0])
        send(writer, pcm[16000:] + silence(0.8))
        await until(lambda: len(running.sink.finals) == 1)
        assert int(running.sink.finals[0].text.split()[1]) > len(pcm) * 0.8
        assert not writer.transport.is_closing()


async def test_an_utterance_that_no_worker_survives_is_told_as_a_gap(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        info = running.announce("die")
        await running.speak(info.tap_id, spoken() + silence(0.8))
        await until(lambda: running.sink.ended(info.leg_id))
        (gap,) = running.sink.gaps
        assert (gap.leg_id, gap.reason) == (info.leg_id, "engine")


async def test_partials_of_what_turns_out_to_be_nothing_are_taken_back(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        info = running.announce("nothing")
        await running.speak(info.tap_id, spoken() + silence(0.8))
        await until(lambda: running.sink.ended(info.leg_id))
        assert [final.text for final in running.sink.finals] == [""]


async def test_finals_survive_a_broker_that_is_away_and_the_end_of_the_process(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        running.sink.away = True
        info = running.announce("say kept")
        await running.speak(info.tap_id, spoken() + silence(0.8))
        await until(
            lambda: any(
                part.part == "speech.delivery" and part.state == "degraded" for part in running.room.health()
            )
        )
        assert running.sink.events == []
    async with world(tmp_path) as again:
        await until(lambda: again.sink.ended(info.leg_id))
        (final,) = again.sink.finals
        assert final.text.startswith("kept")


async def test_a_tap_that_came_or_went_is_told_at_once(tmp_path: Path) -> None:
    """The centre sends no more taps than there is room for."""
    async with world(tmp_path, announce_every=60) as running:
        info = running.announce("say 1")
        _, writer = await running.connect(info.tap_id)
        await until(lambda: running.board.capacities[-1].streams_used == 1)
        writer.close()
        await until(lambda: running.board.capacities[-1].streams_used == 0)


async def test_a_room_that_has_stopped_keeps_no_file_open(tmp_path: Path) -> None:
    async with world(tmp_path):
        assert (tmp_path / "spool.sqlite-wal").exists()
    assert not (tmp_path / "spool.sqlite-wal").exists()


async def test_one_tap_id_is_listened_to_once(tmp_path: Path) -> None:
    async with world(tmp_path) as running:
        info = running.announce()
        _, writer = await running.connect(info.tap_id)
        await until(lambda: running.room.capacity.streams_used == 1)
        reader, _ = await running.connect(info.tap_id)
        assert await reader.read() == encode(FrameKind.HANGUP)
        assert running.room.capacity.streams_used == 1
        writer.close()


async def test_a_room_whose_model_is_missing_says_what_to_do(tmp_path: Path) -> None:
    settings = SpeechSettings(engine="whisper", model=tmp_path / "none", spool=tmp_path / "s")
    room = build(settings, SpeechPorts(AnnouncedTaps(), Sink(), Board()))
    with pytest.raises(ModelMissing) as missing:
        await room.start()
    assert "scripts/setup" in missing.value.remedy
    await room.stop()


async def test_a_spool_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = SpeechSettings(engine=OBEDIENT, spool=tmp_path / "file" / "spool")
    room: Room = build(settings, SpeechPorts(AnnouncedTaps(), Sink(), Board()))
    with pytest.raises(Unavailable) as refused:
        await room.start()
    assert "speech.spool" in refused.value.remedy
    await room.stop()
    await room.stop()


async def test_announcements_are_bounded_and_the_last_one_counts() -> None:
    taps = AnnouncedTaps(limit=2)
    first = TapAnnounced(tap_id=uuid4(), call_id=uuid4(), leg_id=uuid4(), speaker="agent")
    taps.announce(first)
    taps.announce(first.model_copy(update={"speaker": "citizen"}))
    assert (await taps.resolve(first.tap_id)).speaker == "citizen"
    for _ in range(2):
        taps.announce(first.model_copy(update={"tap_id": uuid4()}))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await taps.resolve(first.tap_id)
    taps.retire(TapRetired(tap_id=uuid4()))


def test_a_segment_masks_its_text_and_nothing_else_is_personal() -> None:
    from core.events import Privacy, privacy_of

    personal = {
        name
        for name in TranscriptSegment.model_fields
        if privacy_of(TranscriptSegment, name) is Privacy.PERSONAL
    }
    assert personal == {"text"}
    assert replace(TapInfo(uuid4(), uuid4(), uuid4(), "agent"), language="en").language == "en"
