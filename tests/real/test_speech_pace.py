"""Two legs of one call at their own pace through one recogniser: each in its language, finals in time."""

from __future__ import annotations

import asyncio
import statistics
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from core.sound.audiosocket import FrameKind, encode
from speech.directory import AnnouncedTaps
from speech.events import TapAnnounced, TranscriptSegment
from speech.model import Speaker
from speech.ports import DurableEvent
from speech.room import SpeechPorts, build
from speech.settings import SpeechSettings
from tests.speech.fakes import Board, Sink, until

# How late a final comes is what counts here.
pytestmark = [pytest.mark.real, pytest.mark.alone]

ROOT = Path(__file__).resolve().parents[2]
AUDIO = ROOT / "tests" / "audio"
LATE_S = 4.0  # alone on a quiet machine it is below one second
HINTS = {"zh": ["井盖", "路灯", "垃圾"], "en": ["manhole", "lamp", "Xuefu Road"]}


class TimedSink(Sink):
    """Also keeps how long after the end of its utterance each final came."""

    def __init__(self) -> None:
        super().__init__()
        self.latencies: list[float] = []

    async def publish(self, event: DurableEvent) -> None:
        await super().publish(event)
        if isinstance(event, TranscriptSegment) and event.final:
            ended = event.started_at + timedelta(seconds=event.end_s - event.start_s)
            self.latencies.append((datetime.now(UTC) - ended).total_seconds())


async def test_two_legs_are_each_understood_in_their_language_and_in_time(tmp_path: Path) -> None:
    citizen, agent = "en", "zh"
    settings = SpeechSettings(model=ROOT / ".songhua" / "models" / "whisper-base", spool=tmp_path / "spool")
    taps, sink, board = AnnouncedTaps(), TimedSink(), Board()
    room = build(settings, SpeechPorts(taps, sink, board))
    await room.start()
    try:
        async with asyncio.timeout(120):
            await room.until_ready()
        legs: dict[Speaker, UUID] = {"citizen": uuid4(), "agent": uuid4()}
        spoken: dict[Speaker, str] = {"citizen": f"caller_{citizen}", "agent": f"agent_{agent}"}
        for speaker, leg in legs.items():
            taps.announce(_tap(leg, speaker))
        await asyncio.gather(
            *(_speak(room.port, legs[speaker], AUDIO / f"{name}.wav") for speaker, name in spoken.items())
        )
        await until(lambda: all(sink.ended(leg) for leg in legs.values()), within=60)
    finally:
        await room.stop()
    assert sink.gaps == []
    finals = [final for final in sink.finals if final.text]
    heard = {speaker: {final.language for final in finals if final.speaker == speaker} for speaker in legs}
    assert heard == {"citizen": {citizen}, "agent": {agent}}
    middle, worst = statistics.median(sink.latencies), max(sink.latencies)
    print(f"\n{len(finals)} finals, {len(sink.partials)} partials: p50 {middle:.2f} s, max {worst:.2f} s")
    assert worst < LATE_S
    assert max(capacity.backlog for capacity in board.capacities) <= settings.backlog
    assert room.capacity.backlog == 0


def _tap(leg: UUID, speaker: Speaker) -> TapAnnounced:
    fields = {"tap_id": leg, "call_id": uuid4(), "leg_id": leg, "speaker": speaker}
    more = {"language": "auto", "likely": "zh", "hints_by_language": HINTS}
    return TapAnnounced.model_validate({**fields, **more})


async def _speak(port: int, tap_id: UUID, path: Path) -> None:
    """One whole tap: frames of 20 ms, each at its time."""
    with wave.open(str(path)) as file:
        pcm = file.readframes(file.getnframes())
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(encode(FrameKind.UUID, tap_id.bytes))
    loop = asyncio.get_running_loop()
    started = loop.time()
    for number, at in enumerate(range(0, len(pcm), 320)):
        writer.write(encode(FrameKind.SLIN, pcm[at : at + 320]))
        await asyncio.sleep(max(0.0, started + number * 0.02 - loop.time()))
    writer.write(encode(FrameKind.HANGUP))
    await writer.drain()
