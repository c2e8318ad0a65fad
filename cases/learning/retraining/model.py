"""What a round of training brings: counts, and how old and new weights do on cases that were set aside."""

from __future__ import annotations

from collections.abc import Mapping

from cases.learning.shares import Proportion
from core.models import Strict


class ComparisonCounts(Strict):
    """Of `compared` cases: in how many the filed class stood in the field, was among the three that the desk
    shows, and how many fields were shown without a mark of doubt, right or wrong.
    """

    compared: int
    first: int
    among_three: int
    sure: int
    sure_wrong: int

    def shares(self) -> Mapping[str, Proportion]:
        """`wrong_but_sure` is of all compared cases, `sure_wrong_of_sure` of those shown without a mark."""
        return {
            "first": Proportion(k=self.first, n=self.compared),
            "among_three": Proportion(k=self.among_three, n=self.compared),
            "wrong_but_sure": Proportion(k=self.sure_wrong, n=self.compared),
            "wrong_of_sure": Proportion(k=self.sure_wrong, n=self.sure),
        }


class ClassifierComparison(Strict):
    """Of the same set-aside cases. `seen` others were left out: the old weights knew their group."""

    old: ComparisonCounts
    new: ComparisonCounts
    seen: int = 0


class TrainingCounts(Strict):
    """What the new weights are made of. `left_out` cases by why (`material.model.LEFT_OUT`); `set_aside` for
    comparison, of which some may be too old to be looked at; `pieces_left_out` were said by too few.
    """

    sentences: int
    cases: int
    transcripts: int
    descriptions: int
    set_aside: int
    left_out: Mapping[str, int]
    pieces_left_out: int
    classes: int


class RoundResult(Strict):
    """A round's result. `files` are SHA-256 by file name, `shipped` that of the shipped sentences."""

    counts: TrainingCounts
    comparison: ClassifierComparison
    files: Mapping[str, str]
    shipped: str
    scheme: str
    scheme_version: str
    seconds: float
    peak_mb: float
