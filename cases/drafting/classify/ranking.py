"""Which class a call is about, or none: a softmax regression over what is known of each, learned from calls.

Its weights come from `python -m lab.training.rankings`. It sees chances and where they were told, never
words, so it stays valid for classifiers that an operator trains anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cases.drafting.classify.weights import Weights, unlined
from cases.drafting.intents.call import NUMBERS
from cases.errors import BrokenTable

RANKING = "ranking.npz"
KIND = "ranking"
_FLOOR = 0.01
"""Added to a chance before its logarithm: what was not among a segment's guesses is not impossible."""
_RARE = 0.002
"""The same for the chance of a whole call, which is never near 1 for a class."""
_FEW = 1e-9

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassifierScore:
    """What one trained classifier says of a class: its `best` chance, those of all runs added up, and whether
    no other class has more of that.
    """

    best: float = 0.0
    mass: float = 0.0
    first: bool = False


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class in one call. Shares are 0 to 1, of the class's own mass or of the call's segments.

    `words` is the score of the patterns of words, `again` the next best chance in another segment, `opening`
    the share in the first segment, `leads` the share of segments whose likeliest class it is, `told` where in
    the call it was told first, `whole` its chance by all that was said so far.
    """

    code: str
    letters: ClassifierScore
    meaning: ClassifierScore
    words: float
    again: float
    opening: float
    leads: float
    told: float
    whole: float = 0.0

    def numbers(self) -> tuple[float, ...]:
        """The row that ranking learns from: logarithms of probabilities, then counts."""
        return (
            _log(self.letters.mass), _log(self.meaning.mass),
            _log(self.letters.best), _log(self.meaning.best),
            self.words, float(self.words > 0), _log(self.again), self.opening, self.leads, self.told,
            float(self.letters.first), float(self.meaning.first), _log(self.letters.mass + self.meaning.mass),
            log(_RARE + self.whole),
        )  # fmt: skip


CLASS_NUMBERS = (
    "letters_mass", "meaning_mass", "letters_best", "meaning_best", "words", "in_words", "again", "opening",
    "leads", "told", "letters_first", "meaning_first", "mass", "whole",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RankedClasses:
    """`chances` by class, together with `none` 1."""

    chances: Mapping[str, float]
    none: float


class Ranking:
    def __init__(self, of_class: Numbers, of_call: Numbers) -> None:
        self._of_class = of_class
        self._of_call = of_call

    def rank(self, classes: Sequence[ClassScore], call: Sequence[float]) -> RankedClasses:
        """The chance of each class that the call is about it, and of none of them; `call` are the numbers of
        `cases.drafting.intents.call`.
        """
        scores = np.array(
            [*(self._of_class @ np.array(one.numbers()) for one in classes), self._of_call @ np.array(call)]
        )
        chances = np.exp(scores - scores.max())
        chances /= max(float(chances.sum()), _FEW)
        return RankedClasses(
            {one.code: float(chance) for one, chance in zip(classes, chances[:-1], strict=True)},
            float(chances[-1]),
        )


@lru_cache(maxsize=2)
def load_ranking(folder: Path) -> Ranking:
    """Raises `BrokenTable` when the weights are broken or of other numbers."""
    arrays = Weights.read(folder / RANKING, kind=KIND).arrays
    try:
        names = unlined(arrays["names"])
        of_class, of_call = arrays["of_class"].astype(np.float64), arrays["of_call"].astype(np.float64)
    except (KeyError, UnicodeDecodeError) as error:
        raise BrokenTable(f"{RANKING}: a part of the weights is missing: {error}") from error
    fits = names == [*CLASS_NUMBERS, *NUMBERS] and of_class.shape == (len(CLASS_NUMBERS),)
    if not fits or of_call.shape != (len(NUMBERS),) or not np.isfinite([*of_class, *of_call]).all():
        raise BrokenTable(f"{RANKING}: the weights are not for the numbers that are known of a class")
    return Ranking(of_class, of_call)


def _log(chance: float) -> float:
    return log(_FLOOR + chance)
