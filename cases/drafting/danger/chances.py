"""The trained classifier of dangers: how likely a text tells of one, of which number, and by which clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.loading import load_averaged
from cases.drafting.classify.port import Span, masked
from cases.drafting.classify.scores import Averaged, Floats
from cases.drafting.classify.trained import NOTHING
from cases.drafting.danger.window import Window

DATA = Path(__file__).parent / "data"
CLEARER_BY = 0.1
"""How much likelier a danger must be with the segment than it was by what was said before alone."""

LEAST_ALONE = 0.5
"""Clauses of which none is likely alone are not likely together."""


@dataclass(frozen=True, slots=True)
class Likely:
    """`chance` that danger is told at all (0 to 1), and `around` that it is with the clauses beside it, as
    many as are looked at together; `number` is the likeliest one to hand over to.
    """

    chance: float
    around: float
    number: str
    start: int
    end: int


class Chances:
    """What the classifier makes of one window: the chance of each number for each run of its clauses."""

    def __init__(self, model: Averaged, window: Window) -> None:
        searched = masked(window.text, window.untold)
        self._text = searched
        self._cut = window.cut
        self._spans = _apart(searched, window.cut, window.language)
        said = [searched[start:end] for start, end in self._spans]
        # Once before the segment and once in it is no more evidence than once.
        words = [clause.strip() for clause in said]
        runs = [run for run in windows(len(said)) if len(set(words[slice(*run)])) == run[1] - run[0]]
        self._codes = [code for code in model.codes if code != NOTHING]
        columns = [at for at, code in enumerate(model.codes) if code != NOTHING]
        chances = model.over(said, runs)[:, columns]
        own = [at for at, run in enumerate(runs) if self._spans[run[1] - 1][1] > window.cut]
        before = [at for at, run in enumerate(runs) if self._spans[run[1] - 1][1] <= window.cut]
        self._runs = [runs[at] for at in own]
        self._chances: Floats = chances[own]
        self._danger: Floats = self._chances.sum(axis=1)
        self._together = self._danger.copy()
        if before:
            self._forget(float(chances[before].sum(axis=1).max()))

    def _forget(self, before: float) -> None:
        """Where the words before tell of danger by themselves, only the segment's own count."""
        for at, run in enumerate(self._runs):
            if self._spans[run[0]][0] < self._cut and self._danger[at] <= before + CLEARER_BY:
                self._danger[at] = 0.0

    def likely(self) -> Likely | None:
        """The run of clauses that most likely tells of danger. Only the segment's own words are evidence."""
        if not self._runs:
            return None
        best = int(self._danger.argmax())
        first, last = self._runs[best]
        own = [at for at in range(first, last) if self._spans[at][1] > self._cut]
        alone = [float(self._danger[self._runs.index((at, at + 1))]) for at in own]
        if max(alone) < LEAST_ALONE:
            return None
        at = own[alone.index(max(alone))]
        start, end = max(self._spans[at][0], self._cut), self._spans[at][1]
        start += len(self._text[start:end]) - len(self._text[start:end].lstrip())
        number = self._codes[int(self._chances[best].argmax())]
        return Likely(
            round(float(self._danger[best]), 4), round(self._around(first, last), 4), number, start, end
        )

    def _around(self, first: int, last: int) -> float:
        """The chance of the longest runs that hold these clauses, the likeliest of them."""
        holding = [at for at, run in enumerate(self._runs) if run[0] <= first and last <= run[1]]
        longest = max(self._runs[at][1] - self._runs[at][0] for at in holding)
        return max(
            float(self._together[at]) for at in holding if self._runs[at][1] - self._runs[at][0] == longest
        )

    def near(self, start: int, end: int) -> tuple[float, str, float]:
        """The chance that the clauses at these characters tell of danger, alone or with those beside them,
        the likeliest number and the chance of that; none where there are no clauses.
        """
        touching = [
            at
            for at, (first, last) in enumerate(self._runs)
            if self._spans[first][0] < end and start < self._spans[last - 1][1]
        ]
        if not touching:
            return 0.0, "", 0.0
        best = max(touching, key=lambda at: float(self._together[at]))
        number = int(self._chances[best].argmax())
        return float(self._together[best]), self._codes[number], float(self._chances[best][number])


def _apart(text: str, cut: int, language: Language) -> Sequence[Span]:
    """The clauses before the segment, and its own: what it says again word for word is told again."""
    own = [(cut + start, cut + end) for start, end in clauses(text[cut:], language)]
    return [*clauses(text[:cut], language), *own]


class DangerChances:
    """Two classifiers whose chances are averaged: one knows wordings, the other what words mean."""

    def __init__(self, models: Mapping[Language, Averaged]) -> None:
        self._models = models

    def of_window(self, window: Window) -> Chances:
        return Chances(self._models[window.language], window)


def load_chances(folder: Path = DATA) -> DangerChances:
    """Raises `BrokenTable` when the weights are broken."""
    return DangerChances(load_averaged(folder))
