"""How sure the recogniser was of the words that prove a value: a value is no surer than its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import sqrt

from cases.drafting.model import Alternative, Evidence, SegmentFindings, SpokenSegment
from cases.drafting.resolve import Proposal
from cases.shown import FILL_FROM, by_confidence, in_field


class Recognition:
    """What was recognised in a call. `at_most` marks doubt and never empties a field."""

    def __init__(self, heard: Iterable[SegmentFindings]) -> None:
        self._segments: Mapping[str, SpokenSegment] = {
            item.segment.segment_id: item.segment
            for item in heard
            if item.segment.certainty or item.segment.confidence is not None or not item.segment.final
        }

    def at_most(self, proposal: Proposal, *, together: bool = False) -> Proposal:
        """The proposal, no surer than its words, and still in its field; the others no surer than it.

        `together`: the words of a segment prove it only with each other, as 井盖 and 丢 do a class.
        """
        sure = self._of(proposal.evidence, together=together)
        if sure is None or sure >= proposal.confidence:
            return proposal
        sure = max(FILL_FROM, round(sure, 3))
        if sure >= proposal.confidence:
            return proposal
        others = tuple(
            Alternative(value=one.value, confidence=min(one.confidence, sure)) for one in proposal.others
        )
        return replace(proposal.limited(in_field(by_confidence(sure))), confidence=sure, others=others)

    def _of(self, evidence: Iterable[Evidence], *, together: bool) -> float | None:
        """Of the mention that was understood best: one is enough. None where nobody had to recognise it."""
        found: dict[str, float] = {}
        for number, piece in enumerate(evidence):
            segment = self._segments.get(piece.segment_id)
            if segment is None:
                return None
            sure = words_sure(segment, piece.start, piece.end)
            mention = piece.segment_id if together else str(number)
            found[mention] = min(sure, found.get(mention, 1.0))
        return max(found.values(), default=None)


def words_sure(segment: SpokenSegment, start: int, end: int) -> float:
    """From 0 to 1, of the characters from `start` up to `end`; of the whole where the pieces are unknown.

    The power mean with exponent one half: one syllable that was guessed makes a name doubtful, though the
    others were plain. A partial that does not say how sure it is may still become anything.
    """
    total = covered = 0.0
    begin = 0
    for finish, sure in segment.certainty:
        shared = min(finish, end) - max(begin, start)
        if shared > 0:
            total += shared * sqrt(sure)
            covered += shared
        begin = finish
    if not covered:
        return float(segment.final) if segment.confidence is None else segment.confidence
    return (total / covered) ** 2
