"""A trained classifier that adds up what words mean: it knows words that it was never trained on.

The meanings are vectors of single words, made once from a sentence encoder (see `scripts/make-meanings`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cases.catalogue.common import CommonWords
from cases.catalogue.words import Language
from cases.drafting.classify.scores import Floats, softmax
from cases.drafting.classify.weights import Weights, unlined

_RUN = re.compile(r"[\u3400-\u9fff]+")
WORD_EN = re.compile(r"[a-z]+(?:'[a-z]+)?")


class Meanings:
    """Vectors of words in one language; a word that is not known counts by its characters."""

    def __init__(self, vectors: Weights, language: Language, common: CommonWords) -> None:
        self._language = language
        self._common = common
        self._at = {word: at for at, word in enumerate(unlined(vectors.arrays[f"{language}_words"]))}
        self._small: NDArray[np.int8] = vectors.arrays[f"{language}_vectors"]
        self._scales = vectors.arrays[f"{language}_scales"].astype(np.float32)
        self.size = int(self._small.shape[1])

    def of(self, text: str) -> Floats:
        """The sum of the vectors of the words in it; zeros where none is known."""
        known = [at for word in self._words(text) for at in self._found(word)]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._scales[known] @ self._small[known].astype(np.float32), dtype=np.float32)

    def _words(self, text: str) -> list[str]:
        if self._language == "en":
            return WORD_EN.findall(text)
        out: list[str] = []
        for run in _RUN.findall(text):
            start = 0
            for end in self._common.ends(run):
                out.append(run[start:end])
                start = end
        return out

    def _found(self, word: str) -> list[int]:
        at = self._at.get(word)
        if at is not None:
            return [at]
        return [a for a in map(self._at.get, word) if a is not None] if self._language == "zh" else []


class MeaningScores:
    """Chances of each class, in one language. A clause's part is the sum of what its words mean."""

    def __init__(self, weights: Weights, meanings: Meanings, language: Language) -> None:
        arrays = weights.arrays
        self.codes: Sequence[str] = unlined(arrays[f"{language}_codes"])
        self._meanings = meanings
        self._weights = arrays[f"{language}_weights"].astype(np.float32)
        self._biases = arrays[f"{language}_biases"].astype(np.float32)

    def parts(self, said: Sequence[str]) -> Floats:
        return np.array([self._meanings.of(clause) for clause in said], dtype=np.float32).reshape(
            len(said), self._meanings.size
        )

    def chances(self, sums: Floats) -> Floats:
        return softmax(unit(sums) @ self._weights + self._biases)


def unit(rows: Floats) -> Floats:
    length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(length, 1e-6), dtype=np.float32)
