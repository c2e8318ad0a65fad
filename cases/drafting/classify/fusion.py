"""What several classifiers say of one call, as one order: sure where they agree, else offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cases.drafting.model import FieldName
from cases.drafting.thresholds import DOUBTFUL, FILL_FROM, OFFER_FROM

_FILLED = FILL_FROM[FieldName.CATEGORY]
SHARES: Mapping[str, float] = {"words": 0.4, "letters": 0.5, "meaning": 0.2}
"""How much each classifier counts in the order."""
BACKS: Mapping[str, float] = {"words": 0.55, "letters": 0.35, "meaning": 0.55}
"""From which score a classifier stands for a class."""
MARKED: Mapping[str, float] = {"words": 0.55, "letters": 0.5}
"""From which score one classifier alone shows a class, marked as doubtful."""
SURE_FROM = 0.55
"""The weighed sum that a class needs beside two classifiers that stand for it."""
FIRST_TOLD = 0.25
"""A class told earlier comes first when it is sure too and not weaker than the best by more than this."""
LEAST = 0.05
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
    """Best first. Confidence is `DOUBTFUL` or more only for what two classifiers stand for."""
    order = sorted(backed, key=lambda one: (-one.sum, one.told, one.code))
    sure = [one for one in order if one.backers >= 2 and one.sum >= SURE_FROM]
    if sure:
        least = sure[0].sum - FIRST_TOLD
        first = min((one for one in sure if one.sum >= least), key=lambda one: one.told)
        order.remove(first)
        order.insert(0, first)
    return [Verdict(one.code, _confidence(one, one in sure)) for one in order]


def _confidence(one: Backed, sure: bool) -> float:
    if sure:
        return round(min(0.99, DOUBTFUL + (1 - DOUBTFUL) * min(1.0, one.sum)), 3)
    share = min(1.0, one.sum)
    if any(one.scores.get(name, 0.0) >= least for name, least in MARKED.items()):
        # One alone is strong: what no other confirms is shown with a mark.
        return round(_FILLED + (DOUBTFUL - 0.01 - _FILLED) * share, 3)
    if one.sum < LEAST:
        return round(one.sum, 3)
    return round(OFFER_FROM + (_FILLED - 0.01 - OFFER_FROM) * share, 3)
