"""What the classifiers of dangers learn: sentences, and of whole calls runs of clauses as they meet them.

In a call without danger each run teaches what is none; in one with danger only the runs that tell of it teach
anything, since nobody marked the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cases.catalogue.loading import load_words
from cases.catalogue.model import Catalogue
from cases.drafting.classify.port import Span
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import Sentence, TrainingCall, shipped
from cases.drafting.danger.runs import ClauseWindows
from cases.drafting.danger.window import BEFORE, TextWindow
from cases.drafting.invented_calls import touches
from cases.drafting.model import SpokenSegment
from lab.corpora import lines
from lab.training.calls import LabelledCall, LabelledSaid

SENTENCES = Path(__file__).parents[1] / "corpora" / "sentences"
FILES = ("danger", "told_danger", "plain_danger", "seen_danger")
NONE = "none"
DANGER = "danger"
NONE_WEIGHT = 0.33
"""Of a run that tells of none, in sentences: there are nine times as many as of the others."""


def sentences() -> list[Sentence]:
    """Each with its number; an empty one for what is no danger."""
    return [
        Sentence(text, NOTHING if row["number"] == NONE else row["number"], row["language"])
        for name in FILES
        for row in lines.read(SENTENCES / f"{name}.jsonl")
        for text in row["said"]
    ]


def ordinary(catalogue: Catalogue) -> list[Sentence]:
    """What is told of the street's problems and of nothing: no danger, unless the class is an urgent one."""
    urgent = load_words().urgent_classes
    calm = [one for one in shipped(catalogue) if one.code not in urgent]
    return [Sentence(one.text, NOTHING, one.language) for one in calm]


def told(every: Sequence[LabelledCall]) -> list[TrainingCall]:
    """Each run once for each segment that it ends in, with its number; an empty one for what is no danger."""
    return [row for call in every if call.number is not None for row in _rows(call)]


def whole(every: Sequence[LabelledCall]) -> list[TrainingCall]:
    """Each segment with what was said before it as one row: `DANGER`, or an empty one."""
    return [
        TrainingCall(
            tuple(map(str.strip, runs.said)), DANGER if call.number else NOTHING, window.language, None
        )
        for call in every
        if call.number is not None
        for _, window, runs in _segments(call)
        if runs.said
    ]


def _segments(call: LabelledCall) -> Iterator[tuple[LabelledSaid, TextWindow, ClauseWindows]]:
    spoken = [
        SpokenSegment(segment_id=str(at), speaker="citizen", text=one.text)
        for at, one in enumerate(call.said)
    ]
    for at, (said, segment) in enumerate(zip(call.said, spoken, strict=True)):
        if said.danger or not call.number:
            window = TextWindow.of(segment, spoken[max(0, at - BEFORE) : at])
            yield said, window, ClauseWindows(window)


def _rows(call: LabelledCall) -> Iterator[TrainingCall]:
    for said, window, runs in _segments(call):
        telling = [_at(window, window.segment.text, words) for words in said.danger]
        for run in runs.own:
            spans = runs.spans[slice(*run)]
            if not call.number or any(touches(one, span) for one in telling for span in spans):
                clauses = tuple(runs.text[start:end].strip() for start, end in spans)
                weight = 1.0 if call.number else NONE_WEIGHT
                yield TrainingCall(clauses, call.number or NOTHING, window.language, None, weight)


def _at(window: TextWindow, text: str, words: str) -> Span:
    start = window.cut + text.index(words)
    return start, start + len(words)
