"""The text that one segment is understood in: itself, after the same speaker's segment before it.

A place or problem cut in two by a pause is found across the cut; spans are given back per segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cases.catalogue.words import Language
from cases.drafting.classify.orders import orders
from cases.drafting.classify.port import Span
from cases.drafting.model import Evidence, SpokenSegment
from cases.drafting.script import simplified
from cases.gazetteer.sound import is_chinese

MAX_BEFORE = 80


@dataclass(frozen=True)
class Passage:
    """`text` is what is searched, in simplified characters; `cut` is where the segment's own text begins."""

    text: str
    cut: int
    segment: SpokenSegment
    before: SpokenSegment | None
    language: Language

    @classmethod
    def of(cls, segment: SpokenSegment, before: SpokenSegment | None = None) -> Passage:
        own = simplified(segment.text)
        language: Language = "zh" if is_chinese(own) else "en"
        if before is None or len(before.text) > MAX_BEFORE:
            return cls(own, 0, segment, None, language)
        head = simplified(before.text) + " "
        return cls(head + own, len(head), segment, before, language)

    @cached_property
    def orders(self) -> Sequence[Span]:
        """Where the text gives orders to the machine: nothing is told there."""
        return orders(self.text)

    def touches(self, end: int) -> bool:
        """True when the span lies at least partly in the segment itself."""
        return end > self.cut

    def evidence(self, start: int, end: int) -> tuple[Evidence, ...]:
        """The span as characters of the segments that it lies in; the space between the two is in neither."""
        out: list[Evidence] = []
        if self.before is not None and start < (said := len(self.before.text)):
            out.append(Evidence(segment_id=self.before.segment_id, start=start, end=min(end, said)))
        if end > self.cut:
            out.append(
                Evidence(
                    segment_id=self.segment.segment_id,
                    start=max(0, start - self.cut),
                    end=end - self.cut,
                )
            )
        return tuple(out)
