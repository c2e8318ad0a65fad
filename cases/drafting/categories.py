"""The category field from everything that was heard: each classifier's scores, then their agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from cases.drafting.classify.fusion import Backed, fuse
from cases.drafting.model import Candidate, Evidence, FieldName, Heard
from cases.drafting.thresholds import MAX_EVIDENCE

WORDS = "words"
TELLS_FROM = 0.3
"""From which weight a guess says where in the call a problem was told, and a trained one that it was told
again.
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A class with its confidence and the words of the classifier that points at them best."""

    value: str
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class _Known:
    """What was found for one class by each source; `alone` are the chances that it is not meant, one for each
    place where it was told, `best` the highest that it is.
    """

    told: int = 10**9
    alone: dict[str, dict[str, float]] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)

    def scores(self) -> dict[str, float]:
        """Each source's chance that the class is meant."""
        return {
            source: max(best, 1 - prod(self.alone.get(source, {}).values()))
            for source, best in self.best.items()
        }


def named(heard: Sequence[Heard]) -> list[Named]:
    """Every class that any classifier found in the citizen's words, best first."""
    known: dict[str, _Known] = {}
    for at, item in enumerate(heard):
        if item.segment.speaker != "citizen":
            continue
        for candidate in item.candidates:
            if candidate.field is FieldName.CATEGORY:
                _count(known, candidate, at, item.segment.segment_id)
    backed = {code: Backed(code, one.scores(), one.told) for code, one in known.items()}
    return [
        Named(verdict.code, verdict.confidence, _shown(known[verdict.code], backed[verdict.code].scores))
        for verdict in fuse(list(backed.values()))
    ]


def _count(known: dict[str, _Known], candidate: Candidate, at: int, segment_id: str) -> None:
    source = candidate.source or WORDS
    start = candidate.evidence[-1].start if candidate.evidence else 0
    one = known.setdefault(candidate.value, _Known())
    if candidate.weight >= TELLS_FROM:
        one.told = min(one.told, at * 10_000 + start)
    best = candidate.weight >= one.best.get(source, 0.0)
    one.best[source] = max(one.best.get(source, 0.0), candidate.weight)
    pieces = one.evidence.setdefault(source, [])
    if source != WORDS and best:
        pieces.clear()  # the clause that says it best
    tells = source == WORDS or candidate.weight >= TELLS_FROM
    if tells:
        place = _place(candidate, source, segment_id)
        alone = one.alone.setdefault(source, {})
        alone[place] = min(alone.get(place, 1.0), 1 - candidate.weight)
    if (tells or best) and len(pieces) < MAX_EVIDENCE:
        pieces.extend(piece for piece in candidate.evidence if piece not in pieces)


def _place(candidate: Candidate, source: str, segment_id: str) -> str:
    """Told again it is surer, unless it may be a mishearing. A trained guess may be about the segment
    before, as the two are looked at together: it was told where most of its clause lies.
    """
    if candidate.weak:
        return "weak"
    if source == WORDS or not candidate.evidence:
        return segment_id
    return max(candidate.evidence, key=lambda piece: piece.end - piece.start).segment_id


def _shown(one: _Known, scores: Mapping[str, float]) -> tuple[Evidence, ...]:
    """Words point at themselves; a trained classifier points at a clause only."""
    if one.evidence.get(WORDS):
        return tuple(one.evidence[WORDS])
    return tuple(one.evidence[max(scores, key=lambda source: scores[source])])
