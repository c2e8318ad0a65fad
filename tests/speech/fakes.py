"""An engine that does what its hints say, and ports that remember; for tests of the speech room."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import wave
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from speech.engines.port import EngineOptions, Expected, Hypothesis, Recogniser
from speech.errors import SinkAway
from speech.events import (
    AnswerHeard,
    SpeechCapacity,
    TapRefused,
    TranscriptEnded,
    TranscriptGap,
    TranscriptSegment,
)
from speech.ports import DurableEvent

OBEDIENT = "tests.speech.fakes:ObedientEngine"
PROMPTS = Path(__file__).resolve().parents[2] / "ivr" / "prompts"


class ObedientEngine:
    """Does what its hints say (`say TEXT`, `die`, `hang` …); each text ends in the bytes heard."""

    name = "obedient"

    def __init__(
        self,
        options: EngineOptions,
        *,
        die: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGKILL),
        hang: Callable[[], None] = lambda: time.sleep(3600),
    ) -> None:
        self._die = die
        self._hang = hang
        if options.model.name == "broken":
            raise RuntimeError("this model cannot be loaded")

    def recogniser(self, expected: Expected) -> Recogniser:
        return _Obedient(expected, self._die, self._hang)


class _Obedient:
    def __init__(self, expected: Expected, die: Callable[[], None], hang: Callable[[], None]) -> None:
        self._die = die
        self._hang = hang
        self._language = expected.language()
        self._hints = expected.words(self._language)
        self._octets = 0

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        first = self._octets == 0
        self._octets += len(pcm)
        return [Hypothesis("…", final=False, language=self._language)] if first else []

    def peek(self) -> list[Hypothesis]:
        return []

    def finish(self) -> list[Hypothesis]:
        text = ""
        for hint in self._hints:
            verb, _, what = hint.partition(" ")
            if verb == "say":
                text = what
            elif verb == "die":
                self._perhaps_die(what)
            elif verb == "hang":
                self._hang()
            elif verb == "fail":
                raise ValueError("as asked")
            elif verb == "print":
                print("a library talks on stdout", flush=True)
            elif verb == "nothing":
                return []
        return [Hypothesis(f"{text} {self._octets}".strip(), final=True, language="zh", confidence=0.5)]

    def _perhaps_die(self, what: str) -> None:
        mark = Path(what.removeprefix("once ")) if what else None
        if mark is None or not mark.exists():
            if mark is not None:
                mark.touch()
            self._die()


class Sink:
    """Acknowledges unless `away`; keeps what it took, repeats included."""

    def __init__(self) -> None:
        self.away = False
        self.events: list[DurableEvent] = []

    async def publish(self, event: DurableEvent) -> None:
        if self.away:
            raise SinkAway
        self.events.append(event)

    @property
    def finals(self) -> list[TranscriptSegment]:
        return [event for event in self.events if isinstance(event, TranscriptSegment) and event.final]

    @property
    def partials(self) -> list[TranscriptSegment]:
        return [event for event in self.events if isinstance(event, TranscriptSegment) and not event.final]

    @property
    def gaps(self) -> list[TranscriptGap]:
        return [event for event in self.events if isinstance(event, TranscriptGap)]

    def ended(self, leg: UUID) -> bool:
        return any(isinstance(event, TranscriptEnded) and event.leg_id == leg for event in self.events)


class Board:
    def __init__(self) -> None:
        self.capacities: list[SpeechCapacity] = []
        self.sheds: list[TapRefused] = []
        self.answers: list[AnswerHeard] = []

    async def announce(self, capacity: SpeechCapacity) -> None:
        self.capacities.append(capacity)

    async def shed(self, event: TapRefused) -> None:
        self.sheds.append(event)

    async def answered(self, event: AnswerHeard) -> None:
        self.answers.append(event)


def spoken(name: str = "zh/connecting-person") -> bytes:
    """Real (machine) speech, s16le at 8 kHz: a committed prompt."""
    with wave.open(str(PROMPTS / f"{name}.wav")) as file:
        return bytes(file.readframes(file.getnframes()))


def silence(seconds: float) -> bytes:
    return bytes(int(seconds * 8000) * 2)


async def until(condition: object, within: float = 5.0) -> None:
    """Wait for a callable to be true; fails by `TimeoutError`."""
    assert callable(condition)
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.002)
