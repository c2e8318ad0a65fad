"""What the classifiers of intents learn: sentences, and of whole calls runs of clauses.

In a call that is no report, runs of clauses that touch the words which tell why he calls teach that; all
others teach no reason, however much of a fault he tells again. In a report only what tells of it teaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, IntentName
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import Sentence, TrainingCall, shipped
from cases.drafting.invented_calls import runs
from lab.corpora import lines
from lab.training.calls import LabelledCall, so_far
from lab.training.dangers import NONE, SENTENCES
from lab.training.dangers import sentences as dangers

REPORT: IntentName = "report"
EVERY = 4
"""One in so many sentences about a problem or a danger is taken as a report: all would drown the rest."""
WEIGHT = 0.33
"""Of a run, in sentences."""


def sentences(catalogue: Catalogue) -> list[Sentence]:
    """Each with its intent; an empty one for what has none."""
    told = [
        Sentence(text, NOTHING if row["intent"] == NONE else row["intent"], language)
        for row in lines.read(SENTENCES / "intents.jsonl")
        for language in LANGUAGES
        for text in row.get(language, ())
    ]
    return [*told, *_reports(shipped(catalogue)), *_reports(dangers())]


def _reports(every: Sequence[Sentence]) -> list[Sentence]:
    problems = [one for one in every if one.code]
    return [Sentence(one.text, REPORT, one.language) for one in problems[::EVERY]]


def told(every: Sequence[LabelledCall]) -> list[TrainingCall]:
    """Each run once for each segment that it ends in."""
    return [row for call in every if call.intent is not None for row in _rows(call, call.intent)]


def whole(every: Sequence[LabelledCall]) -> list[TrainingCall]:
    """Each segment with what was said before it as one row."""
    return [
        TrainingCall(said, call.intent, call.language, None)
        for call in every
        if call.intent is not None
        for said in so_far(call)
    ]


def _rows(call: LabelledCall, intent: str) -> Iterator[TrainingCall]:
    what = ("category", "intent") if intent == REPORT else ("intent",)
    for run in runs(call, *what):
        if run.tells:
            yield TrainingCall(run.clauses, intent, run.language, None, WEIGHT)
        elif intent != REPORT:
            yield TrainingCall(run.clauses, NOTHING, run.language, None, WEIGHT)
