"""From the chance that a call is about a class to what is shown of it: sure, with a mark, or only offered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cases.drafting.classify.ranking import Ranked
from cases.drafting.model import FieldName
from cases.drafting.thresholds import DOUBTFUL, FILL_FROM, OFFER_FROM

_FILLED = FILL_FROM[FieldName.CATEGORY]
SHOWN_FROM = 0.5
"""The first class fills the field where it has more than this share of what none of the classes has."""
SAID, SAID_FROM = 0.55, 0.05
"""The same for a class that words tell with so much: what is told plainly in one breath has little else.
So it is for one that both trained classifiers are sure of: they may know a city's own word, which no whole
call had.
"""
SURE_FROM = 0.95
"""The chance from which the first class carries no mark, if words say it too."""
OFFERED_FROM = 0.01
"""The chance below which a class is not worth an offer."""
_MARKED = DOUBTFUL - 0.01
_BESIDE = _FILLED - 0.01


@dataclass(frozen=True, slots=True)
class Verdict:
    code: str
    confidence: float


def verdicts(
    ranked: Ranked, said: Mapping[str, float], agreed: Collection[str] = frozenset()
) -> list[Verdict]:
    """Best first. `said` is how surely words tell each class, `agreed` those that both trained classifiers
    are sure of. Only the first may fill the field; the nearer another comes, the nearer its confidence, so
    that of two alike the one that is shown stays.
    """
    order = sorted(ranked.chances.items(), key=lambda item: (-item[1], item[0]))
    if not order:
        return []
    first, best = order[0]
    plain = first in agreed or said.get(first, 0.0) >= SAID
    out = [Verdict(first, _first(best, ranked.none, said.get(first, 0.0), plain=plain))]
    return [*out, *(Verdict(code, _beside(chance, best, said.get(code, 0.0))) for code, chance in order[1:])]


def shown(chance: float) -> float:
    """The confidence of a class that is shown with a mark."""
    return round(_FILLED + (_MARKED - _FILLED) * min(1.0, chance), 3)


def _first(chance: float, none: float, said: float, *, plain: bool) -> float:
    if chance >= SURE_FROM and said > 0:
        return round(min(0.99, DOUBTFUL + (1 - DOUBTFUL) * chance), 3)
    if chance > (SAID_FROM if plain else SHOWN_FROM) * none:
        return shown(chance)
    return _beside(chance, max(chance, none), said)


def _beside(chance: float, best: float, said: float) -> float:
    if chance < OFFERED_FROM and said < OFFER_FROM:
        return round(chance, 3)
    return round(OFFER_FROM + (_BESIDE - OFFER_FROM) * min(1.0, chance / best), 3)
