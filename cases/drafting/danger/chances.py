"""The trained classifier of dangers: how likely a text tells of one, of which number, and by which clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from cases.catalogue.common import CommonWords
from cases.catalogue.words import LANGUAGES, Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.letters import Floats, LetterScores
from cases.drafting.classify.loading import load_meanings
from cases.drafting.classify.meaning import Meanings, MeaningScores
from cases.drafting.classify.orders import orders
from cases.drafting.classify.port import Span, masked
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.weights import Weights
from cases.drafting.danger.window import Window

DATA = Path(__file__).parent / "data"
LETTERS, MEANING = "letters.npz", "meaning.npz"
CLEARER_BY = 0.1
"""How much likelier a danger must be with the segment than it was by what was said before alone."""

LEAST_ALONE = 0.85
"""Clauses of which none is likely alone are not likely together: on words it never met it gives 0.7."""


class Scores(Protocol):
    @property
    def codes(self) -> Sequence[str]: ...

    def chances(self, said: Sequence[str], runs: Sequence[Span]) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Likely:
    """`chance` that danger is told at all (0 to 1); `number` is the likeliest one to hand over to."""

    chance: float
    number: str
    start: int
    end: int


class DangerChances:
    """Two classifiers whose chances are averaged: one knows wordings, the other what words mean."""

    def __init__(self, scores: dict[Language, tuple[Scores, ...]]) -> None:
        self._scores = scores

    @classmethod
    def of(cls, letters: Weights, meaning: Weights, means: Mapping[Language, Meanings]) -> DangerChances:
        return cls(
            {
                language: (LetterScores(letters, language), MeaningScores(meaning, means[language], language))
                for language in LANGUAGES
            }
        )

    def likely(self, window: Window) -> Likely | None:
        """The run of clauses that most likely tells of danger. Only the segment's own words are evidence."""
        models = self._scores[window.language]
        searched = masked(window.text, orders(window.text))
        parts = clauses(searched, window.language)
        runs = [run for run in windows(len(parts)) if parts[run[1] - 1][1] > window.cut]
        if not runs:
            return None
        said = [searched[start:end] for start, end in parts]
        each = [_ordered(model, said, runs) for model in models]
        chances = sum(each[1:], each[0]) / len(each)
        numbers = sorted(code for code in models[0].codes if code != NOTHING)
        danger = chances.sum(axis=1)
        if window.cut:
            self._forget_what_was_said_before(models, said, parts, window.cut, runs, danger)
        best = int(danger.argmax())
        first, last = runs[best]
        own = [at for at in range(first, last) if parts[at][1] > window.cut]
        alone = [float(danger[runs.index((at, at + 1))]) for at in own]
        if max(alone) < LEAST_ALONE:
            return None
        at = own[alone.index(max(alone))]
        start, end = max(parts[at][0], window.cut), parts[at][1]
        start += len(searched[start:end]) - len(searched[start:end].lstrip())
        return Likely(round(float(danger[best]), 4), numbers[int(chances[best].argmax())], start, end)

    def _forget_what_was_said_before(
        self, models: Sequence[Scores], said: Sequence[str], parts: Sequence[Span], cut: int,
        runs: Sequence[Span], danger: Floats,
    ) -> None:  # fmt: skip
        """Where the words before tell of danger by themselves, only the segment's own count."""
        earlier = [run for run in windows(len(parts)) if parts[run[1] - 1][1] <= cut]
        if not earlier:
            return
        before = sum((_ordered(model, said, earlier).sum(axis=1) for model in models[1:]),
                     _ordered(models[0], said, earlier).sum(axis=1)) / len(models)  # fmt: skip
        for at, run in enumerate(runs):
            if parts[run[0]][0] < cut and danger[at] <= float(before.max()) + CLEARER_BY:
                danger[at] = 0.0


def _ordered(model: Scores, said: Sequence[str], runs: Sequence[Span]) -> Floats:
    """Chances of the numbers alone, in the order of the numbers."""
    columns = [at for _, at in sorted((code, at) for at, code in enumerate(model.codes) if code != NOTHING)]
    return np.asarray(model.chances(said, runs)[:, columns], dtype=np.float32)


@lru_cache(maxsize=2)
def load_chances(common: CommonWords, folder: Path = DATA) -> DangerChances:
    """Raises `BrokenTable` when the weights are broken."""
    letters = Weights.read(folder / LETTERS, kind="letters")
    meaning = Weights.read(folder / MEANING, kind="meaning")
    return DangerChances.of(letters, meaning, load_meanings(common))
