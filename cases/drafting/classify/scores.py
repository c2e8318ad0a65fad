"""What a trained classifier knows of clauses, added up over runs of them: each clause is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cases.drafting.classify.port import Span

Floats = NDArray[np.float32]


class Scores(Protocol):
    """One classifier in one language. What clauses are worth adds up: a run is the sum of its `parts`."""

    @property
    def codes(self) -> Sequence[str]:
        """The classes that it ranks, in the order of its columns."""
        ...

    def parts(self, said: Sequence[str]) -> Floats:
        """One row for each clause, which mean nothing but to `chances`."""
        ...

    def chances(self, sums: Floats) -> Floats:
        """One row for each row of sums, one column for each of `codes`: 0 to 1, together 1."""
        ...


class Averaged:
    """Several classifiers of the same codes as one: the mean of their chances. Codes are in order."""

    def __init__(self, models: Sequence[Scores]) -> None:
        self._models = tuple(models)
        self.codes: Sequence[str] = sorted(models[0].codes)
        self._columns = [[list(one.codes).index(code) for code in self.codes] for one in models]

    def over(self, said: Sequence[str], runs: Sequence[Span]) -> Floats:
        """One row for each run of clauses, one column for each of `codes`."""
        each = [
            model.chances(over(model.parts(said), runs))[:, columns]
            for model, columns in zip(self._models, self._columns, strict=True)
        ]
        return np.asarray(sum(each[1:], each[0]) / len(each), dtype=np.float32)


def over(parts: Floats, runs: Sequence[Span]) -> Floats:
    """The sum of each run's rows."""
    sums = np.zeros((len(parts) + 1, parts.shape[1]), dtype=np.float32)
    np.cumsum(parts, axis=0, out=sums[1:])
    first, last = np.array(runs, dtype=np.int64).reshape(-1, 2).T
    return np.asarray(sums[last] - sums[first], dtype=np.float32)


def together(model: Scores, said: Sequence[str]) -> Floats:
    """The chance of each of the model's codes by all these clauses at once; there must be one."""
    return np.asarray(model.chances(model.parts(said).sum(axis=0, keepdims=True))[0], dtype=np.float32)


def softmax(scores: Floats) -> Floats:
    """Each row as probabilities that add up to 1."""
    scores = scores - scores.max(axis=1, keepdims=True)
    chances = np.exp(scores)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)
