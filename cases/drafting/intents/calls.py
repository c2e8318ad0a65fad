"""What the classifier of intents learns from whole calls.

In a call that is no report, runs of clauses that touch the words which tell why he calls teach that; all
others teach no reason, however much of a fault he tells again. In a report only what tells of it teaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import Told
from cases.drafting.intents.sentences import REPORT
from cases.drafting.invented_calls import Call, runs, so_far

WEIGHT = 0.33
"""Of a run, in sentences."""


def told(every: Sequence[Call]) -> list[Told]:
    """Each run once for each segment that it ends in."""
    return [row for call in every if call.intent is not None for row in _rows(call, call.intent)]


def whole(every: Sequence[Call]) -> list[Told]:
    """Each segment with what was said before it as one row."""
    return [
        Told(said, call.intent, call.language, None)
        for call in every
        if call.intent is not None
        for said in so_far(call)
    ]


def _rows(call: Call, intent: str) -> Iterator[Told]:
    what = ("category", "intent") if intent == REPORT else ("intent",)
    for run in runs(call, *what):
        if run.tells:
            yield Told(run.clauses, intent, run.language, None, WEIGHT)
        elif intent != REPORT:
            yield Told(run.clauses, NOTHING, run.language, None, WEIGHT)
