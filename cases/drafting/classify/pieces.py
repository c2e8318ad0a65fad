"""Which pieces of words a trained classifier may keep, and rows of numbers made of them.

A piece that only calls brought must have been said by several callers who have nothing to do with each other:
what one person alone said (a name, a house, a shop) is in no weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cases.drafting.classify.features import Wording
from cases.drafting.classify.regression import Ints

LEAST_TELLERS = 5
"""So many different tellers must have said a piece that stands in no shipped sentence."""
NOBODY = -1
"""The teller of words that may be anybody's, as of a caller who withheld his number: he counts for none."""
MOST_PIECES: Mapping[Wording, int] = {"letters": 40_000, "phrases": 80_000}
"""Of one language; beyond it those of the fewest rows are left out: what was said once teaches little."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`place` of each piece, in order; `rows` in how many rows each stands; `left_out` pieces that too few
    said.
    """

    place: Mapping[str, int]
    rows: Ints
    left_out: int

    @property
    def names(self) -> Sequence[str]:
        """The pieces, in the order of their numbers."""
        return list(self.place)

    def columns(self, pieces: Iterable[str]) -> Ints:
        """The places of those that it has, repetitions kept."""
        found = (self.place.get(piece) for piece in pieces)
        return np.array([at for at in found if at is not None], dtype=np.int64)


def vocabulary(
    rows: Iterable[Iterable[str]], tellers: Sequence[int | None], wording: Wording = "letters"
) -> Vocabulary:
    """Of rows of pieces, each with its teller; None for a shipped sentence, whose pieces may all stay."""
    ids: dict[str, int] = {}
    columns = [
        np.unique(np.array([ids.setdefault(piece, len(ids)) for piece in pieces], dtype=np.int64))
        for pieces in rows
    ]
    said_by = said(columns, tellers, len(ids))
    shipped, every = (np.zeros(len(ids), dtype=np.int64) for _ in range(2))
    for row, teller in zip(columns, tellers, strict=True):
        every[row] += 1
        if teller is None:
            shipped[row] += 1
    kept = (shipped > 0) | (said_by >= LEAST_TELLERS)
    most = MOST_PIECES[wording]
    if kept.sum() > most:
        order = np.lexsort((np.arange(len(ids)), -shipped - said_by, ~kept))
        kept[order[most:]] = False
    words = list(ids)
    chosen = sorted(np.flatnonzero(kept), key=lambda at: words[at])
    place = {words[at]: index for index, at in enumerate(chosen)}
    return Vocabulary(place, every[chosen], int(len(ids) - len(chosen)))


def said(columns: Sequence[Ints], tellers: Sequence[int | None], width: int) -> Ints:
    """By how many different tellers each piece was said; neither shipped sentences nor `NOBODY` count."""
    counts = np.zeros(width, dtype=np.int64)
    last = np.full(width, -1, dtype=np.int64)
    by_teller = sorted((teller, at) for at, teller in enumerate(tellers) if teller not in {None, NOBODY})
    for teller, at in by_teller:
        pieces = np.unique(columns[at])
        fresh = pieces[last[pieces] != teller]
        counts[fresh] += 1
        last[fresh] = teller
    return counts
