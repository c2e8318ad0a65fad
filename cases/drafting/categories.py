"""The category field from everything that was heard: what is said of each class, and which one is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

from cases.drafting.classify.finder import MASS
from cases.drafting.classify.loading import DATA
from cases.drafting.classify.ranking import ClassifierScore, ClassScore, RankedClasses, Ranking, load_ranking
from cases.drafting.classify.verdict import SAID, ClassifierVerdict, verdicts
from cases.drafting.intents.call import numbers
from cases.drafting.model import MAX_EVIDENCE, Evidence, FieldCandidate, FieldName, SegmentFindings

WORDS, LETTERS, MEANING = "words", "letters", "meaning"
TELLS_FROM = 0.3
"""From which weight a guess says where in the call a problem was told."""
PLAIN_FROM = 0.4
"""From which chance by both trained classifiers a class that words say too is told plainly."""
BOTH_FROM = 0.9
"""From which chance by each of them both trained classifiers are sure of a class."""
PLAIN_SEGMENTS = 1
"""Who tells more may be somebody who asks after a fault and tells it again."""
_Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class RankedCategory:
    """What is shown of a class, and the words of the classifier that points at them best."""

    verdict: ClassifierVerdict
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class CategoryState:
    """All that a call says of its classes: `about` of each, `call` beside them, `evidence` by class."""

    about: Sequence[ClassScore]
    call: Sequence[float]
    evidence: Mapping[str, tuple[Evidence, ...]]


class _Guess(NamedTuple):
    """One candidate; `place` is the segment in which it was told."""

    value: str
    source: str
    weight: float
    mass: float
    place: str
    evidence: dict[_Span, Evidence]


@dataclass(slots=True)
class _ClassSupport:
    """One class: what each source says, the best chance in each place, and its mass by segment."""

    best: dict[str, float] = field(default_factory=dict)
    mass: dict[str, float] = field(default_factory=dict)
    unsaid: dict[str, float] = field(default_factory=dict)
    places: dict[str, float] = field(default_factory=dict)
    opening: float = 0.0
    leads: int = 0
    first: int | None = None
    evidence: dict[str, dict[_Span, Evidence]] = field(default_factory=dict)

    @property
    def words(self) -> float:
        return 1 - prod(self.unsaid.values())

    def voice(self, source: str, most: Mapping[str, float]) -> ClassifierScore:
        mass = self.mass.get(source, 0.0)
        return ClassifierScore(self.best.get(source, 0.0), mass, mass >= most[source])

    def about(self, code: str, segments: int, most: Mapping[str, float], whole: float) -> ClassScore:
        """`most` is the highest mass that any class has, by source; `whole` its chance by the whole call."""
        mass = sum(self.mass.values())
        chances = sorted(self.places.values(), reverse=True)
        return ClassScore(
            code=code,
            letters=self.voice(LETTERS, most),
            meaning=self.voice(MEANING, most),
            words=self.words,
            again=chances[1] if len(chances) > 1 else 0.0,
            opening=self.opening / mass if mass > 0 else 0.0,
            leads=self.leads / segments,
            told=1.0 if self.first is None else self.first / segments,
            whole=whole,
        )

    def shown(self) -> tuple[Evidence, ...]:
        """Words point at themselves; a trained classifier points at a clause only."""
        if self.evidence.get(WORDS):
            return tuple(self.evidence[WORDS].values())
        source = max(self.best, key=lambda one: self.best[one])
        return tuple(self.evidence[source].values())


def named(known: CategoryState, ranking: Ranking | None = None) -> list[RankedCategory]:
    """Every class that any classifier found in the citizen's words, best first."""
    ranked = _by_words(known) or (ranking or load_ranking(DATA)).rank(known.about, known.call)
    said = {one.code: one.words for one in known.about}
    both = {one.code for one in known.about if min(one.letters.best, one.meaning.best) >= BOTH_FROM}
    found = verdicts(ranked, said, both)
    return [RankedCategory(one, known.evidence[one.code]) for one in found]


def is_plain(heard: Sequence[SegmentFindings], known: CategoryState) -> bool:
    """Whether words and both trained classifiers name one class in a call of a sentence or two."""
    if sum(item.segment.speaker == "citizen" for item in heard) > PLAIN_SEGMENTS:
        return False
    return any(
        one.words >= SAID and min(one.letters.best, one.meaning.best) >= PLAIN_FROM for one in known.about
    )


def _by_words(known: CategoryState) -> RankedClasses | None:
    """Where words are misheard, the trained classifiers hear nothing, and the words that sound like them are
    all there is.
    """
    if any(max(one.letters.best, one.meaning.best) >= TELLS_FROM for one in known.about):
        return None
    plain = max(known.about, key=lambda one: one.words, default=None)
    if plain is None or plain.words < SAID:
        return None
    return RankedClasses({one.code: float(one is plain) / 2 for one in known.about}, 0.5)


def known_of(heard: Sequence[SegmentFindings]) -> CategoryState:
    """What there is to rank a call's classes by."""
    citizen = [item for item in heard if item.segment.speaker == "citizen"]
    told: dict[str, _ClassSupport] = {}
    for at, item in enumerate(citizen):
        guesses = item.kept(_guesses)
        masses: dict[str, float] = {}
        for guess in guesses:
            _count(told.setdefault(guess.value, _ClassSupport()), guess, at)
            masses[guess.value] = masses.get(guess.value, 0.0) + guess.mass
        if masses:
            told[max(masses, key=lambda value: masses[value])].leads += 1
    segments = max(1, len(citizen))
    most = {
        source: max((one.mass.get(source, 0.0) for one in told.values()), default=0.0)
        for source in (LETTERS, MEANING)
    }
    whole = citizen[-1].whole(FieldName.CATEGORY) if citizen else {}
    return CategoryState(
        [one.about(code, segments, most, whole.get(code, 0.0)) for code, one in told.items()],
        numbers(heard),
        {code: one.shown() for code, one in told.items()},
    )


def _guesses(item: SegmentFindings) -> list[_Guess]:
    return [
        _Guess(
            value=one.value,
            source=one.source or WORDS,
            weight=one.weight,
            mass=_mass(one),
            place=_place(one, item.segment.segment_id),
            evidence={(piece.segment_id, piece.start, piece.end): piece for piece in one.evidence},
        )
        for one in item.of(FieldName.CATEGORY)
    ]


def _mass(candidate: FieldCandidate) -> float:
    """A draft that was stored before masses were has chances alone."""
    return 0.0 if candidate.in_words else float(candidate.detail.get(MASS, candidate.weight))


def _place(candidate: FieldCandidate, segment_id: str) -> str:
    """Told again it is surer, unless it may be a mishearing. A trained guess may be about the segment
    before, as the two are looked at together: it was told where most of its clause lies.
    """
    if candidate.weak:
        return "weak"
    if candidate.in_words or not candidate.evidence:
        return segment_id
    return max(candidate.evidence, key=lambda piece: piece.end - piece.start).segment_id


def _count(told: _ClassSupport, guess: _Guess, at: int) -> None:
    best = guess.weight >= told.best.get(guess.source, 0.0)
    proof = told.evidence.setdefault(guess.source, {})
    if best:
        told.best[guess.source] = guess.weight
    if guess.source == WORDS:
        told.unsaid[guess.place] = min(told.unsaid.get(guess.place, 1.0), 1 - guess.weight)
        _add(proof, guess.evidence)
        return
    if best:
        proof.clear()  # the clause that says it best
        _add(proof, guess.evidence)
    told.mass[guess.source] = told.mass.get(guess.source, 0.0) + guess.mass
    told.places[guess.place] = max(told.places.get(guess.place, 0.0), guess.weight)
    if at == 0:
        told.opening += guess.mass
    if told.first is None and guess.weight >= TELLS_FROM:
        told.first = at


def _add(proof: dict[_Span, Evidence], more: Mapping[_Span, Evidence]) -> None:
    if len(proof) < MAX_EVIDENCE:
        proof.update(more)
