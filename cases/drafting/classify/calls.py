"""What the classifiers of classes learn from whole calls: runs of clauses as they meet them in a segment.

In a call that has a class, runs that touch the words which tell of it teach the class, all others teach what
names none; where a second problem is told only the first kind does, since nobody marked that problem's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import TrainingCall
from cases.drafting.invented_calls import InventedCall, runs

CLASS_WEIGHT = 0.33
"""Of a run that tells of a class, in sentences; classes that are right alike share it."""
NONE_WEIGHT = 0.33
"""Of a run that names none."""


def told(every: Sequence[InventedCall]) -> list[TrainingCall]:
    """Each run once for each segment that it ends in, and once for each class that is right."""
    return [row for call in every if call.codes is not None for row in _rows(call, call.codes)]


def _rows(call: InventedCall, codes: Sequence[str]) -> Iterator[TrainingCall]:
    for run in runs(call, "category"):
        if run.tells:
            for code in codes:
                yield TrainingCall(run.clauses, code, run.language, None, CLASS_WEIGHT / len(codes))
        elif not call.more:
            yield TrainingCall(run.clauses, NOTHING, run.language, None, NONE_WEIGHT)
