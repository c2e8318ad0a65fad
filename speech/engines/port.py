"""What an engine must offer. Engines run in worker processes, one utterance at a time for each recogniser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to load: the model's folder, threads for one worker, the width of the search if there is one."""

    model: Path
    threads: int = 1
    beam: int = 5


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What was understood so far in this utterance.

    `text` is always the whole utterance, so a later hypothesis replaces an earlier one.
    """

    text: str
    final: bool
    language: str
    confidence: float | None = None


class Recogniser(Protocol):
    """Understands one utterance; made new for each, used by one thread."""

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        """More of the utterance, s16le at 8 kHz; partial hypotheses, if there are any."""
        ...

    def peek(self) -> list[Hypothesis]:
        """A partial that costs work; asked only while the worker has nothing else to do."""
        ...

    def finish(self) -> list[Hypothesis]:
        """The utterance is over: one final hypothesis, or none if nothing was understood."""
        ...


class Engine(Protocol):
    """A loaded model."""

    @property
    def name(self) -> str: ...

    def recogniser(self, language: str, hints: tuple[str, ...] = ()) -> Recogniser:
        """For one utterance. `language` is `zh`, `en` or `auto`; `hints` are words to expect."""
        ...
