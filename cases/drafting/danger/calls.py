"""What the classifier of dangers learns from whole calls: runs of clauses as it meets them in a segment.

In a call without danger each run teaches what is none; in one with danger only the runs that tell of it teach
anything, since nobody marked the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cases.drafting.classify.port import Span
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import Told
from cases.drafting.danger.runs import Runs
from cases.drafting.danger.window import BEFORE, Window
from cases.drafting.invented_calls import Call, Said, touches
from cases.drafting.model import SpokenSegment

DANGER = "danger"
NONE_WEIGHT = 0.33
"""Of a run that tells of none, in sentences: there are nine times as many as of the others."""


def told(every: Sequence[Call]) -> list[Told]:
    """Each run once for each segment that it ends in, with its number; an empty one for what is no danger."""
    return [row for call in every if call.number is not None for row in _rows(call)]


def whole(every: Sequence[Call]) -> list[Told]:
    """Each segment with what was said before it as one row: `DANGER`, or an empty one."""
    return [
        Told(tuple(map(str.strip, runs.said)), DANGER if call.number else NOTHING, window.language, None)
        for call in every
        if call.number is not None
        for _, window, runs in _segments(call)
        if runs.said
    ]


def _segments(call: Call) -> Iterator[tuple[Said, Window, Runs]]:
    spoken = [
        SpokenSegment(segment_id=str(at), speaker="citizen", text=one.text)
        for at, one in enumerate(call.said)
    ]
    for at, (said, segment) in enumerate(zip(call.said, spoken, strict=True)):
        if said.danger or not call.number:
            window = Window.of(segment, spoken[max(0, at - BEFORE) : at])
            yield said, window, Runs(window)


def _rows(call: Call) -> Iterator[Told]:
    for said, window, runs in _segments(call):
        telling = [_at(window, window.segment.text, words) for words in said.danger]
        for run in runs.own:
            spans = runs.spans[slice(*run)]
            if not call.number or any(touches(one, span) for one in telling for span in spans):
                clauses = tuple(runs.text[start:end].strip() for start, end in spans)
                weight = 1.0 if call.number else NONE_WEIGHT
                yield Told(clauses, call.number or NOTHING, window.language, None, weight)


def _at(window: Window, text: str, words: str) -> Span:
    start = window.cut + text.index(words)
    return start, start + len(words)
