"""The trained classifiers of urgency: how likely what was said so far tells of a hazard to passers-by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cases.catalogue.words import Language
from cases.drafting.classify.loading import load_averaged
from cases.drafting.classify.scores import Averaged

DATA = Path(__file__).parent / "data"
URGENT = "urgent"


class UrgencyChances:
    """Two classifiers whose chances are averaged: one knows wordings, the other what words mean."""

    def __init__(self, models: Mapping[Language, Averaged]) -> None:
        self._models = models

    def whole(self, said: Sequence[str], language: Language) -> float:
        """The chance (0 to 1) by all these clauses together; 0 without any."""
        if not said:
            return 0.0
        return self._of(said, [(0, len(said))], language)[0]

    def each(self, said: Sequence[str], language: Language) -> Sequence[float]:
        """The chance by each clause alone."""
        return self._of(said, [(at, at + 1) for at in range(len(said))], language) if said else []

    def _of(
        self, said: Sequence[str], runs: Sequence[tuple[int, int]], language: Language
    ) -> Sequence[float]:
        model = self._models[language]
        return [float(one) for one in model.over(said, runs)[:, list(model.codes).index(URGENT)]]


def load_urgency(folder: Path = DATA) -> UrgencyChances:
    """Raises `BrokenTable` when the weights are broken."""
    return UrgencyChances(load_averaged(folder))
