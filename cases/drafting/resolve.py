"""From everything heard so far to one proposal for each field, each with the next best beside it.

Evidence for a value adds up over segments; what was taken back counts no more; a correction outweighs
what was said before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from cases.catalogue.words import DraftingWords
from cases.drafting.categories import CategoryState, is_plain, known_of, named
from cases.drafting.danger import DangerFinder
from cases.drafting.describe import describe
from cases.drafting.details.readback import settled
from cases.drafting.details.reader import READ_BACK
from cases.drafting.intents import NO_PROBLEM, agreed, torn
from cases.drafting.model import (
    MAX_EVIDENCE,
    NUMBER_ONLY,
    OTHER_STREET,
    Alternative,
    Detail,
    Evidence,
    FieldCandidate,
    FieldName,
    SegmentFindings,
)
from cases.drafting.trust import trusted
from cases.drafting.urgency import PROBLEM_FROM, weighed
from cases.shown import Shown, at_most, by_confidence, fills, in_field, lesser

CORRECTED = 0.3
LONE_PLACE = 0.45
"""Weight of a bare street name beside a place that was said in a sentence."""
_WEAK = "weak"
_PLAIN = (FieldName.TIME, FieldName.COUNT, FieldName.CALLER, FieldName.SUBDISTRICT, FieldName.CELL)
OWN_DISTRICT = 0.7
"""How sure a street's own district is beside another one that the caller named."""
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that a field may have. How it is shown follows from its confidence, or is `judged` where that
    is a chance beside which other things count; what speaks against it sets a `limit`.

    `near`: whether it is so nearly as likely as the first that it stays where it is shown; None where the
    confidence says so.
    """

    value: str
    confidence: float
    evidence: tuple[Evidence, ...]
    others: tuple[Alternative, ...] = ()
    detail: Mapping[str, Detail] = field(default_factory=dict)
    judged: Shown | Literal["by confidence"] | None = "by confidence"
    limit: Shown = Shown.SURE
    near: bool | None = None

    @property
    def shown(self) -> Shown | None:
        """How the value is presented, at most as surely as its limit allows; None without a value."""
        judged = by_confidence(self.confidence) if self.judged == "by confidence" else self.judged
        return at_most(judged, self.limit)

    @property
    def fills(self) -> bool:
        """Whether it may stand in its field."""
        return fills(self.shown)

    def limited(self, limit: Shown) -> Proposal:
        """Shown no surer than this."""
        return replace(self, limit=lesser(self.limit, limit))

    def filling(self) -> Proposal:
        """In its field whatever speaks against it: somebody chose it."""
        return self if self.fills else replace(self, judged=Shown.DOUBTFUL, limit=Shown.DOUBTFUL)


@dataclass(slots=True)
class _Tally:
    """Weights of one value, one for each segment that spoke for it."""

    weights: dict[str, float] = field(default_factory=dict)
    evidence: dict[Evidence, None] = field(default_factory=dict)
    order: int = 0
    detail: Mapping[str, Detail] = field(default_factory=dict)

    @property
    def score(self) -> float:
        left = 1.0
        for weight in self.weights.values():
            left *= 1 - weight
        return 1 - left


def resolve(
    heard: Sequence[SegmentFindings], words: DraftingWords, danger: DangerFinder
) -> dict[FieldName, list[Proposal]]:
    """For each field every candidate value, best first; an empty list where nothing is known."""
    out: dict[FieldName, list[Proposal]] = {name: [] for name in FieldName}
    out[FieldName.CROSSING] = _crossings(heard)
    out[FieldName.ADDRESS] = _addresses(heard)
    out[FieldName.DISTRICT] = _districts(heard, out[FieldName.CROSSING], out[FieldName.ADDRESS])
    alarms = _alarms(heard, danger)
    known = known_of(heard)
    categories = _categories(known)
    if alarms[1]:
        # What hurts people is told like what is broken: beside an alarm no class is sure.
        categories = _doubted(categories)
    intents = _intents(heard, known)
    plain = is_plain(heard, known)
    in_doubt = not alarms[1] and not _is_sure(categories) and torn(heard, known.call, plain=plain)
    if in_doubt:
        categories = _offered(categories)
    if alarms[1] and (not intents or intents[0].value in NO_PROBLEM):
        # Whatever else was asked: danger to life is reported, and nothing competes with it.
        intents = [Proposal("report", alarms[0][0].confidence, alarms[1][0].evidence)]
    else:
        categories = _told(categories, intents)
        intents = _reported(intents, categories[0] if categories else None)
    out[FieldName.INTENT] = intents
    problem = not intents or not intents[0].fills or intents[0].value not in NO_PROBLEM
    out[FieldName.CATEGORY] = categories if problem else _offered(categories)
    urgent = _urgent(heard, words, categories) if problem and not in_doubt else []
    out[FieldName.URGENCY] = alarms[0] or urgent
    out[FieldName.HANDOFF] = alarms[1]
    for name in _PLAIN:
        out[name] = _ranked(_tally(heard, name, citizen_only=True))
    for name in READ_BACK:
        out[name] = _numbers(heard, name)
    out[FieldName.RELATIVE] = _relative(heard, out[FieldName.ADDRESS], out[FieldName.CROSSING])
    text, evidence = describe(heard, words.speech)
    if text:
        out[FieldName.DESCRIPTION] = [Proposal(text, 0.9, evidence)]
    return out


def _numbers(heard: Sequence[SegmentFindings], name: FieldName) -> list[Proposal]:
    details = {c.value: c.detail for item in heard for c in item.of(name)}
    kind = next((detail["kind"] for detail in details.values() if "kind" in detail), None)
    proposals = []
    for number in settled(heard, name):
        detail = details.get(number.value, {} if kind is None else {"kind": kind})
        earlier = tuple(Alternative(value=value, confidence=CORRECTED) for value in number.earlier)
        pieces = tuple(dict.fromkeys(number.evidence))[:MAX_EVIDENCE]
        proposals.append(Proposal(number.value, number.sure, pieces, earlier, detail))
    return _with_others(proposals) if len(proposals) > 1 else proposals


def _relative(
    heard: Sequence[SegmentFindings], addresses: Sequence[Proposal], crossings: Sequence[Proposal]
) -> list[Proposal]:
    """Only beside a place that still stands: what was taken back takes its surroundings with it."""
    standing = [place.value for place in (*addresses[:2], *crossings[:1])]
    ranked = _ranked(_tally(heard, FieldName.RELATIVE, citizen_only=True))
    fitting = [p for p in ranked if any(str(p.detail.get("anchor", "")) in place for place in standing)]
    return _with_others(fitting)


def _categories(known: CategoryState) -> list[Proposal]:
    proposals = [
        Proposal(
            one.verdict.code,
            round(one.verdict.chance, 3),
            one.evidence,
            judged=one.verdict.shown,
            near=one.verdict.near,
        )
        for one in named(known)
    ]
    return _with_others(proposals)


def _is_sure(categories: Sequence[Proposal]) -> bool:
    return bool(categories) and categories[0].shown is Shown.SURE


def _intents(heard: Sequence[SegmentFindings], known: CategoryState) -> list[Proposal]:
    reasons = agreed(heard, known.call)
    proposals = [
        Proposal(one.value, one.chance, one.evidence, judged=one.shown, near=False) for one in reasons
    ]
    return _with_others(proposals)


def _told(categories: list[Proposal], intents: Sequence[Proposal]) -> list[Proposal]:
    """Where it may be no report, no class is sure."""
    if intents and intents[0].fills and intents[0].value == "report":
        return categories
    return _doubted(categories)


def _doubted(categories: Sequence[Proposal]) -> list[Proposal]:
    return [one.limited(Shown.DOUBTFUL) for one in categories]


def _offered(categories: Sequence[Proposal]) -> list[Proposal]:
    """None of them fills the field; the agent still finds them beside it."""
    return [one.limited(Shown.OFFERED) for one in categories]


def _reported(intents: list[Proposal], category: Proposal | None) -> list[Proposal]:
    """Where a class is told, something is reported: sure where the class is and the intent says so too."""
    if category is None or not category.fills:
        return intents
    first = intents[0] if intents and intents[0].fills else None
    if first is None:
        return [Proposal("report", category.confidence, category.evidence, judged=Shown.DOUBTFUL, near=False)]
    if first.value != "report":
        return intents
    evidence = tuple(dict.fromkeys((*category.evidence, *first.evidence)))[:MAX_EVIDENCE]
    first = replace(first, evidence=evidence)
    if category.shown is Shown.SURE:
        confidence = max(first.confidence, category.confidence)
        first = replace(first, confidence=confidence, judged=Shown.SURE)
    return [first, *intents[1:]]


def _tally(
    heard: Iterable[SegmentFindings], name: FieldName, *, citizen_only: bool = False
) -> dict[str, _Tally]:
    tallies: dict[str, _Tally] = {}
    for item, trust in trusted(heard):
        if citizen_only and item.segment.speaker != "citizen":
            continue
        for candidate in item.of(name):
            _count(tallies, candidate, candidate.value, item.segment.segment_id, trust)
    return tallies


def _count(
    tallies: dict[str, _Tally], candidate: FieldCandidate, key: str, segment_id: str, trust: float
) -> None:
    if candidate.denied:
        if key in tallies:
            tallies[key].weights.clear()
        return
    if candidate.corrects:
        for other, tally in tallies.items():
            if other != key:
                tally.weights = {seg: weight * CORRECTED for seg, weight in tally.weights.items()}
    tally = tallies.setdefault(key, _Tally(order=len(tallies)))
    weight = candidate.weight * trust
    source = _WEAK if candidate.weak else segment_id
    tally.detail = tally.detail or candidate.detail
    tally.weights[source] = max(weight, tally.weights.get(source, 0.0))
    if len(tally.evidence) < MAX_EVIDENCE:
        tally.evidence.update(dict.fromkeys(candidate.evidence))


def _ranked(tallies: Mapping[str, _Tally]) -> list[Proposal]:
    scored = [(tally.score, value, tally) for value, tally in tallies.items()]
    scored.sort(key=lambda item: (-item[0], item[2].order))
    proposals = [
        Proposal(value, round(min(score, 0.99), 3), tuple(tally.evidence), detail=tally.detail)
        for score, value, tally in scored
        if score > 0.05
    ]
    return _with_others(proposals)


def _with_others(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Each with the best of the others; no two have the same value."""
    first = [Alternative(value=p.value, confidence=p.confidence) for p in proposals[: OFFERED + 1]]
    best = tuple(first[:OFFERED])
    return [
        replace(
            mine, others=best if at >= OFFERED else tuple(one for one in first if one.value != mine.value)
        )
        for at, mine in enumerate(proposals)
    ]


def _crossings(heard: Sequence[SegmentFindings]) -> list[Proposal]:
    """Crossings, best first; a street that was taken back is in none that was said before."""
    tallies: dict[str, _Tally] = {}
    last = ""
    for item, trust in trusted(heard):
        for gone in (one.base for one in item.of(FieldName.ADDRESS) if one.denied and one.base):
            for value, tally in tallies.items():
                if gone in value.removesuffix("交口").split("与"):
                    tally.weights.clear()
        for candidate in item.of(FieldName.CROSSING):
            key = candidate.value
            if candidate.base == OTHER_STREET:
                if not last or last == key or item.segment.speaker != "citizen":
                    continue
                key = f"{last}与{key}交口"
            _count(tallies, candidate, key, item.segment.segment_id, trust)
        last = next(
            (
                one.base
                for one in reversed(item.of(FieldName.ADDRESS))
                if one.base not in {"", NUMBER_ONLY} and not one.denied
            ),
            last,
        )
    return _ranked(tallies)


def _addresses(heard: Sequence[SegmentFindings]) -> list[Proposal]:
    """Streets add up by their name, whatever number; the number said last for the street counts."""
    tallies: dict[str, _Tally] = {}
    numbered: dict[str, tuple[str, list[Evidence]]] = {}
    last = ""
    placed = _place_said(heard)
    crossing = any(item.of(FieldName.CROSSING) for item in heard)
    for item, trust in trusted(heard):
        citizen = item.segment.speaker == "citizen"
        for candidate in item.of(FieldName.ADDRESS):
            key = candidate.base or candidate.value
            if key == NUMBER_ONLY:
                beside = candidate.weak and (last in numbered or crossing)
                if citizen and last and not beside:
                    value = _with_number(last, candidate.value)
                    numbered[last] = (value, list(candidate.evidence))
                continue
            if candidate.weak and placed:
                candidate = candidate.model_copy(update={"weight": LONE_PLACE})  # noqa: PLW2901
            _count(tallies, candidate, key, item.segment.segment_id, trust)
            if candidate.denied:
                numbered.pop(key, None)
                continue
            last = key if candidate.base else last
            if candidate.value != key and (citizen or key not in numbered):
                numbered[key] = (candidate.value, list(candidate.evidence))
    proposals = []
    for proposal in _ranked(tallies):
        value, evidence = numbered.get(proposal.value, (proposal.value, []))
        pieces = (*(piece for piece in proposal.evidence if piece not in evidence), *evidence)
        proposals.append(Proposal(value, proposal.confidence, pieces, detail=proposal.detail))
    return _with_others(proposals)


def _with_number(street: str, number: str) -> str:
    return f"{number.removesuffix('号')} {street}" if street.isascii() else street + number


def _districts(
    heard: Sequence[SegmentFindings], crossings: Sequence[Proposal], addresses: Sequence[Proposal]
) -> list[Proposal]:
    """Districts, best first. A street that the gazetteer has in one district only lies there, whatever the
    caller says; his word stays beside it, and the field is less sure.
    """
    ranked = _ranked(_tally(heard, FieldName.DISTRICT))
    places = [*crossings[:1], *addresses[:1]]
    within = next((found for place in places if (found := _within(heard, place.value))), ())
    if len(within) != 1 or not ranked or ranked[0].value == within[0]:
        return ranked
    own = next((p for p in ranked if p.value == within[0]), None)
    if own is None:
        return ranked
    claims = [
        Proposal(p.value, min(p.confidence, OWN_DISTRICT - 0.1), p.evidence) for p in ranked if p is not own
    ]
    own = Proposal(
        own.value, OWN_DISTRICT, own.evidence, detail={"claimed": claims[0].value} if claims else {}
    )
    proposals = [own, *claims]
    return _with_others(proposals)


def _within(heard: Iterable[SegmentFindings], place: str) -> tuple[str, ...]:
    """The districts of the gazetteer for this address or crossing; none for one that is not in it."""
    for item in heard:
        for candidate in _places(item):
            if candidate.within and place in {candidate.value, candidate.base}:
                return candidate.within
            if candidate.within and candidate.base and place.startswith(candidate.base):
                return candidate.within
    return ()


def _place_said(heard: Iterable[SegmentFindings]) -> bool:
    """True when an address or crossing was said in a sentence and not taken back."""
    said: set[str] = set()
    for item in heard:
        for candidate in _places(item):
            if candidate.weak:
                continue
            key = candidate.base or candidate.value
            if candidate.denied:
                said.discard(key)
            elif key != NUMBER_ONLY:
                said.add(key)
    return bool(said)


def _places(item: SegmentFindings) -> Sequence[FieldCandidate]:
    return (*item.of(FieldName.ADDRESS), *item.of(FieldName.CROSSING))


def _alarms(heard: Sequence[SegmentFindings], danger: DangerFinder) -> tuple[list[Proposal], list[Proposal]]:
    """Urgency and hand-over numbers for the dangers that no agent has dismissed."""
    live = [alarm for item in heard for alarm in item.alarms if not alarm.dismissed]
    if not live:
        return [], []
    live.sort(key=lambda alarm: (-alarm.number_sure, danger.rank(alarm.rule)))
    evidence = tuple(dict.fromkeys(alarm.evidence for alarm in live[:MAX_EVIDENCE]))
    numbers: dict[str, list[Evidence]] = {}
    sure: dict[str, float] = {}
    for alarm in live:
        pieces = numbers.setdefault(alarm.number, [])
        if len(pieces) < MAX_EVIDENCE:
            pieces.append(alarm.evidence)
        sure[alarm.number] = max(sure.get(alarm.number, 0.0), alarm.number_sure)
    handoffs = [
        Proposal(number, round(sure[number] - 0.1 * index, 2), tuple(proof))
        for index, (number, proof) in enumerate(numbers.items())
    ]
    ranked = _with_others(handoffs)
    return [Proposal("danger", max(alarm.sure for alarm in live), evidence)], ranked


def _urgent(
    heard: Sequence[SegmentFindings], words: DraftingWords, categories: Sequence[Proposal]
) -> list[Proposal]:
    """Urgent by all that was said and by the class; without a mark only where words and the class say so."""
    best = categories[0] if categories else None
    urgent = best is not None and best.fills and best.value.rpartition("/")[2] in words.urgent_classes
    weight = weighed(heard, urgent_class=urgent)
    thought_of = best is not None and best.confidence >= PROBLEM_FROM
    if not weight.urgent or not (thought_of or weight.in_words):
        # Without any problem small talk has chances, too.
        return []
    evidence = weight.evidence or (best.evidence if best is not None and urgent else ())
    limit = in_field(best.shown) if best is not None and urgent and weight.said else Shown.DOUBTFUL
    return [
        Proposal(
            "urgent", weight.chance, evidence, judged=in_field(by_confidence(weight.chance)), limit=limit
        )
    ]
