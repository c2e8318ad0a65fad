"""A trained classifier behind the port: it looks at neighbouring clauses together, as a problem is told.

A call is long and mostly about other things; a problem is told in one to three clauses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.port import Guess, Span, masked
from cases.drafting.classify.scores import Floats, Scores, over

NOTHING = ""
"""The code of what names no class."""
KEEP = 12
"""Classes that are given: those that most of the text is about."""
LEAST = 0.01


class Trained:
    """One classifier for each language."""

    def __init__(self, name: str, scores: Mapping[Language, Scores]) -> None:
        self._name = name
        self._scores = scores

    @property
    def name(self) -> str:
        return self._name

    def rank(
        self, text: str, language: Language, *, taken: Iterable[Span] = (), since: int = 0
    ) -> Sequence[Guess]:
        model = self._scores[language]
        searched = masked(text, taken)
        spans = clauses(searched, language)
        runs = [run for run in windows(len(spans)) if spans[run[1] - 1][1] > since]
        if not runs:
            return []
        parts = model.parts([searched[start:end] for start, end in spans])
        sums = over(parts, runs)
        chances = model.chances(sums)
        best_run = chances.argmax(axis=0)
        scores, masses = chances.max(axis=0), chances.sum(axis=0)
        out: list[Guess] = []
        for at in np.argsort(-masses, kind="stable")[: KEEP + 1]:
            code, score = model.codes[at], float(scores[at])
            if code == NOTHING or score < LEAST or len(out) == KEEP:
                continue
            run = int(best_run[at])
            deciding = runs[run][0] + _deciding(model, sums[run], parts[slice(*runs[run])], int(at))
            where = _trimmed(searched, spans[deciding])
            out.append(Guess(code, round(score, 4), (where,), mass=round(float(masses[at]), 4)))
        return sorted(out, key=lambda guess: -guess.score)


def _deciding(model: Scores, whole: Floats, parts: Floats, column: int) -> int:
    """The clause of a run without which the class is least likely."""
    if len(parts) == 1:
        return 0
    return int(model.chances(whole - parts)[:, column].argmin())


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
