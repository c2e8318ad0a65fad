"""Runs one engine with one model over all pairs, through the voice gate and worker of calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

from core.errors import SonghuaError
from speech.comparison.pairs import ComparisonPair
from speech.comparison.scoring import Score, score
from speech.engines.port import certain
from speech.model import BYTES_PER_SECOND
from speech.recorded.recogniser import FileRecogniser, recogniser
from speech.recorded.source import open_sound
from speech.recorded.transcription import Transcript, TranscriptionOptions, transcribe
from speech.vad import Began, Voiced, VoiceGate
from speech.workers.process import Spawn, WorkerCommand

PACED: Final = 3  # utterances that are spoken at their own pace, to see when the first words come
PIECE_S: Final = 0.1
FIRST_WITHIN_S: Final = 6.0


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that could not be heard, and why."""

    file: str
    cause: str


@dataclass(frozen=True, slots=True)
class ComparedFile:
    file: str
    language: str
    said: str
    heard: str
    score: Score


@dataclass(slots=True)
class Result:
    """Seconds and MB. `real_time` is CPU seconds for one second of the recordings, silence included;
    `first_partial_s` from the start of an utterance, None for an engine that shows none in that time.
    """

    engine: str
    model: str
    files: list[ComparedFile] = field(default_factory=list)
    missed: list[UnreadableFile] = field(default_factory=list)
    gaps: int = 0
    audio_s: float = 0.0
    load_s: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    model_mb: float = 0.0
    peak_mb: float = 0.0
    first_partial_s: float | None = None

    @property
    def real_time(self) -> float | None:
        """Processor seconds for a second of sound; None without sound."""
        return self.cpu_s / self.audio_s if self.audio_s else None

    def score(self, language: str) -> Score:
        """Errors and characters of all files in this language."""
        return sum((one.score for one in self.files if one.language == language), Score())


async def compare(
    command: WorkerCommand,
    pairs: Sequence[ComparisonPair],
    hearing: TranscriptionOptions,
    *,
    spawn: Spawn | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Result:
    """Raises `RecogniserFailed`; a file that cannot be read is named among `missed`."""
    result = Result(command.engine, command.model.name)
    async with recogniser(replace(command, partials=False), spawn=spawn) as ready:
        result.load_s, before = ready.load_s, ready.usage()
        result.model_mb = before.peak / 1e6
        began = asyncio.get_running_loop().time()
        for number, pair in enumerate(pairs, 1):
            await _one(pair, ready, replace(hearing, language=pair.language), result)
            tell(f"{command.engine} {command.model.name}: {number} of {len(pairs)} files")
        after = ready.usage()
        result.wall_s = asyncio.get_running_loop().time() - began
        result.cpu_s, result.peak_mb = after.cpu - before.cpu, after.peak / 1e6
    async with recogniser(replace(command, partials=True), spawn=spawn) as ready:
        result.first_partial_s = await _first_partial(pairs, ready, hearing.hints)
    return result


async def _one(
    pair: ComparisonPair, ready: FileRecogniser, hearing: TranscriptionOptions, result: Result
) -> None:
    try:
        with open_sound(pair.sound) as sound:
            transcript = await transcribe(sound, ready, hearing)
    except SonghuaError as error:
        result.missed.append(UnreadableFile(pair.sound.name, error.detail))
        return
    heard = _joined(transcript, pair.language)
    result.audio_s += transcript.seconds
    result.gaps += len(transcript.gaps)
    scored = score(pair.said, heard, pair.language)
    result.files.append(ComparedFile(pair.sound.name, pair.language, pair.said, heard, scored))


def _joined(transcript: Transcript, language: str) -> str:
    return ("" if language == "zh" else " ").join(one.text for one in transcript.segments)


async def _first_partial(
    pairs: Sequence[ComparisonPair], ready: FileRecogniser, hints: Mapping[str, tuple[str, ...]]
) -> float | None:
    found: list[float] = []
    spoken = 0
    for pair in pairs:
        pcm = await asyncio.to_thread(_utterance, pair)
        if not pcm:
            continue
        if spoken == PACED:
            break
        spoken += 1
        expected = certain(pair.language, hints.get(pair.language, ()))
        heard = await ready.understand(pcm, expected, pace_s=PIECE_S, piece=int(PIECE_S * BYTES_PER_SECOND))
        if heard.first_partial_s is not None:
            found.append(heard.first_partial_s)
    return median(found) if found else None


def _utterance(pair: ComparisonPair) -> bytes:
    """The first one of the first speaker that is heard in the file, of a few seconds at most."""
    gate, kept, most = VoiceGate(), b"", int(FIRST_WITHIN_S * BYTES_PER_SECOND)
    try:
        with open_sound(pair.sound) as sound:
            for piece in sound.pieces():
                for outcome in gate.feed(piece[0]):
                    match outcome:
                        case Began():
                            kept = b""
                        case Voiced(pcm):
                            kept += pcm
                        case _:
                            return kept[:most]
                if len(kept) >= most:
                    break
    except SonghuaError:
        return b""
    return kept[:most]
