"""Why somebody calls, from everything that was heard: sure where words and the classifier agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
"""From which chance the classifier takes part in what words say."""
CONFIRMS = 0.85
"""From which chance, if no report is likelier, the classifier makes sure that words do not mean a report."""
RIVAL = 0.6
"""From which chance another intent takes away that words mean a report: decision 0150."""
REPORTED = 0.8
"""Below this chance of a report the likeliest other intent stands, though no words say so."""
ALONE = 0.8
"""From which chance the classifier alone names a complaint, thanks or a wrong number that no words say:
openings and politeness of any call sound like one.
"""
TORN, REPORT_PLAIN = 0.65, 0.97
"""From which chance of another intent a problem is only offered, where neither words nor this say report."""
TORN_ANYWAY = 0.9
"""The same where they do: thanks and complaints tell the problem again (decision 0151)."""
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
    known = _told(heard)
    report = known.get(REPORT, _Known(0))
    order = sorted(known.items(), key=lambda item: (-_rank(item[0], item[1], report), item[1].order))
    return [
        Reason(
            value,
            _confidence(one, sure=_is_sure(value, known)) if at == 0 else min(_confidence(one), OFFER_FROM),
            tuple(one.said) or one.likely,
        )
        for at, (value, one) in enumerate(order)
    ]


def torn(heard: Sequence[Heard]) -> bool:
    """Whether the classifier finds no report as likely: then nothing is filled that only a report has."""
    known = _told(heard)
    other = max((one.chance for value, one in known.items() if value != REPORT), default=0.0)
    report = known.get(REPORT, _Known(0))
    plain = report.words >= _FILLED or report.chance >= REPORT_PLAIN
    return other >= (TORN_ANYWAY if plain else TORN)


def _told(heard: Sequence[Heard]) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    for item in heard:
        if item.segment.speaker != "citizen":
            continue
        for candidate in item.of(FieldName.INTENT):
            one = known.get(candidate.value)
            if one is None:
                one = known[candidate.value] = _Known(len(known))
            _count(one, candidate)
    return known


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
    if report.words >= _FILLED:
        least = TORN_ANYWAY
    return one.sum + (2.0 if unlikely and one.chance >= least else 0.0)


def _count(one: _Known, candidate: Candidate) -> None:
    if candidate.source != TRAINED:
        one.left *= 1 - candidate.weight
        if len(one.said) < MAX_EVIDENCE:
            one.said.update(dict.fromkeys(candidate.evidence))
    elif candidate.weight > one.chance:
        one.chance, one.likely = candidate.weight, candidate.evidence


def _is_sure(value: str, known: Mapping[str, _Known]) -> bool:
    """Words say it, the classifier confirms it, and nothing else is as likely."""
    one = known[value]
    if one.words < _FILLED:
        return False
    if value == REPORT:
        others = (other.chance for name, other in known.items() if name != REPORT)
        return one.chance >= BACKS and max(others, default=0.0) < RIVAL
    return one.chance >= max(CONFIRMS, known.get(REPORT, _Known(0)).chance)


def _confidence(one: _Known, *, sure: bool = False) -> float:
    share = min(1.0, one.sum)
    if sure:
        return round(DOUBTFUL + (0.99 - DOUBTFUL) * share, 3)
    if max(one.words, one.chance) >= _FILLED:
        return round(_FILLED + (DOUBTFUL - 0.01 - _FILLED) * share, 3)
    return round(OFFER_FROM * share, 3)
