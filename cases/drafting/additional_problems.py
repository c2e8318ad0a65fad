"""A second problem in the same call: offered as a further draft with its own words, never dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from cases.catalogue.loading import load_words
from cases.drafting.model import MAX_EVIDENCE, AdditionalProblem, Evidence, FieldName, SegmentFindings
from cases.drafting.resolve import Proposal
from cases.shown import Shown

SURE = 0.55
"""How sure a further problem must be that is led in (还有, also); without such a word it needs `ALONE`."""
ALONE = 0.7
MOST = 3
_SENTENCE = re.compile(r"[。！？；!?;]|\.(?:\s|$)")
_PAUSE = "\n"
"""Between two segments: one sentence may go on over it, but two problems may also be told so."""


def additional_problems(
    heard: Sequence[SegmentFindings], categories: Sequence[Proposal], shown: str | None
) -> tuple[AdditionalProblem, ...]:
    """Problems beside the `shown` class, surest first.

    Another one has words of its own, apart from the first one's: behind a word that leads it in, or in
    another sentence and surer. The same words read in two ways are no two problems. Where the shown class is
    made of words of both (路灯 and 井盖 as a lamp's cover), both are offered.
    """
    told = _SpokenText(heard)
    known = _apart(heard, categories, told, shown)
    first = next((p for p in known if p.value == shown), None)
    taken = [] if first is None else [first]
    for proposal in known:
        wanted = proposal is not first and proposal.confidence >= SURE and len(taken) <= MOST
        if wanted and all(told.differ(other, proposal) for other in taken):
            taken.append(proposal)
    if len(taken) < 2:
        return ()
    return tuple(
        AdditionalProblem(category=one.value, confidence=one.confidence, evidence=one.evidence)
        for one in taken
        if one is not first
    )


def _apart(
    heard: Sequence[SegmentFindings], categories: Sequence[Proposal], told: _SpokenText, shown: str | None
) -> list[Proposal]:
    """The classes by their own words, surest first: none that joins words of two sentences or problems.

    A comparison of all classes takes from the second what it gives to the first; here both may be true.
    """
    left: dict[str, float] = {}
    pieces: dict[str, list[Evidence]] = {}
    joined: set[str] = set()
    for item in heard:
        for candidate in item.of(FieldName.CATEGORY) if item.segment.speaker == "citizen" else ():
            if not candidate.in_words:
                continue
            if candidate.weak or told.joins(candidate.evidence):
                joined.add(candidate.value)
                continue
            left[candidate.value] = left.get(candidate.value, 1.0) * (1 - candidate.weight)
            proof = pieces.setdefault(candidate.value, [])
            if len(proof) < MAX_EVIDENCE:
                proof.extend(candidate.evidence)
    out = [
        Proposal(value, min(round(1 - chance, 3), 0.99), tuple(dict.fromkeys(pieces[value])))
        for value, chance in left.items()
    ]
    others = (p for p in categories if p.value not in left and p.value not in joined)
    for one in others:
        if one.shown is Shown.SURE:
            out.append(one)
        elif one.value == shown:  # it is told, and not surely enough to part two problems
            out.append(replace(one, confidence=min(one.confidence, SURE)))
    return sorted(out, key=lambda proposal: -proposal.confidence)


def about(categories: Sequence[Proposal], chosen: str | None) -> list[Proposal]:
    """The classes, the one first that a further draft was opened for: an agent chose it, so it fills."""
    mine = next((p for p in categories if p.value == chosen), None)
    if mine is None:
        return list(categories)
    return [mine.filling(), *(p for p in categories if p is not mine)]


class _SpokenText:
    """The citizen's segments as one text, and where each begins in it."""

    def __init__(self, heard: Sequence[SegmentFindings]) -> None:
        parts: list[str] = []
        self._at: dict[str, int] = {}
        size = 0
        for item in heard:
            if item.segment.speaker != "citizen":
                continue
            self._at[item.segment.segment_id] = size
            parts.append(item.segment.text + _PAUSE)
            size += len(parts[-1])
        self._text = "".join(parts)

    def _span(self, evidence: Sequence[Evidence]) -> tuple[int, int] | None:
        """From the first to the last word of the evidence; None where its segments are forgotten."""
        known = [piece for piece in evidence if piece.segment_id in self._at]
        if not known:
            return None
        starts = [self._at[piece.segment_id] + piece.start for piece in known]
        ends = [self._at[piece.segment_id] + piece.end for piece in known]
        return min(starts), max(ends)

    def joins(self, evidence: Sequence[Evidence]) -> bool:
        """True when the words stand on both sides of a lead-in or of the end of a sentence."""
        span = self._span(evidence)
        return span is not None and _cut(self._text[span[0] : span[1]])

    def differ(self, one: Proposal, other: Proposal) -> bool:
        """True when the two are told in words of their own, one after the other."""
        first, second = self._span(one.evidence), self._span(other.evidence)
        if first is None or second is None or (first[0] < second[1] and second[0] < first[1]):
            return False
        between = self._between(first, second)
        surer = min(one.confidence, other.confidence) >= ALONE
        return _leads().search(between) is not None or (surer and (_PAUSE in between or _cut(between)))

    def _between(self, one: tuple[int, int], other: tuple[int, int]) -> str:
        return self._text[min(one[1], other[1]) : max(one[0], other[0])]


@lru_cache(maxsize=1)
def _leads() -> re.Pattern[str]:
    words = load_words().speech.leads
    return re.compile("|".join((*words.zh, *words.en)), re.IGNORECASE)


def _cut(text: str) -> bool:
    return _leads().search(text) is not None or _SENTENCE.search(text) is not None
