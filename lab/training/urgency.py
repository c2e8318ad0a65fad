"""What the classifiers of urgency learn: reports of hazards and ordinary ones, and whole calls.

Danger to life is urgent as well: what hurts somebody now is told like what may hurt the next who comes by.
"""

from __future__ import annotations

from collections.abc import Sequence

from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import Sentence, TrainingCall
from cases.drafting.urgency.chances import URGENT
from lab.corpora import lines
from lab.training.calls import LabelledCall, so_far
from lab.training.dangers import SENTENCES

CALL_WEIGHT = 0.33
"""Of a call, in sentences: its label is of the whole of it, and there are fourteen calls to a sentence."""


def sentences() -> list[Sentence]:
    """Each a whole report; an empty code for those that can wait."""
    return [
        Sentence(text, URGENT if row["urgency"] == URGENT else NOTHING, row["language"])
        for row in lines.read(SENTENCES / "hazards.jsonl")
        for text in row["said"]
    ]


def told(every: Sequence[LabelledCall]) -> list[TrainingCall]:
    """Each call once, with all that its caller says."""
    return [row for call in every if call.urgent is not None for row in _whole(call, urgent=call.urgent)]


def _whole(call: LabelledCall, *, urgent: bool) -> Sequence[TrainingCall]:
    said = [*so_far(call)][-1:]
    return [
        TrainingCall(one, URGENT if urgent else NOTHING, call.language, None, CALL_WEIGHT) for one in said
    ]
