"""What old and new weights are compared by. A case counts once in each figure, as the desk would show it."""

from __future__ import annotations

from cases.drafting.model import Alternative, FieldValue
from cases.learning.retraining.comparison import ComparisonTally
from cases.learning.retraining.model import ComparisonCounts
from cases.shown import Shown

OTHERS = tuple(Alternative(value=value, confidence=0.1) for value in ("c:2", "c:3", "c:4"))


def counted(*shown: FieldValue) -> ComparisonCounts:
    tally = ComparisonTally()
    for field in shown:
        tally.count(field, "c:1")
    return tally.figures()


def test_a_right_class_without_a_mark_counts_as_sure() -> None:
    assert counted(FieldValue(value="c:1", shown=Shown.SURE)) == ComparisonCounts(
        compared=1, first=1, among_three=1, sure=1, sure_wrong=0
    )


def test_a_doubtful_class_is_right_but_not_sure() -> None:
    assert counted(FieldValue(value="c:1", shown=Shown.DOUBTFUL)) == ComparisonCounts(
        compared=1, first=1, among_three=1, sure=0, sure_wrong=0
    )


def test_three_are_offered_the_shown_one_among_them() -> None:
    right = Alternative(value="c:1", confidence=0.1)
    third = FieldValue(value="c:9", shown=Shown.SURE, others=(OTHERS[0], right))
    fourth = FieldValue(value="c:9", shown=Shown.DOUBTFUL, others=(*OTHERS[:2], right))
    assert counted(third, fourth) == ComparisonCounts(
        compared=2, first=0, among_three=1, sure=1, sure_wrong=1
    )


def test_an_empty_field_offers_three_others() -> None:
    right = Alternative(value="c:1", confidence=0.1)
    assert counted(
        FieldValue(others=(*OTHERS[:2], right)), FieldValue(others=(*OTHERS, right))
    ) == ComparisonCounts(compared=2, first=0, among_three=1, sure=0, sure_wrong=0)
