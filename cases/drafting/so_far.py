"""What somebody said so far in a call: its clauses, and what classifiers of whole calls make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Span, masked
from cases.drafting.model import WHOLE, FieldCandidate, FieldName, SegmentFindings
from cases.drafting.spans import Passage

BEFORE = 60
"""So many clauses that the same speaker said before a segment are taken together with it: the gate cuts what
somebody says at each pause, so segments say nothing of how much that is.
"""
_PLACES = frozenset({FieldName.DISTRICT, FieldName.ADDRESS, FieldName.CROSSING, FieldName.RELATIVE})
Clauses = tuple[str, ...]


def so_far(earlier: Sequence[SegmentFindings], passage: Passage, taken: Iterable[Span]) -> Clauses:
    """The clauses of the segment and of those that its speaker said before, without places."""
    mine = (item for item in reversed(earlier) if item.segment.speaker == passage.segment.speaker)
    return (*latest(item.kept(_said) for item in mine), *own_clauses(passage, taken))


def latest(parts: Iterable[Clauses]) -> Clauses:
    """The last `BEFORE` clauses, as they were said; `parts` come the latest first."""
    said: list[str] = []
    for part in parts:
        said.extend(reversed(part))
        if len(said) >= BEFORE:
            break
    return tuple(reversed(said[:BEFORE]))


def own_clauses(passage: Passage, taken: Iterable[Span]) -> Clauses:
    """Those of the segment alone, in lower case; what is in `taken` (places) is not looked at."""
    hidden = [*taken, *passage.orders, *similes(passage.text)]
    return _apart(masked(passage.text, hidden)[passage.cut :], passage.language)


def sounding(
    passage: Passage, field: FieldName, likely: Mapping[str, float], **beside: float
) -> FieldCandidate:
    """What all that was said so far sounds like: the chances of the field's values, and of what is `beside`
    them. It is no value by itself.
    """
    best = max(likely, key=lambda value: likely[value])
    return FieldCandidate(
        field=field,
        value=best,
        weight=likely[best],
        evidence=passage.evidence(passage.cut, len(passage.text)),
        source=WHOLE,
        detail={**likely, **beside},
    )


def _said(item: SegmentFindings) -> Clauses:
    passage = Passage.of(item.segment)
    places = (
        (piece.start, piece.end)
        for one in item.candidates
        if one.field in _PLACES
        for piece in one.evidence
        if piece.segment_id == item.segment.segment_id
    )
    return own_clauses(passage, places)


def _apart(text: str, language: Language) -> Clauses:
    pieces = (text[start:end].strip() for start, end in clauses(text, language))
    return tuple(piece for piece in pieces if piece)
