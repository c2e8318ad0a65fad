"""Which pieces of words a trained classifier may keep, and rows of numbers made of them.

A piece that only calls brought must have been said by several callers who have nothing to do with each other:
what one person alone said (a name, a house, a shop) is in no weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cases.drafting.classify.regression import Ints

LEAST_TELLERS = 5
"""So many different tellers must have said a piece that stands in no shipped sentence."""
NOBODY = -1
"""The teller of words that may be anybody's, as of a caller who withheld his number: he counts for none."""
MOST_PIECES = 40_000
"""Of one language; beyond it those of the fewest rows are left out: what was said once teaches little."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`names` in order; `columns` of each row, repetitions kept; `left_out` pieces that too few said."""

    names: Sequence[str]
    columns: Sequence[Ints]
    left_out: int


def vocabulary(rows: Iterable[tuple[Iterable[str], int | None]]) -> Vocabulary:
    """Of rows of pieces, each with its teller; None for a shipped sentence, whose pieces may all stay."""
    ids: dict[str, int] = {}
    columns: list[Ints] = []
    tellers: list[int | None] = []
    for pieces, teller in rows:
        columns.append(np.array([ids.setdefault(piece, len(ids)) for piece in pieces], dtype=np.int64))
        tellers.append(teller)
    said_by = said(columns, tellers, len(ids))
    shipped = np.zeros(len(ids), dtype=np.int64)
    for row, teller in zip(columns, tellers, strict=True):
        if teller is None:
            shipped[np.unique(row)] += 1
    kept = (shipped > 0) | (said_by >= LEAST_TELLERS)
    if kept.sum() > MOST_PIECES:
        order = np.lexsort((np.arange(len(ids)), -shipped - said_by, ~kept))
        kept[order[MOST_PIECES:]] = False
    words = list(ids)
    names = sorted(words[at] for at in np.flatnonzero(kept))
    place = np.full(len(ids), -1, dtype=np.int64)
    for index, name in enumerate(names):
        place[ids[name]] = index
    found = [place[row] for row in columns]
    return Vocabulary(names, [row[row >= 0] for row in found], int(len(ids) - len(names)))


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
