"""The trained classifier of dangers: how likely a text tells of one, of which number, and by which clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cases.catalogue.words import Language
from cases.drafting.classify.loading import load_averaged, load_wordings
from cases.drafting.classify.scores import Averaged, Floats, Scores
from cases.drafting.classify.trained import NOTHING
from cases.drafting.danger.runs import ClauseWindows
from cases.drafting.danger.window import TextWindow

DATA = Path(__file__).parent / "data"
WHOLE = "whole.npz"
CLEARER_BY = 0.1
"""How much likelier a danger must be with the segment than it was by what was said before alone."""

TOLD_BEFORE = 0.25
"""From which chance what was said before may have told of danger by itself."""


@dataclass(frozen=True, slots=True)
class DangerChance:
    """`chance` that danger is told at all (0 to 1), `alone` that one clause of the segment tells it by
    itself, and `around` that it is with the clauses beside it, as many as are looked at together; `number`
    is the likeliest one to hand over to.
    """

    chance: float
    alone: float
    around: float
    number: str
    start: int
    end: int


class Chances:
    """What the classifier makes of one window: the chance of each number for each run of its clauses."""

    def __init__(self, model: Averaged, whole: Scores, window: TextWindow) -> None:
        looked = ClauseWindows(window)
        self._whole, self._said = whole, looked.said
        self._text, self._cut, self._spans = looked.text, looked.cut, looked.spans
        runs = looked.every
        self._codes = [code for code in model.codes if code != NOTHING]
        columns = [at for at, code in enumerate(model.codes) if code != NOTHING]
        chances = model.over(looked.said, runs)[:, columns]
        own = [at for at, run in enumerate(runs) if looked.ends_in(run)]
        before = [at for at, run in enumerate(runs) if not looked.ends_in(run)]
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

    @property
    def best(self) -> float:
        """The chance of the likeliest run of clauses."""
        return float(self._danger.max()) if self._runs else 0.0

    @cached_property
    def whole(self) -> float:
        """The chance that the segment tells of danger, all of it with what was said before it. Where that
        tells of danger by itself, only the segment's own words count.
        """
        return self._of_whole(self._first) if self.told_before else self._of_whole(0)

    @cached_property
    def told_before(self) -> bool:
        """Whether danger was told in what was said before, as likely as with the segment."""
        before = self._of_whole(0, self._first)
        return before >= TOLD_BEFORE and self._of_whole(0) <= before + CLEARER_BY

    @cached_property
    def _first(self) -> int:
        """The first clause of the segment's own."""
        return sum(end <= self._cut for _, end in self._spans)

    def _of_whole(self, first: int, last: int | None = None) -> float:
        """The chance of these clauses together; none where there are none."""
        parts = self._parts[first:last]
        if not len(parts):
            return 0.0
        chances = self._whole.chances(parts.sum(axis=0, keepdims=True))
        return 1 - float(chances[0, list(self._whole.codes).index(NOTHING)])

    @cached_property
    def _parts(self) -> Floats:
        return self._whole.parts(self._said)

    def likely(self) -> DangerChance | None:
        """The run of clauses that most likely tells of danger. Only the segment's own words are evidence."""
        if not self._runs:
            return None
        best = int(self._danger.argmax())
        first, last = self._runs[best]
        own = [at for at in range(first, last) if self._spans[at][1] > self._cut]
        alone = [float(self._danger[self._runs.index((at, at + 1))]) for at in own]
        at = own[alone.index(max(alone))]
        start, end = max(self._spans[at][0], self._cut), self._spans[at][1]
        start += len(self._text[start:end]) - len(self._text[start:end].lstrip())
        number = self._codes[int(self._chances[best].argmax())]
        return DangerChance(
            round(float(self._danger[best]), 4),
            round(max(alone), 4),
            round(self._around(first, last), 4),
            number,
            start,
            end,
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


class DangerChances:
    """`runs` are two classifiers whose chances are averaged, one knows wordings, the other what words mean;
    `whole` knows how callers talk when they tell of danger.
    """

    def __init__(self, runs: Mapping[Language, Averaged], whole: Mapping[Language, Scores]) -> None:
        self._runs, self._whole = runs, whole

    def of_window(self, window: TextWindow) -> Chances:
        """What the classifiers say of this window, computed when it is asked for."""
        return Chances(self._runs[window.language], self._whole[window.language], window)


def load_chances(folder: Path = DATA) -> DangerChances:
    """Raises `BrokenTable` when the weights are broken."""
    return DangerChances(load_averaged(folder), load_wordings(folder / WHOLE, "phrases"))
