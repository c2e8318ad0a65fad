"""A piece of a text around the words that were found, and where in it they stand. Pure.

The piece is the article's own Markdown, as data: who shows it escapes it and marks the spans himself.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from cases.knowledge.terms import FACET, SOUND, Segmenter, folded

PIECE = 120
"""Characters of a snippet."""
BEFORE = 20
"""Characters shown before its first word."""
CUT_UP_TO = 1_000
"""Characters of a text that are cut into words; further ones are only compared."""
MOST_SPANS = 40
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """`text`, and the spans of it (code points, end excluded) that were asked for."""

    text: str
    spans: tuple[Span, ...] = ()


def marked(text: str, found: Collection[str], segmenter: Segmenter, *, most: int | None = PIECE) -> Marked:
    """The piece of `text` with the most of the `found` terms; all of it where `most` is None."""
    spans = _joined(_spans(text, found, segmenter))
    if most is None or len(text) <= most:
        return Marked(text, tuple(spans[:MOST_SPANS]))
    start = _best_start(spans, most) if spans else 0
    start = max(0, min(start, len(text) - most))
    end = start + most
    inside = [(first - start, last - start) for first, last in spans if first >= start and last <= end]
    return Marked(text[start:end], tuple(inside[:MOST_SPANS]))


def _spans(text: str, found: Collection[str], segmenter: Segmenter) -> list[Span]:
    spans = [
        (token.start, token.end)
        for token in segmenter.tokens(text[:CUT_UP_TO])
        if token.term in found or token.sound in found
    ]
    written = sorted((term for term in found if term[0] not in SOUND + FACET), key=lambda one: -len(one))
    if len(text) > CUT_UP_TO and written:
        # A Latin word stands here by its stem, which begins it.
        pattern = re.compile("|".join(re.escape(term) for term in written))
        further = folded(text[CUT_UP_TO:])
        spans += [(CUT_UP_TO + one.start(), CUT_UP_TO + one.end()) for one in pattern.finditer(further)]
    return spans


def _joined(spans: list[Span]) -> list[Span]:
    """In order, and those that overlap as one."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def _best_start(spans: list[Span], most: int) -> int:
    """Where the piece begins that holds the most spans; the first one of several."""
    best, at, last = 0, 0, 0
    for index, (start, _) in enumerate(spans):
        last = max(last, index)
        while last < len(spans) and spans[last][1] <= start - BEFORE + most:
            last += 1
        if last - index > best:
            best, at = last - index, index
    return spans[at][0] - BEFORE
