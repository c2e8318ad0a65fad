"""A dispatch under reports that come late, twice and in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.dispatch.model import Dispatch, recall, report
from cases.errors import CaseReasonMissing, WrongStep
from cases.events import CREW_STEPS, DispatchStep

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
FORWARD = [
    DispatchStep.DELIVERED,
    DispatchStep.DISPLAYED,
    DispatchStep.ACCEPTED,
    DispatchStep.ON_THE_WAY,
    DispatchStep.ARRIVED,
    DispatchStep.DONE,
]
ENDED = {DispatchStep.DONE, DispatchStep.DECLINED, DispatchStep.RETURNED, DispatchStep.RECALLED}
RANK = {step: index for index, step in enumerate([DispatchStep.QUEUED, *FORWARD])}


def queued() -> Dispatch:
    return Dispatch(UUID(int=1), UUID(int=2), "app:17", DispatchStep.QUEUED, NOW, "wang")


def test_a_unit_takes_a_job_to_its_end() -> None:
    dispatch = queued()
    for minute, step in enumerate(FORWARD):
        dispatch, moved = report(dispatch, step, at=NOW + timedelta(minutes=minute), note="修好了")
        assert moved
        assert dispatch.step is step
    assert set(dispatch.times) == {step.value for step in FORWARD}
    assert dispatch.note == "修好了"


@pytest.mark.parametrize("order", list(permutations(FORWARD[:4])))
def test_reports_in_any_order_end_at_the_furthest_step(order: tuple[DispatchStep, ...]) -> None:
    dispatch = queued()
    for step in order:
        dispatch, _ = report(dispatch, step, at=NOW)
    assert dispatch.step is DispatchStep.ON_THE_WAY
    assert len(dispatch.times) == 4


def test_declining_after_accepting_returns_the_job() -> None:
    accepted, _ = report(queued(), DispatchStep.ACCEPTED, at=NOW)
    after, moved = report(accepted, DispatchStep.DECLINED, at=NOW, reason="车坏了")
    assert moved
    assert (after.step, after.reason) == (DispatchStep.RETURNED, "车坏了")
    declined, _ = report(queued(), DispatchStep.DECLINED, at=NOW, reason="太远")
    assert declined.step is DispatchStep.DECLINED


def test_a_recalled_job_stays_recalled_whatever_the_unit_says_later() -> None:
    recalled = recall(queued(), at=NOW, reason="派错了")
    after, moved = report(recalled, DispatchStep.DONE, at=NOW, note="已经修完")
    assert not moved
    assert after.step is DispatchStep.RECALLED
    assert after.note == "已经修完"


def test_a_recall_needs_a_reason_and_an_open_job() -> None:
    with pytest.raises(CaseReasonMissing):
        recall(queued(), at=NOW, reason=" ")
    done, _ = report(queued(), DispatchStep.DONE, at=NOW)
    with pytest.raises(WrongStep):
        recall(done, at=NOW, reason="x")


@given(st.lists(st.tuples(st.sampled_from(DispatchStep), st.text(max_size=20)), max_size=15))
def test_any_reports_never_lead_back_and_never_out_of_an_end(words: list[tuple[DispatchStep, str]]) -> None:
    dispatch = queued()
    for step, text in words:
        before = dispatch
        dispatch, moved = report(dispatch, step, at=NOW, reason=text, note=text)
        if not moved:
            assert dispatch.step is before.step
        else:
            assert before.step not in ENDED
            assert dispatch.step in ENDED or RANK[dispatch.step] > RANK[before.step]
        again, moved_again = report(dispatch, step, at=NOW, reason=text, note=text)
        assert not moved_again
        assert again.step is dispatch.step


@given(st.permutations(FORWARD), st.data())
def test_copies_change_nothing(order: list[DispatchStep], data: st.DataObject) -> None:
    once, copied = queued(), queued()
    for step in order:
        once, _ = report(once, step, at=NOW)
        for _ in range(data.draw(st.integers(1, 3))):
            copied, _ = report(copied, step, at=NOW)
    assert once == copied


def test_a_unit_may_not_queue_or_recall() -> None:
    for step in set(DispatchStep) - CREW_STEPS:
        assert report(queued(), step, at=NOW) == (queued(), False)


def test_the_places_on_the_way_are_those_of_a_dispatch_that_goes_as_it_should() -> None:
    assert [step.rank for step in (DispatchStep.QUEUED, *FORWARD)] == list(range(7))
    assert {step for step in DispatchStep if step.ends} == ENDED
