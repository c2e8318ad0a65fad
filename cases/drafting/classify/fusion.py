"""What several classifiers say of one call, as one order: sure where they agree, else offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cases.drafting.model import FieldName
from cases.drafting.thresholds import DOUBTFUL, FILL_FROM, OFFER_FROM

_FILLED = FILL_FROM[FieldName.CATEGORY]
SHARES: Mapping[str, float] = {"words": 0.3, "letters": 0.5, "meaning": 0.2}
"""How much each classifier counts in the order."""
BACKS: Mapping[str, float] = {"words": 0.7, "letters": 0.6, "meaning": 0.6}
"""From which score a classifier stands for a class."""
MARKED: Mapping[str, float] = {"words": 0.55, "letters": 0.6}
"""From which score a classifier shows a class, marked as doubtful."""
BESIDE_LETTERS = 0.4
"""What the other trained classifier must give at least to a class that letters alone show."""
SAID = "words"
"""What is sure was also said in words of the tables: the trained two learnt from the same sentences."""
SURE_FROM = 0.6
"""The weighed sum that a class needs beside two classifiers that stand for it."""
CLEAR_BY = 0.25
"""How much more than any other class it must weigh: where two are told alike, neither is sure."""
FIRST_TOLD = 0.1
"""A class told earlier comes first when it is sure too and not weaker than the best by more than this."""
LEAST = 0.12
"""The weighed sum below which a class is not worth an offer."""


@dataclass(frozen=True, slots=True)
class Backed:
    """One class: each classifier's score for it, and where in the call it was first told."""

    code: str
    scores: Mapping[str, float]
    told: int

    @property
    def sum(self) -> float:
        return sum(share * self.scores.get(name, 0.0) for name, share in SHARES.items())

    @property
    def backers(self) -> int:
        return sum(self.scores.get(name, 0.0) >= least for name, least in BACKS.items())


@dataclass(frozen=True, slots=True)
class Verdict:
    code: str
    confidence: float


def fuse(backed: Sequence[Backed]) -> list[Verdict]:
    """Best first. Confidence is `DOUBTFUL` or more only for what two classifiers stand for, and clearly."""
    order = sorted(backed, key=lambda one: (-one.sum, one.told, one.code))
    backed_twice = [one for one in order if one.backers >= 2 and one.sum >= SURE_FROM]
    if not backed_twice:
        return _shown_first([Verdict(one.code, _confidence(one, sure=False)) for one in order])
    least = backed_twice[0].sum - FIRST_TOLD
    first = min((one for one in backed_twice if one.sum >= least), key=lambda one: one.told)
    order.remove(first)
    order.insert(0, first)
    clear = all(other.sum <= first.sum - CLEAR_BY for other in order[1:])
    sure = [one for one in backed_twice if clear and one.scores.get(SAID, 0.0) >= BACKS[SAID]]
    if first not in sure:
        sure = []
    return _shown_first([Verdict(one.code, _confidence(one, sure=one in sure)) for one in order])


def _shown_first(order: list[Verdict]) -> list[Verdict]:
    """What may be shown goes before what is only offered, each in its order."""
    return sorted(order, key=lambda one: one.confidence < _FILLED)


def _confidence(one: Backed, *, sure: bool) -> float:
    if sure:
        return round(min(0.99, DOUBTFUL + (1 - DOUBTFUL) * min(1.0, one.sum)), 3)
    share = min(1.0, one.sum)
    said = one.scores.get(SAID, 0.0) >= MARKED[SAID]
    likely = one.scores.get("letters", 0.0) >= MARKED["letters"]
    if said or (likely and one.scores.get("meaning", 0.0) >= BESIDE_LETTERS):
        return round(_FILLED + (DOUBTFUL - 0.01 - _FILLED) * share, 3)
    if one.sum < LEAST:
        return round(one.sum, 3)
    return round(OFFER_FROM + (_FILLED - 0.01 - OFFER_FROM) * share, 3)
