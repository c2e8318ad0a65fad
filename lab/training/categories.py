"""What the classifier of whole calls learns of classes. What the others learn is the product's own
(`cases.drafting.classify.calls`), because an operator's retraining learns it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import TrainingCall
from cases.drafting.invented_calls import InventedCall
from lab.training.calls import so_far

WHOLE_WEIGHT = 1.5
"""Of a call, in sentences."""


def whole(every: Sequence[InventedCall]) -> list[TrainingCall]:
    """Each segment with what was said before it as one row for each class that is right, or for none."""
    return [row for call in every if call.codes is not None for row in _rows(call, call.codes)]


def _rows(call: InventedCall, codes: Sequence[str]) -> Iterator[TrainingCall]:
    every = list(so_far(call))
    for said in every:
        for code in codes or (NOTHING,):
            weight = WHOLE_WEIGHT / len(every) / max(1, len(codes))
            yield TrainingCall(said, code, call.language, None, weight)
