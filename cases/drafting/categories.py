"""The category field from everything that was heard: each classifier's scores, then their agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from cases.drafting.classify.fusion import Backed, fuse
from cases.drafting.model import Candidate, Evidence, FieldName, Heard
from cases.drafting.thresholds import MAX_EVIDENCE

WORDS = "words"
UNTOLD = 10**9
"""The place of a class that nothing tells, behind all others."""
_Span = tuple[str, int, int]
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


class _Guess(NamedTuple):
    """One candidate; `place` is where it was told, empty for what a trained classifier hardly believes."""

    value: str
    source: str
    weight: float
    place: str
    start: int
    evidence: dict[_Span, Evidence]


@dataclass(slots=True)
class _Voice:
    """What one source says of one class: `best` is the highest chance that it is meant, `alone` are the
    chances that it is not, one for each place where it was told.
    """

    best: float = 0.0
    alone: dict[str, float] = field(default_factory=dict)
    evidence: dict[_Span, Evidence] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return max(self.best, 1 - prod(self.alone.values()))


def named(heard: Sequence[Heard]) -> list[Named]:
    """Every class that any classifier found in the citizen's words, best first."""
    voices: dict[str, dict[str, _Voice]] = {}
    told: dict[str, int] = {}
    for at, item in enumerate(heard):
        for guess in item.kept(_guesses):
            by_source = voices.setdefault(guess.value, {})
            voice = by_source.get(guess.source)
            if voice is None:
                voice = by_source[guess.source] = _Voice()
            _count(voice, guess)
            if guess.weight >= TELLS_FROM:
                told[guess.value] = min(told.get(guess.value, UNTOLD), at * 10_000 + guess.start)
    backed = {
        code: Backed(code, {source: voice.score for source, voice in of.items()}, told.get(code, UNTOLD))
        for code, of in voices.items()
    }
    return [
        Named(verdict.code, verdict.confidence, _shown(voices[verdict.code], backed[verdict.code].scores))
        for verdict in fuse(list(backed.values()))
    ]


def _guesses(item: Heard) -> list[_Guess]:
    if item.segment.speaker != "citizen":
        return []
    return [
        _Guess(
            value=one.value,
            source=one.source or WORDS,
            weight=one.weight,
            place=_place(one, item.segment.segment_id) if one.in_words or one.weight >= TELLS_FROM else "",
            start=one.evidence[-1].start if one.evidence else 0,
            evidence={(piece.segment_id, piece.start, piece.end): piece for piece in one.evidence},
        )
        for one in item.of(FieldName.CATEGORY)
    ]


def _place(candidate: Candidate, segment_id: str) -> str:
    """Told again it is surer, unless it may be a mishearing. A trained guess may be about the segment
    before, as the two are looked at together: it was told where most of its clause lies.
    """
    if candidate.weak:
        return "weak"
    if candidate.in_words or not candidate.evidence:
        return segment_id
    return max(candidate.evidence, key=lambda piece: piece.end - piece.start).segment_id


def _count(voice: _Voice, guess: _Guess) -> None:
    best = guess.weight >= voice.best
    if best:
        voice.best = guess.weight
        if guess.source != WORDS:
            voice.evidence.clear()  # the clause that says it best
    if guess.place:
        voice.alone[guess.place] = min(voice.alone.get(guess.place, 1.0), 1 - guess.weight)
    if (best or guess.place) and len(voice.evidence) < MAX_EVIDENCE:
        voice.evidence.update(guess.evidence)


def _shown(voices: Mapping[str, _Voice], scores: Mapping[str, float]) -> tuple[Evidence, ...]:
    """Words point at themselves; a trained classifier points at a clause only."""
    if WORDS in voices and voices[WORDS].evidence:
        return tuple(voices[WORDS].evidence.values())
    return tuple(voices[max(scores, key=lambda source: scores[source])].evidence.values())
