"""When new weights are put into force: a rule over counts, with its reasons in both languages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.learning.retraining.model import ClassifierComparison, ComparisonCounts
from cases.learning.retraining.verdict import verdict


@st.composite
def figures(draw: st.DrawFn, compared: int) -> ComparisonCounts:
    first = draw(st.integers(0, compared))
    sure = draw(st.integers(0, compared))
    return ComparisonCounts(
        compared=compared,
        first=first,
        among_three=draw(st.integers(first, compared)),
        sure=sure,
        sure_wrong=draw(st.integers(0, min(sure, compared - first))),
    )


@st.composite
def comparisons(draw: st.DrawFn) -> ClassifierComparison:
    compared = draw(st.integers(0, 200))
    return ClassifierComparison(old=draw(figures(compared)), new=draw(figures(compared)))


@given(comparisons(), st.integers(1, 200))
def test_switched_only_where_nothing_is_worse_and_something_better(
    found: ClassifierComparison, least: int
) -> None:
    judged = verdict(found, least=least)
    old, new = found.old, found.new
    gained = new.first > old.first or new.sure_wrong < old.sure_wrong
    lost = new.first < old.first or new.sure_wrong > old.sure_wrong
    assert judged.better is (new.compared >= least and gained and not lost)
    assert [one.code for one in judged.why] == ["better"] if judged.better else judged.why
    assert all(one.zh and one.en and "{" not in one.zh + one.en for one in judged.why)


@given(comparisons(), st.integers(1, 200))
def test_more_set_aside_cases_never_turn_a_yes_into_a_no(found: ClassifierComparison, least: int) -> None:
    if verdict(found, least=least).better:
        assert verdict(found, least=max(1, least - 1)).better


@given(st.integers(1, 200).flatmap(figures))
def test_the_same_weights_are_never_better_than_themselves(same: ComparisonCounts) -> None:
    judged = verdict(ClassifierComparison(old=same, new=same), least=1)
    assert not judged.better
    assert [one.code for one in judged.why] == ["nothing-better"]


@given(comparisons())
def test_the_way_there_and_the_way_back_are_never_both_better(found: ClassifierComparison) -> None:
    there = verdict(found, least=1).better
    back = verdict(ClassifierComparison(old=found.new, new=found.old), least=1).better
    assert not (there and back)


def test_every_reason_that_holds_is_told() -> None:
    old = ComparisonCounts(compared=10, first=8, among_three=9, sure=6, sure_wrong=0)
    new = ComparisonCounts(compared=10, first=7, among_three=9, sure=6, sure_wrong=1)
    judged = verdict(ClassifierComparison(old=old, new=new), least=50)
    assert [one.code for one in judged.why] == ["too-few", "first-right-worse", "wrong-but-sure-worse"]
    assert "10" in judged.why[0].zh
    assert "50" in judged.why[0].en
    assert "8" in judged.why[1].zh
    assert str(judged.why[1]).endswith("[first-right-worse]")
