"""A file through the room's own gate, streams and workers, as fast as the recogniser can.

Bounded: half a second of audio for each speaker, and the utterances that a worker has not finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from speech.events import TranscriptEnded, TranscriptGap, TranscriptSegment
from speech.model import SAMPLE_RATE, Speaker, TapInfo
from speech.ports import DurableEvent
from speech.recorded.recogniser import BACKLOG, FileRecogniser, word
from speech.recorded.source import SoundFile
from speech.stream import LegStream
from speech.vad import GateRules, VoiceGate

_ROOM: Final = BACKLOG // 2  # a piece may begin one utterance for each speaker: none is ever refused
_START: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class TranscriptionProgress:
    """`of` is None while nobody knows how long the file is; seconds."""

    done: float
    of: float | None
    segments: int


@dataclass(slots=True)
class Transcript:
    """In the order in which it was spoken. `gaps`: somebody spoke and there is no text for it."""

    seconds: float = 0.0
    segments: list[TranscriptSegment] = field(default_factory=list)
    gaps: list[TranscriptGap] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TranscriptionOptions:
    """What to expect: `language` `zh`, `en` or `auto`, the words for each, and the longest utterance."""

    language: str = "auto"
    likely: str = ""
    languages: Sequence[str] = ("zh", "en")
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    utterance_max_s: float = 15.0
    engine: str = ""


async def transcribe(
    sound: SoundFile,
    recogniser: FileRecogniser,
    hearing: TranscriptionOptions,
    *,
    progress: Callable[[TranscriptionProgress], None] = lambda _: None,
) -> Transcript:
    """Raises `SoundRefused` where the file turns out to be none, or too long."""
    sink = _Outlet(len(sound.speakers), recogniser.changed)
    streams = [_stream(speaker, recogniser, hearing, sink) for speaker in sound.speakers]
    pool, samples = recogniser.pool, 0
    pieces = sound.pieces()
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        samples += len(piece[0]) // 2
        at = samples / SAMPLE_RATE
        for stream, pcm in zip(streams, piece, strict=True):
            stream.feed(pcm, at)
        await _until(recogniser, lambda: pool.unfinished <= _ROOM)
        progress(TranscriptionProgress(at, sound.seconds, len(sink.segments)))
        await asyncio.sleep(0)
    for stream in streams:
        stream.close()
    await _until(recogniser, lambda: sink.is_over)
    transcript = Transcript(samples / SAMPLE_RATE, sink.segments, sink.gaps)
    transcript.segments.sort(key=lambda one: (one.start_s, one.end_s))
    transcript.gaps.sort(key=lambda one: one.start_s)
    return transcript


async def _until(recogniser: FileRecogniser, condition: Callable[[], bool]) -> None:
    while not condition():
        recogniser.changed.clear()
        await word(recogniser.changed)


def _stream(
    speaker: Speaker, recogniser: FileRecogniser, hearing: TranscriptionOptions, sink: _Outlet
) -> LegStream:
    info = TapInfo(
        tap_id=uuid4(),
        call_id=uuid4(),
        leg_id=uuid4(),
        speaker=speaker,
        language=hearing.language,
        likely=hearing.likely,
        hints_by_language=hearing.hints,
    )
    return LegStream(
        info,
        recogniser.pool,
        VoiceGate(GateRules(utterance_max_s=hearing.utterance_max_s)),
        sink,
        languages=hearing.languages,
        engine=hearing.engine,
        node="",
        started=0.0,
        started_at=_START,
        monotonic=asyncio.get_running_loop().time,
    )


class _Outlet:
    """Keeps the finals of all speakers; an empty one takes back what was no speech."""

    def __init__(self, speakers: int, changed: asyncio.Event) -> None:
        self._speaking = speakers
        self._changed = changed
        self.segments: list[TranscriptSegment] = []
        self.gaps: list[TranscriptGap] = []

    @property
    def is_over(self) -> bool:
        return self._speaking == 0

    def partial(self, event: TranscriptSegment) -> None:
        """Discard progress."""

    def durable(self, event: DurableEvent) -> None:
        match event:
            case TranscriptSegment(text=text) if text:
                self.segments.append(event)
            case TranscriptGap():
                self.gaps.append(event)
            case TranscriptEnded():
                self._speaking -= 1
        self._changed.set()
