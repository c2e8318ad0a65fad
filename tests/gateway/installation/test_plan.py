"""Which steps are planned: in their order, none without a reason, and none any more when all are done."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.installation.plan import UNSEEN, StepName, can_be_seen, plan

LACKS = st.dictionaries(st.sampled_from(StepName), st.lists(st.text(min_size=1), max_size=3))


@given(LACKS)
def test_steps_stand_in_their_order_and_each_has_a_reason(missing: dict[StepName, list[str]]) -> None:
    planned = plan(missing)
    order = list(StepName)
    places = [order.index(one.step) for one in planned]
    assert places == sorted(set(places))
    assert all(one.missing for one in planned)


@given(LACKS)
def test_what_is_missing_is_planned_and_what_is_there_is_not_made_again(
    missing: dict[StepName, list[str]],
) -> None:
    planned = {one.step: one.missing for one in plan(missing)}
    for step in StepName:
        if not can_be_seen(step, missing):
            assert planned[step] == (UNSEEN,)
        elif missing.get(step):
            assert planned[step] == tuple(missing[step])
        elif step is not StepName.TEST_CALL:
            assert step not in planned


@given(LACKS, st.integers(min_value=0, max_value=len(StepName)))
def test_an_installation_that_is_interrupted_anywhere_is_finished_by_the_next_run(
    missing: dict[StepName, list[str]], interrupted_after: int
) -> None:
    left = dict(missing)
    for one in plan(left)[:interrupted_after]:
        left.pop(one.step, None)
    again = plan(left)
    assert {step for step, lacks in left.items() if lacks} <= {one.step for one in again}
    for one in again:
        left.pop(one.step, None)
    assert plan(left) == []


def test_a_start_is_followed_by_a_test_call() -> None:
    assert [one.step for one in plan({StepName.SERVICES: ["asterisk.service does not run"]})] == [
        StepName.SERVICES,
        StepName.TEST_CALL,
    ]
    assert plan({}) == []
