"""What several classifiers say of one call, as one order: sure where they agree, else offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cases.drafting.model import FieldName
from cases.drafting.thresholds import DOUBTFUL, FILL_FROM, OFFER_FROM

_FILLED = FILL_FROM[FieldName.CATEGORY]
SHARES: Mapping[str, float] = {"words": 0.15, "letters": 0.5, "meaning": 0.35}
"""How much each counts in the order: words know every third wording of a writer they were not made for."""
BACKS: Mapping[str, float] = {"words": 0.7, "letters": 0.6, "meaning": 0.6}
"""From which score a classifier stands for a class."""
SURE: Mapping[str, float] = {"words": 0.55, "letters": 0.9, "meaning": 0.85}
"""What is sure all three tell: the trained two are fooled alike where a bridge or a filling station only says
where it is, and words with one of them err in one of 16 (decision 0115).
"""
SAID = "words"
SAID_FROM = 0.55
"""From which score words alone show a class, marked as doubtful."""
SHOWN_FROM = 0.25
"""The weighed sum from which a class is shown, marked as doubtful: it is right in two of five."""
SURE_FROM = 0.6
"""The weighed sum from which a class that two stand for may come first because it was told first."""
CLEAR_BY = 0.25
"""How much more than any other class it must weigh: where two are told alike, neither is sure."""
LIKELY_FROM = 0.5
"""The weighed sum from which a class is more likely right than not, three times in four."""
FIRST_TOLD = 0.1
"""A class told earlier comes first when it is sure too and not weaker than the best by more than this."""
LEAST = 0.12
"""The weighed sum below which a class is not worth an offer."""


def shown(share: float) -> float:
    """The confidence of a class that is shown with a mark, by its weighed sum."""
    return round(_FILLED + (DOUBTFUL - 0.01 - _FILLED) * min(1.0, share), 3)


LIKELY = shown(LIKELY_FROM)


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
    sure = [one for one in backed_twice if clear and _certain(one)]
    if first not in sure:
        sure = []
    return _shown_first([Verdict(one.code, _confidence(one, sure=one in sure)) for one in order])


def _shown_first(order: list[Verdict]) -> list[Verdict]:
    """What may be shown goes before what is only offered, each in its order."""
    return sorted(order, key=lambda one: one.confidence < _FILLED)


def _certain(one: Backed) -> bool:
    return all(one.scores.get(name, 0.0) >= least for name, least in SURE.items())


def _confidence(one: Backed, *, sure: bool) -> float:
    if sure:
        return round(min(0.99, DOUBTFUL + (1 - DOUBTFUL) * min(1.0, one.sum)), 3)
    share = min(1.0, one.sum)
    said = one.scores.get(SAID, 0.0)
    if said >= SAID_FROM:
        return shown(max(share, LIKELY_FROM))
    if share >= SHOWN_FROM:
        return shown(share)
    if one.sum < LEAST and said < OFFER_FROM:
        return round(one.sum, 3)
    return round(OFFER_FROM + (_FILLED - 0.01 - OFFER_FROM) * share, 3)
