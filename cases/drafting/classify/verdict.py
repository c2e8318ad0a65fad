"""From the chance that a call is about a class to how that is shown: sure, doubtful, or only offered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cases.drafting.classify.ranking import RankedClasses
from cases.shown import OFFER_FROM, Shown

SHOWN_FROM = 0.5
"""The first class fills the field where it has more than this share of what none of the classes has."""
SAID, SAID_FROM = 0.55, 0.05
"""The same for a class that words tell with so much: what is told plainly in one breath has little else.
So it is for one that both trained classifiers are sure of: they may know a city's own word, which no whole
call had.
"""
SURE_FROM = 0.95
"""The chance from which the first class is sure, if words say it too."""
OFFERED_FROM = 0.01
"""The chance below which a class is not worth an offer."""


@dataclass(frozen=True, slots=True)
class ClassifierVerdict:
    """`shown` is None for what is not worth an offer. `near`: so nearly as likely as the first that it stays
    in the field where it is shown.
    """

    code: str
    chance: float
    shown: Shown | None
    near: bool = False


def verdicts(
    ranked: RankedClasses, said: Mapping[str, float], agreed: Collection[str] = frozenset()
) -> list[ClassifierVerdict]:
    """Best first. `said` is how surely words tell each class, `agreed` those that both trained classifiers
    are sure of. Only the first may fill the field.
    """
    order = sorted(ranked.chances.items(), key=lambda item: (-item[1], item[0]))
    if not order:
        return []
    first, best = order[0]
    plain = first in agreed or said.get(first, 0.0) >= SAID
    shown = _first(best, ranked.none, said.get(first, 0.0), plain=plain)
    return [
        ClassifierVerdict(first, best, shown),
        *(
            ClassifierVerdict(
                code,
                chance,
                _beside(chance, said.get(code, 0.0)),
                near=shown is not Shown.SURE and chance >= best * (5 + best) / 6,
            )
            for code, chance in order[1:]
        ),
    ]


def _first(chance: float, none: float, said: float, *, plain: bool) -> Shown | None:
    if chance >= SURE_FROM and said > 0:
        return Shown.SURE
    if chance > (SAID_FROM if plain else SHOWN_FROM) * none:
        return Shown.DOUBTFUL
    return _beside(chance, said)


def _beside(chance: float, said: float) -> Shown | None:
    return None if chance < OFFERED_FROM and said < OFFER_FROM else Shown.OFFERED
