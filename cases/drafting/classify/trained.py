"""Trained scores behind the port: the best run of clauses for each class, and the clause that decides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.letters import Floats
from cases.drafting.classify.port import Guess, Span, masked

NOTHING = ""
"""The code of what names no class."""
KEEP = 5
LEAST = 0.02


class Scores(Protocol):
    @property
    def codes(self) -> Sequence[str]: ...

    def chances(self, said: Sequence[str], runs: Sequence[Span]) -> Floats: ...


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
        parts = clauses(searched, language)
        said = [searched[start:end] for start, end in parts]
        runs = [run for run in windows(len(parts)) if parts[run[1] - 1][1] > since]
        if not runs:
            return []
        chances = model.chances(said, runs)
        best_run = chances.argmax(axis=0)
        scores = chances.max(axis=0)
        out: list[Guess] = []
        for at in np.argsort(-scores, kind="stable")[: KEEP + 1]:
            code, score = model.codes[at], float(scores[at])
            if code == NOTHING or score < LEAST or len(out) == KEEP:
                continue
            first, last = runs[best_run[at]]
            span = parts[_deciding(model, said, first, last, int(at))]
            out.append(Guess(code, round(score, 4), (_trimmed(searched, span),)))
        return out


def _deciding(model: Scores, said: Sequence[str], first: int, last: int, column: int) -> int:
    """The clause without which the class is least likely."""
    if last - first == 1:
        return first
    without = []
    for left_out in range(first, last):
        rest = [said[at] for at in range(first, last) if at != left_out]
        without.append(float(model.chances(rest, [(0, len(rest))])[0, column]))
    return first + without.index(min(without))


def _trimmed(text: str, span: Span) -> Span:
    start, end = span
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
