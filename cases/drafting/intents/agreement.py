"""Why somebody calls, from everything that was heard: sure where words, clauses and the whole call agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cases.drafting.intents.call import TRAINED
from cases.drafting.intents.chances import DATA
from cases.drafting.intents.ranking import IntentRanking, load_intent_ranking
from cases.drafting.model import MAX_EVIDENCE, Evidence, FieldCandidate, FieldName, SegmentFindings
from cases.shown import FILL_FROM, Shown

NO_PROBLEM = frozenset({"status", "enquiry", "complaint", "other"})
"""Intents that are no report: their words about a problem fill no category."""
REPORT, COMPLAINT = "report", "complaint"
BACKS = 0.5
"""From which chance the classifier takes part in what words say."""
CONFIRMS = 0.85
"""From which chance, if no report is likelier, the classifier makes sure that words do not mean a report."""
RIVAL = 0.6
"""From which chance another intent takes away that words mean a report."""
SURE_FROM = 0.9
"""From which chance by the whole call an intent may be sure."""
HEARD_FROM = 0.3
"""From which words or chance of a clause an intent fills the field: openings of any call say nothing."""
PLAIN = 0.75
"""The chance of a report, by the whole call, from which words of another intent do not go before it."""
REPORTED = 0.65
"""Below this chance of a report, by the whole call, a problem is only offered."""
REPORTED_SAID = 0.3
"""The same where words say that something is reported."""
SAID = 0.2
"""What a report gains beside an intent that only the whole call makes likely, where words say report."""
_FILLED = FILL_FROM
"""From which words mean an intent."""


@dataclass(frozen=True, slots=True)
class CallIntent:
    """`chance` is that of the whole call; only the first one is shown."""

    value: str
    chance: float
    shown: Shown | None
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


def agreed(
    heard: Sequence[SegmentFindings], call: Sequence[float], ranking: IntentRanking | None = None
) -> list[CallIntent]:
    """Every intent that was told, best first: by what the whole call was learned to be about; `call` are its
    `numbers`.
    """
    known = _told(heard)
    likely = _likely(call, ranking)
    order = sorted(known.items(), key=lambda item: (-_rank(item[0], item[1], likely), item[1].order))
    return [
        CallIntent(
            value,
            round(likely[value], 3),
            _shown(value, known, likely) if at == 0 else None,
            tuple(one.said) or one.likely,
        )
        for at, (value, one) in enumerate(order)
    ]


def torn(
    heard: Sequence[SegmentFindings],
    call: Sequence[float],
    ranking: IntentRanking | None = None,
    *,
    plain: bool = False,
) -> bool:
    """Whether it may as well be no report: then nothing is filled that only a report has. `plain`: words and
    both classifiers name a class in a sentence or two, which says report where no words say otherwise.
    """
    known = _told(heard)
    said = known.get(REPORT, _Known(0)).words >= _FILLED
    if plain and not said:
        said = not any(known[value].words > 0 for value in NO_PROBLEM & known.keys())
    return _likely(call, ranking)[REPORT] < (REPORTED_SAID if said else REPORTED)


def _likely(call: Sequence[float], ranking: IntentRanking | None) -> Mapping[str, float]:
    return (ranking or load_intent_ranking(DATA)).chances(call)


def _told(heard: Sequence[SegmentFindings]) -> dict[str, _Known]:
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


def _rank(value: str, one: _Known, likely: Mapping[str, float]) -> float:
    """Who asks after a fault tells it again, so another intent that words name goes before a report, unless
    the whole call plainly is one; first a complaint about people, as it tells what was not done before.
    """
    if value == REPORT:
        return likely[value] + (SAID if one.words >= _FILLED else 0.0)
    said = one.words >= _FILLED and likely[REPORT] < PLAIN
    return likely[value] + 2 * said + (said and value == COMPLAINT)


def _count(one: _Known, candidate: FieldCandidate) -> None:
    if candidate.source != TRAINED:
        one.left *= 1 - candidate.weight
        if len(one.said) < MAX_EVIDENCE:
            one.said.update(dict.fromkeys(candidate.evidence))
    elif candidate.weight > one.chance:
        one.chance, one.likely = candidate.weight, candidate.evidence


def _is_sure(value: str, known: Mapping[str, _Known], likely: Mapping[str, float]) -> bool:
    """Words say it, the classifier confirms it, and nothing else is as likely."""
    one = known[value]
    if one.words < _FILLED or likely[value] < SURE_FROM:
        return False
    if value == REPORT:
        others = (other.chance for name, other in known.items() if name != REPORT)
        return one.chance >= BACKS and max(others, default=0.0) < RIVAL
    return one.chance >= max(CONFIRMS, known.get(REPORT, _Known(0)).chance)


def _shown(value: str, known: Mapping[str, _Known], likely: Mapping[str, float]) -> Shown | None:
    if _is_sure(value, known, likely):
        return Shown.SURE
    one = known[value]
    return Shown.DOUBTFUL if max(one.words, one.chance) >= HEARD_FROM else None
