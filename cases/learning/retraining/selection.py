"""Which clauses of a call tell its class: only these are trained on, as a call is mostly about other things.

A clause tells a class when its pieces are commoner in calls of that class than in other calls, or in shipped
sentences of the class than in the others. Both are counted by themselves: calls hold what sentences never do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import TOGETHER
from cases.drafting.classify.features import features
from cases.drafting.classify.pieces import vocabulary
from cases.drafting.classify.regression import Floats, Ints
from cases.drafting.classify.training import Sentence
from cases.learning.material.model import Material

DOUBT = 2.0
"""So many texts of a class count as if its pieces were as common in it as everywhere."""
MOST_ODDS = 3.0


class ClauseSelection:
    """Of one language. `tellers` are who may be the same person, one for each case."""

    def __init__(
        self,
        language: Language,
        sentences: Sequence[Sentence],
        cases: Sequence[Material],
        tellers: Sequence[int],
    ) -> None:
        mine = [one for one in sentences if one.language == language]
        rows = [features(one.text.casefold(), language) for one in mine]
        rows += [[piece for clause in one.clauses for piece in features(clause, language)] for one in cases]
        known = vocabulary(rows, [*(None for _ in mine), *tellers])
        codes = sorted({one.code for one in mine} | {one.code for one in cases})
        self._language = language
        self._known = known
        self._class = {code: at for at, code in enumerate(codes)}
        width = len(known.place)
        said = [self._class[one.code] for one in mine]
        called = [self._class[one.code] for one in cases]
        columns = [known.columns(row) for row in rows]
        self._odds = _odds(said, columns[: len(mine)], len(codes), width)
        self._odds += _odds(called, columns[len(mine) :], len(codes), width)

    def run(self, clauses: Sequence[str], code: str) -> tuple[str, ...]:
        """One to `TOGETHER` neighbouring clauses that tell this class best; none where none does."""
        scores = [self._score(clause, self._class[code]) for clause in clauses]
        if not scores or max(scores) <= 0:
            return ()
        first = last = scores.index(max(scores))
        while last - first + 1 < TOGETHER:
            before = scores[first - 1] if first else 0.0
            after = scores[last + 1] if last + 1 < len(scores) else 0.0
            if max(before, after) <= 0:
                break
            first, last = (first - 1, last) if before >= after else (first, last + 1)
        return tuple(clauses[first : last + 1])

    def _score(self, clause: str, row: int) -> float:
        known = self._known.columns(features(clause, self._language))
        if not len(known):
            return 0.0
        return float(self._odds[row, known].sum() / np.sqrt(len(known)))


def _odds(labels: Sequence[int], columns: Sequence[Ints], classes: int, width: int) -> Floats:
    """Log of how much commoner each piece is in each class than in all; zeros without any text."""
    if not labels:
        return np.zeros((classes, width), dtype=np.float32)
    seen = np.zeros((classes, width), dtype=np.float32)
    for label, row in zip(labels, columns, strict=True):
        seen[label, np.unique(row)] += 1
    texts = np.bincount(labels, minlength=classes).astype(np.float32)[:, None]
    common = np.maximum(seen.sum(axis=0) / len(labels), 1e-9)
    rate = (seen + DOUBT * common) / (texts + DOUBT)
    odds = np.log(rate / common)
    odds[:, seen.sum(axis=0) == 0] = 0
    return np.asarray(np.clip(odds, -MOST_ODDS, MOST_ODDS), dtype=np.float32)
