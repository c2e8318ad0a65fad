"""The trained classifier of intents: how likely each reason to call is, and by which clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.loading import load_averaged
from cases.drafting.classify.port import Span, masked
from cases.drafting.classify.scores import Averaged
from cases.drafting.classify.trained import NOTHING
from cases.drafting.spans import Passage

DATA = Path(__file__).parent / "data"
LEAST = 0.1


@dataclass(frozen=True, slots=True)
class Likely:
    intent: str
    chance: float
    span: Span


class IntentChances:
    def __init__(self, models: Mapping[Language, Averaged]) -> None:
        self._models = models

    def likely(self, passage: Passage) -> list[Likely]:
        """Each intent with the run of clauses that most likely tells of it, the likeliest first."""
        model = self._models[passage.language]
        searched = masked(passage.text, passage.orders)
        spans = clauses(searched, passage.language)
        runs = [run for run in windows(len(spans)) if spans[run[1] - 1][1] > passage.cut]
        if not runs:
            return []
        chances = model.over([searched[start:end] for start, end in spans], runs)
        out: list[Likely] = []
        for column, code in enumerate(model.codes):
            best = int(chances[:, column].argmax())
            chance = float(chances[best, column])
            if code != NOTHING and chance >= LEAST:
                first, last = runs[best]
                out.append(Likely(code, round(chance, 4), (spans[first][0], spans[last - 1][1])))
        return sorted(out, key=lambda one: -one.chance)


def load_intents(folder: Path = DATA) -> IntentChances:
    """Raises `BrokenTable` when the weights are broken."""
    return IntentChances(load_averaged(folder))
