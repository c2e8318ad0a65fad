"""A trained classifier that counts runs of characters, or of words: it knows wordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cases.catalogue.words import Language
from cases.drafting.classify.features import Wording, features
from cases.drafting.classify.scores import Floats, softmax
from cases.drafting.classify.weights import Weights, unlined


class WordingScores:
    """Chances of each class, in one language. A clause's part: each class's score, and its squared length."""

    def __init__(self, weights: Weights, language: Language) -> None:
        arrays = weights.arrays
        self._wording: Wording = "phrases" if weights.origin.kind == "phrases" else "letters"
        self.codes: Sequence[str] = unlined(arrays[f"{language}_codes"])
        self._language = language
        self._columns = {piece: at for at, piece in enumerate(unlined(arrays[f"{language}_pieces"]))}
        rare = arrays[f"{language}_rare"].astype(np.float32)
        self._squares = np.square(rare)
        self._small = arrays[f"{language}_weights"]
        self._sizes = arrays[f"{language}_scales"].astype(np.float32) * rare
        self._biases = arrays[f"{language}_biases"].astype(np.float32)

    def parts(self, said: Sequence[str]) -> Floats:
        out = np.zeros((len(said), len(self.codes) + 1), dtype=np.float32)
        for at, clause in enumerate(said):
            pieces = features(clause, self._language, self._wording)
            known = [column for column in map(self._columns.get, pieces) if column is not None]
            if known:
                out[at, :-1] = self._sizes[known] @ self._small[known].astype(np.float32)
                out[at, -1] = self._squares[known].sum()
        return out

    def chances(self, sums: Floats) -> Floats:
        length = np.sqrt(np.maximum(sums[:, -1:], np.float32(1e-9)))
        return softmax(np.asarray(sums[:, :-1] / length + self._biases, dtype=np.float32))
