"""A trained classifier of what clauses mean: it knows wordings that it was never trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cases.catalogue.words import Language
from cases.drafting.classify.encoder import Encoder
from cases.drafting.classify.scores import Floats, softmax
from cases.drafting.classify.weights import Weights, unlined


class MeaningScores:
    """Chances of each class, in one language. A clause's part is what the encoder makes of it."""

    def __init__(self, weights: Weights, encoder: Encoder, language: Language) -> None:
        arrays = weights.arrays
        self.codes: Sequence[str] = unlined(arrays[f"{language}_codes"])
        self._encoder = encoder
        self._weights = arrays[f"{language}_weights"].astype(np.float32)
        self._biases = arrays[f"{language}_biases"].astype(np.float32)

    def parts(self, said: Sequence[str]) -> Floats:
        return self._encoder.of(said)

    def chances(self, sums: Floats) -> Floats:
        return softmax(unit(sums) @ self._weights + self._biases)


def unit(rows: Floats) -> Floats:
    """Each row scaled to length 1; a row of zeros stays one."""
    length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(length, 1e-6), dtype=np.float32)
