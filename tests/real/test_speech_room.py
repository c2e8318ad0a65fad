"""The speech room with the real recogniser: a citizen's voice at its own pace, from socket to text."""

from __future__ import annotations

import asyncio
import os
import signal
import wave
from pathlib import Path
from uuid import uuid4

import pytest

from core.sound.audiosocket import FrameKind, encode
from speech.directory import AnnouncedTaps
from speech.events import TapAnnounced
from speech.room import SpeechPorts, build
from speech.settings import SpeechSettings
from tests.speech.fakes import Board, Sink, until

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 10.0  # the first utterance of the story and the pause after it


async def test_a_citizen_is_understood_although_the_recogniser_is_killed_meanwhile(tmp_path: Path) -> None:
    settings = SpeechSettings(
        model=ROOT / ".songhua" / "models" / "whisper-base", spool=tmp_path / "spool", max_streams=2
    )
    taps, sink, board = AnnouncedTaps(), Sink(), Board()
    room = build(settings, SpeechPorts(taps, sink, board))
    await room.start()
    try:
        async with asyncio.timeout(60):
            await room.until_ready()
        tap = TapAnnounced(
            tap_id=uuid4(), call_id=uuid4(), leg_id=uuid4(), speaker="citizen", hints=["井盖", "路灯", "垃圾"]
        )
        taps.announce(tap)
        _, writer = await asyncio.open_connection("127.0.0.1", room.port)
        writer.write(encode(FrameKind.UUID, tap.tap_id.bytes))
        killing = asyncio.get_running_loop().call_later(
            8, lambda: os.kill(room.worker_pids[0], signal.SIGKILL)
        )
        await speak(writer, ROOT / "tests" / "audio" / "caller_zh.wav")
        await until(lambda: bool(sink.finals), within=60)
        killing.cancel()
        (final,) = sink.finals
        assert "反映" in final.text
        assert "问题" in final.text
        assert 5.0 < final.start_s < 6.0
        assert 8.5 < final.end_s < SECONDS
        assert {partial.segment_id for partial in sink.partials} <= {final.segment_id}
        assert sink.gaps == []
    finally:
        await room.stop()


async def speak(writer: asyncio.StreamWriter, path: Path) -> None:
    """Frames of 20 ms, each at its time."""
    loop = asyncio.get_running_loop()
    with wave.open(str(path)) as file:
        pcm = file.readframes(int(SECONDS * 8000))
    started = loop.time()
    for number, at in enumerate(range(0, len(pcm), 320)):
        writer.write(encode(FrameKind.SLIN, pcm[at : at + 320]))
        await asyncio.sleep(max(0.0, started + number * 0.02 - loop.time()))
    writer.write(encode(FrameKind.HANGUP))
    await writer.drain()
