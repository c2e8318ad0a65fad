"""A trained classifier that counts runs of characters: it knows wordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cases.catalogue.words import Language
from cases.drafting.classify.features import features
from cases.drafting.classify.port import Span
from cases.drafting.classify.weights import Weights, unlined

Floats = NDArray[np.float32]


class LetterScores:
    """Chances of each class for runs of clauses, in one language."""

    def __init__(self, weights: Weights, language: Language) -> None:
        arrays = weights.arrays
        self.codes: Sequence[str] = unlined(arrays[f"{language}_codes"])
        self._language = language
        self._columns = {piece: at for at, piece in enumerate(unlined(arrays[f"{language}_pieces"]))}
        self._rare = arrays[f"{language}_rare"].astype(np.float32)
        self._known = arrays[f"{language}_weights"].astype(np.float32) * self._rare[:, None]
        self._biases = arrays[f"{language}_biases"].astype(np.float32)

    def chances(self, said: Sequence[str], runs: Sequence[Span]) -> Floats:
        """One row for each run, one column for each of `codes`."""
        scores = np.zeros((len(said) + 1, len(self.codes)), dtype=np.float32)
        squares = np.zeros(len(said) + 1, dtype=np.float32)
        for at, clause in enumerate(said):
            known = [c for c in map(self._columns.get, features(clause, self._language)) if c is not None]
            if known:
                scores[at + 1] = self._known[known].sum(axis=0)
                squares[at + 1] = np.square(self._rare[known]).sum()
        scores, squares = scores.cumsum(axis=0), squares.cumsum()
        first, last = np.array(runs, dtype=np.int64).T
        length = np.sqrt(np.maximum(squares[last] - squares[first], 1e-9))
        return softmax((scores[last] - scores[first]) / length[:, None] + self._biases)


def softmax(scores: Floats) -> Floats:
    scores = scores - scores.max(axis=1, keepdims=True)
    chances = np.exp(scores)
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float32)
