"""A text as clauses, and the runs of neighbouring clauses that a problem may be told in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cases.catalogue.words import Language
from cases.drafting.classify.port import Span

LONGEST: dict[Language, int] = {"zh": 18, "en": 70}
"""Characters after which a clause is cut where nobody paused: recognised speech has few marks."""
TOGETHER = 3
"""Clauses that are looked at together at most."""
MOST = 60
"""Clauses of one text that are looked at; the rest of a monologue is told again or not at all."""
_ZH = re.compile(r"[^，,。.、？?！!；;：:…\s\0]+")
_EN = re.compile(r"[^,.?!;:…\0]+")
_SPACE = re.compile(r"\s+")


def clauses(text: str, language: Language) -> list[Span]:
    """Where each clause stands, first to last, at most `MOST`. One that is said again, by the caller or by a
    recogniser that stutters, is no more evidence: it is left out.
    """
    out: list[Span] = []
    known: set[str] = set()
    for match in (_ZH if language == "zh" else _EN).finditer(text):
        for start, end in _cut(text, match.start(), match.end(), language):
            said = text[start:end].strip().casefold()
            if said not in known:
                known.add(said)
                out.append((start, end))
        if len(out) >= MOST:
            break
    return out[:MOST]


def _cut(text: str, start: int, end: int, language: Language) -> list[Span]:
    longest = LONGEST[language]
    out: list[Span] = []
    while end - start > longest:
        at = start + longest
        if language == "en":
            spaces = [m.start() for m in _SPACE.finditer(text, start + 1, at)]
            at = spaces[-1] if spaces else at
        out.append((start, at))
        start = at
    if text[start:end].strip():
        out.append((start, end))
    return out


def windows(count: int) -> Sequence[Span]:
    """Runs of one to `TOGETHER` clauses as index ranges."""
    return [(first, first + size) for size in range(1, TOGETHER + 1) for first in range(count - size + 1)]
