"""Why somebody calls, from the whole call: a softmax regression over its numbers, learned from calls.

Its weights come from `python -m lab.training.rankings`. It sees chances, never words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cases.drafting.classify.weights import Weights, unlined
from cases.drafting.intents.call import INTENTS, NUMBERS
from cases.errors import BrokenTable

RANKING = "ranking.npz"
KIND = "intents"


class IntentRanking:
    """`weights` have one row for each number of a call and one column for each intent."""

    def __init__(self, weights: NDArray[np.float64]) -> None:
        self._weights = weights

    def chances(self, call: Sequence[float]) -> Mapping[str, float]:
        """The chance of each intent, together 1."""
        scores = np.asarray(call) @ self._weights
        each = np.exp(scores - scores.max())
        return dict(zip(INTENTS, map(float, each / each.sum()), strict=True))


@lru_cache(maxsize=2)
def load_intent_ranking(folder: Path) -> IntentRanking:
    """Raises `BrokenTable` when the weights are broken or of other numbers."""
    arrays = Weights.read(folder / RANKING, kind=KIND).arrays
    try:
        names, weights = unlined(arrays["names"]), arrays["weights"].astype(np.float64)
    except (KeyError, UnicodeDecodeError) as error:
        raise BrokenTable(f"{RANKING}: a part of the weights is missing: {error}") from error
    if (
        names != list(NUMBERS)
        or weights.shape != (len(NUMBERS), len(INTENTS))
        or not np.isfinite(weights).all()
    ):
        raise BrokenTable(f"{RANKING}: the weights are not for the numbers that are known of a call")
    return IntentRanking(weights)
