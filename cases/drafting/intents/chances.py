"""The trained classifiers of intents: how likely each reason to call is, by which clause and as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.loading import load_averaged, load_wordings
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Span, masked
from cases.drafting.classify.scores import Averaged, Scores, together
from cases.drafting.classify.trained import NOTHING
from cases.drafting.spans import Passage

DATA = Path(__file__).parent / "data"
WHOLE = "whole.npz"
LEAST = 0.1


@dataclass(frozen=True, slots=True)
class IntentChance:
    intent: str
    chance: float
    span: Span


class IntentChances:
    """`runs` are two classifiers whose chances are averaged, one knows wordings, the other what words mean;
    `whole` knows how callers talk who call for each reason.
    """

    def __init__(self, runs: Mapping[Language, Averaged], whole: Mapping[Language, Scores]) -> None:
        self._runs, self._whole = runs, whole

    def whole(self, said: Sequence[str], language: Language) -> Mapping[str, float]:
        """The chance of each intent by all these clauses, together 1."""
        if not said:
            return {}
        model = self._whole[language]
        chances = zip(model.codes, together(model, said), strict=True)
        return {code: round(float(one), 4) for code, one in chances if code}

    def likely(self, passage: Passage, taken: Iterable[Span] = ()) -> list[IntentChance]:
        """Each intent with the run of clauses that most likely tells of it, the likeliest first."""
        model = self._runs[passage.language]
        searched = masked(passage.text, [*taken, *passage.orders, *similes(passage.text)])
        spans = clauses(searched, passage.language)
        runs = [run for run in windows(len(spans)) if spans[run[1] - 1][1] > passage.cut]
        if not runs:
            return []
        chances = model.over([searched[start:end] for start, end in spans], runs)
        out: list[IntentChance] = []
        for column, code in enumerate(model.codes):
            best = int(chances[:, column].argmax())
            chance = float(chances[best, column])
            if code != NOTHING and chance >= LEAST:
                first, last = runs[best]
                out.append(IntentChance(code, round(chance, 4), (spans[first][0], spans[last - 1][1])))
        return sorted(out, key=lambda one: -one.chance)


def load_intents(folder: Path = DATA) -> IntentChances:
    """Raises `BrokenTable` when the weights are broken."""
    return IntentChances(load_averaged(folder), load_wordings(folder / WHOLE))
