"""What the classifier of dangers learns from whole calls: runs of clauses as it meets them in a segment.

In a call without danger each run teaches what is none; in one with danger only the runs that tell of it teach
anything, since nobody marked the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from cases.catalogue.loading import read
from cases.catalogue.words import Language
from cases.drafting.classify.port import Span
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import SENTENCES, Told
from cases.drafting.danger.runs import Runs
from cases.drafting.danger.window import BEFORE, Window
from cases.drafting.model import SpokenSegment

TABLE = SENTENCES / "called_danger.yaml"
DANGER = "danger"
LEAST = 3
"""So many characters of a clause must tell of danger, or all of it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Strict):
    """One segment of the citizen's; `tells` are the words in it that tell of danger."""

    text: str
    tells: tuple[str, ...] = ()


class Call(_Strict):
    language: Language
    number: str
    said: tuple[Said, ...]


class _Table(_Strict):
    calls: tuple[Call, ...]


def calls() -> tuple[Call, ...]:
    """Raises `BrokenTable`."""
    return read(TABLE, _Table).calls


def told(every: Sequence[Call]) -> list[Told]:
    """Each run once for each segment that it ends in, with its number; an empty one for what is no danger."""
    return [row for call in every for row in _rows(call)]


def whole(every: Sequence[Call]) -> list[Told]:
    """Each segment with what was said before it as one row: `DANGER`, or an empty one."""
    return [
        Told(tuple(map(str.strip, runs.said)), DANGER if call.number else NOTHING, window.language, None)
        for call in every
        for _, window, runs in _segments(call)
        if runs.said
    ]


def _segments(call: Call) -> Iterator[tuple[Said, Window, Runs]]:
    spoken = [
        SpokenSegment(segment_id=str(at), speaker="citizen", text=one.text)
        for at, one in enumerate(call.said)
    ]
    for at, (said, segment) in enumerate(zip(call.said, spoken, strict=True)):
        if said.tells or not call.number:
            window = Window.of(segment, spoken[max(0, at - BEFORE) : at])
            yield said, window, Runs(window)


def _rows(call: Call) -> Iterator[Told]:
    for said, window, runs in _segments(call):
        telling = [_at(window, window.segment.text, words) for words in said.tells]
        for run in runs.own:
            spans = runs.spans[slice(*run)]
            if not call.number or any(_touches(one, span) for one in telling for span in spans):
                clauses = tuple(runs.text[start:end].strip() for start, end in spans)
                yield Told(clauses, call.number or NOTHING, window.language, None)


def _at(window: Window, text: str, words: str) -> Span:
    start = window.cut + text.index(words)
    return start, start + len(words)


def _touches(told: Span, clause: Span) -> bool:
    shared = min(told[1], clause[1]) - max(told[0], clause[0])
    return shared >= min(LEAST, clause[1] - clause[0])
