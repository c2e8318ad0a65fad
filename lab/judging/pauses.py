"""A report as the voice gate may cut it: at some of the pauses that whoever wrote it marked.

In the sets each turn is one segment. On the telephone a turn is as many as its speaker makes pauses.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from cases.drafting import Draft, SpokenSegment
from lab.corpora.calls import Report
from lab.judging.conversation import drafted, segments

SHARE = 0.5
"""Of the marks at which somebody makes a pause that is long enough."""
_MARK = re.compile(r"(?<=[。！？；，!?;,])\s*|(?<=\.)\s+")


def cut(report: Report, share: float = SHARE) -> list[SpokenSegment]:
    """Where it is cut depends on the report's id alone; a segment's id begins with its turn's."""
    dice = random.Random(report["id"])  # the same report, the same pauses
    return [
        one.model_copy(update={"segment_id": f"{one.segment_id}.{at}", "text": text})
        for one in segments(report)
        for at, text in enumerate(parts(one.text, share, dice))
    ]


def draft_of_pauses(report: Report) -> Draft:
    return drafted(cut(report))


def parts(text: str, share: float, dice: random.Random) -> Iterator[str]:
    """The text, cut at this share of its marks; 1 cuts at each."""
    begun = 0
    for mark in _MARK.finditer(text):
        if text[begun : mark.start()].strip() and text[mark.end() :].strip() and dice.random() < share:
            yield text[begun : mark.start()].strip()
            begun = mark.end()
    yield text[begun:].strip()
