"""The port of speech engines. They run in worker processes, one utterance at a time for each recogniser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from speech.engines.certainty import Certainty


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to load: the model's folder, threads for one worker, the width of the search if there is one."""

    model: Path
    threads: int = 1
    beam: int = 5


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one utterance before it is heard.

    `languages` (`zh`, `en`): how likely each is, in shares of 1; one language alone is certain.
    `hints`: for each language the words to expect; those of another language than the spoken one mislead.
    """

    languages: Mapping[str, float]
    hints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.languages:
            raise ValueError("at least one language must be expected")

    @property
    def is_certain(self) -> bool:
        """Whether only one language is possible."""
        return len(self.languages) == 1

    def language(self, likelihoods: Mapping[str, float] | None = None) -> str:
        """The likeliest language, by what was expected and by how well each one explains the audio."""
        heard = likelihoods or {}
        return max(self.languages, key=lambda name: self.languages[name] * heard.get(name, 1.0))

    def words(self, language: str) -> tuple[str, ...]:
        """Words to expect in this language."""
        return self.hints.get(language, ())


def certain(language: str, hints: tuple[str, ...] = ()) -> Expected:
    """One language that is not in question."""
    return Expected({language: 1.0}, {language: hints})


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What was understood so far in this utterance.

    `text` is always the whole utterance, so a later hypothesis replaces an earlier one.
    `confidence` is of all of it, `certainty` of each piece of a final text.
    `likelihoods` say how well each expected language explains the audio by itself, in shares of 1;
    None when the engine does not tell languages apart or the language was certain.
    """

    text: str
    final: bool
    language: str
    confidence: float | None = None
    certainty: Certainty = ()
    likelihoods: Mapping[str, float] | None = None


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


class SpeechEngine(Protocol):
    """A loaded model."""

    @property
    def name(self) -> str:
        """The engine's name in segments."""
        ...

    def recogniser(self, expected: Expected) -> Recogniser:
        """For one utterance."""
        ...
