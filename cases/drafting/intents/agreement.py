"""Why somebody calls, from everything that was heard: sure where words and the classifier agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cases.drafting.model import Candidate, Evidence, FieldName, Heard
from cases.drafting.thresholds import DOUBTFUL, FILL_FROM, MAX_EVIDENCE, OFFER_FROM

NO_PROBLEM = frozenset({"status", "enquiry", "complaint", "other"})
"""Intents that are no report: their words about a problem fill no category."""
TRAINED = "trained"
"""The source of a candidate of the classifier; words have none."""
REPORT, COMPLAINT, OTHER = "report", "complaint", "other"
WORDS_COUNT, TRAINED_COUNT = 0.4, 0.6
BACKS = 0.5
"""From which chance the classifier confirms what words say."""
REPORTED = 0.8
"""Below this chance of a report the likeliest other intent stands, though no words say so."""
ALONE = 0.8
"""From which chance the classifier alone names a complaint, thanks or a wrong number that no words say:
openings and politeness of any call sound like one.
"""
_FILLED = FILL_FROM[FieldName.INTENT]


@dataclass(frozen=True, slots=True)
class Reason:
    value: str
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class _Known:
    """`left` is the chance that words do not mean it, `chance` the classifier's for its best clauses."""

    order: int
    left: float = 1.0
    chance: float = 0.0
    said: dict[Evidence, None] = field(default_factory=dict)
    likely: tuple[Evidence, ...] = ()

    @property
    def words(self) -> float:
        return 1 - self.left

    @property
    def sum(self) -> float:
        return WORDS_COUNT * self.words + TRAINED_COUNT * self.chance


def agreed(heard: Sequence[Heard]) -> list[Reason]:
    """Every intent that was told, best first."""
    known: dict[str, _Known] = {}
    for item in heard:
        if item.segment.speaker != "citizen":
            continue
        for candidate in item.of(FieldName.INTENT):
            one = known.get(candidate.value)
            if one is None:
                one = known[candidate.value] = _Known(len(known))
            _count(one, candidate)
    report = known.get(REPORT, _Known(0))
    order = sorted(known.items(), key=lambda item: (-_rank(item[0], item[1], report), item[1].order))
    return [
        Reason(
            value,
            _confidence(one) if at == 0 else min(_confidence(one), OFFER_FROM),
            tuple(one.said) or one.likely,
        )
        for at, (value, one) in enumerate(order)
    ]


def _rank(value: str, one: _Known, report: _Known) -> float:
    """Who asks after a fault tells it again, so another intent that words name goes before a report; first a
    complaint about people, as it tells what was not done before.
    """
    if value == REPORT:
        return 1.0 + one.sum
    unlikely = report.chance < REPORTED
    if one.words >= _FILLED:
        return 2.0 + one.sum + (value == COMPLAINT)
    least = ALONE if value in {COMPLAINT, OTHER} else BACKS
    return one.sum + (2.0 if unlikely and one.chance >= least else 0.0)


def _count(one: _Known, candidate: Candidate) -> None:
    if candidate.source != TRAINED:
        one.left *= 1 - candidate.weight
        if len(one.said) < MAX_EVIDENCE:
            one.said.update(dict.fromkeys(candidate.evidence))
    elif candidate.weight > one.chance:
        one.chance, one.likely = candidate.weight, candidate.evidence


def _confidence(one: _Known) -> float:
    share = min(1.0, one.sum)
    if one.words >= _FILLED and one.chance >= BACKS:
        return round(DOUBTFUL + (0.99 - DOUBTFUL) * share, 3)
    if max(one.words, one.chance) >= _FILLED:
        return round(_FILLED + (DOUBTFUL - 0.01 - _FILLED) * share, 3)
    return round(OFFER_FROM * share, 3)
