"""What a danger is looked for in: one segment, after what the same speaker said just before it.

A sentence that pauses cut in pieces is found across the cuts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cases.catalogue.words import Language
from cases.drafting.classify.orders import orders, similes
from cases.drafting.classify.port import Span
from cases.drafting.model import Evidence, SpokenSegment
from cases.drafting.script import simplified
from cases.gazetteer.sound import is_chinese

BEFORE = 6
"""So many segments before at most."""
MAX_BEFORE = 80
"""A longer segment before is a sentence of its own."""
ALL_BEFORE: dict[Language, int] = {"zh": 60, "en": 180}
"""Characters of what was said before, all together: a thought or two, however many pauses were made."""
MAX_OWN = 600
"""Characters of one segment that are looked at; a recogniser ends its segments long before."""
_MARKUP = re.compile(r"</?[a-z]{1,12}>")
_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")


@dataclass(frozen=True)
class TextWindow:
    """`text` is simplified and in lower case, character for character; the segment's own begins at `cut`."""

    text: str
    cut: int
    segment: SpokenSegment
    language: Language

    @classmethod
    def of(cls, segment: SpokenSegment, before: Sequence[SpokenSegment] = ()) -> TextWindow:
        """`before` are earlier segments of the same speaker, oldest first."""
        own = _plain(segment.text[:MAX_OWN])
        language: Language = "zh" if is_chinese(own) else "en"
        heads: list[str] = []
        left = ALL_BEFORE[language]
        for earlier in reversed(before[-BEFORE:]):
            left -= len(earlier.text)
            if left < 0 or len(earlier.text) > MAX_BEFORE:
                break
            heads.insert(0, _plain(earlier.text) + " ")
        head = "".join(heads)
        return cls(head + own, len(head), segment, language)

    @cached_property
    def own(self) -> TextWindow:
        """The window without what stands before its cut."""
        return self if self.cut == 0 else replace(self, text=self.text[self.cut :], cut=0)

    @cached_property
    def untold(self) -> Sequence[Span]:
        """Orders to the machine, what something is only likened to, and markup: nothing is told there."""
        return [*orders(self.text), *similes(self.text), *(m.span() for m in _MARKUP.finditer(self.text))]

    def tells(self, start: int, end: int) -> bool:
        """False for words that lie wholly in what is not told."""
        return not any(first <= start and end <= last for first, last in self.untold)

    def bounds(self, start: int, end: int) -> Span:
        """Where the sentence or sentences that the span lies in begin and end."""
        first = max((m.end() for m in _END.finditer(self.text, 0, start)), default=0)
        found = _END.search(self.text, end)
        return first, len(self.text) if found is None else found.start()

    def sentence(self, start: int, end: int) -> str:
        """The sentence around these characters."""
        first, last = self.bounds(start, end)
        return self.text[first:last]

    def evidence(self, start: int, end: int) -> Evidence:
        """The span as characters of the segment itself. At least one of them must lie in it."""
        length = len(self.segment.text)
        first = min(max(0, start - self.cut), max(0, length - 1))
        return Evidence(
            segment_id=self.segment.segment_id, start=first, end=max(first, min(end - self.cut, length))
        )


def _plain(text: str) -> str:
    """Simplified, lower case, curly apostrophes straight; every position stays what it is."""
    text = simplified(text).replace("\u2019", "'")
    folded = text.casefold()
    return folded if len(folded) == len(text) else text
