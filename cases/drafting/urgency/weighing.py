"""What speaks for urgency in a call, weighed together into one number: from `URGENT_FROM` the call is urgent.

It is the natural logarithm of odds. Words alone miss most hazards and take repaired ones for open; the
classifiers alone miss what is told briefly. The weights are those by which calls that the classifiers did not
know are parted best, rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from cases.drafting.model import MAX_EVIDENCE, WHOLE, Evidence, FieldName, SegmentFindings
from cases.drafting.urgency.finder import NORMAL

SAID_FROM = 0.7
"""From which weight words say that it cannot wait; lighter ones tell of what may hurt passers-by."""
SAID, HAZARD, SETTLED, CLASS = 0.6, 1.2, -1.0, 1.2
"""Words of urgency, of a hazard and of its end, and a class that is an emergency by itself."""
URGENT_FROM = 0.0
PROBLEM_FROM = 0.05
"""How likely a class must be before chances alone make a call urgent: in small talk each is near 0."""
_LEAST = 0.01


@dataclass(frozen=True, slots=True)
class UrgencyWeight:
    """`said`: the caller says that it cannot wait; `in_words`: so, or words tell of a hazard."""

    value: float
    said: bool
    in_words: bool
    evidence: tuple[Evidence, ...]

    @property
    def urgent(self) -> bool:
        return self.value >= URGENT_FROM

    @property
    def chance(self) -> float:
        """Between 0 and 1."""
        return round(min(0.99, 1 / (1 + exp(URGENT_FROM - self.value))), 3)


def weighed(heard: Sequence[SegmentFindings], *, urgent_class: bool) -> UrgencyWeight:
    """By the citizen's words alone; `urgent_class`: it is about a class that is an emergency by itself."""
    said = hazard = settled = False
    chance = 0.0
    evidence: dict[Evidence, None] = {}
    for item in heard:
        if item.segment.speaker != "citizen":
            continue
        for one in item.candidates:
            if one.field is not FieldName.URGENCY:
                continue
            if one.source == WHOLE:
                chance = one.weight
            elif one.value == NORMAL:
                settled = True
                continue
            elif one.in_words:
                said = said or one.weight >= SAID_FROM
                hazard = hazard or one.weight < SAID_FROM
            evidence.update(dict.fromkeys(one.evidence))
    value = _odds(chance) + SAID * said + HAZARD * hazard + SETTLED * settled + CLASS * urgent_class
    return UrgencyWeight(value, said, said or hazard, tuple(evidence)[:MAX_EVIDENCE])


def _odds(chance: float) -> float:
    return log((chance + _LEAST) / (1 + _LEAST - chance))
