"""The machine of a plan that runs: any order of acts of people, results and crashes keeps its rules."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from cases.errors import PlanStepMovedOn, PlanStepWaits
from cases.plans.model import BY_HAND, RINGS, EmergencyPlan, PlanStep, PlanStepKind
from cases.plans.run import (
    OVER,
    PlanRun,
    PlanStepState,
    confirmed,
    ended,
    interrupted,
    settled,
    skipped,
    waits_for,
)
from core.ids import uuid7

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
KINDS = (PlanStepKind.CALL, PlanStepKind.DISPATCH, PlanStepKind.TICK)


@st.composite
def plans(draw: st.DrawFn) -> EmergencyPlan:
    steps: list[PlanStep] = []
    for number in range(draw(st.integers(1, 4))):
        before = [one.id for one in steps]
        after = draw(st.lists(st.sampled_from(before), unique=True)) if before else []
        kind = draw(st.sampled_from(KINDS))
        steps.append(PlanStep(id=f"s{number}", kind=kind, zh="步骤", en="step", after=tuple(after)))
    return EmergencyPlan(plan_id="p", zh="预案", en="plan", steps=tuple(steps))


ACTS = st.sampled_from(
    ("confirm", "skip", "happened", "not-happened", "done", "refused", "doubt", "late", "crash")
)


def _acted(run: PlanRun, step: PlanStep, act: str) -> PlanRun:
    now = run.of(step.id)
    match act:
        case "confirm":
            return confirmed(run, step, "zhao", AT, target="", words="")
        case "skip":
            return skipped(run, step, "zhao", AT, "不需要")
        case "happened" | "not-happened":
            return settled(run, step, "zhao", AT, "核实", happened=act == "happened")
        case "crash":
            return interrupted(run, step, AT) or run
        case "late":
            assert ended(run, step, now.attempt - 1, PlanStepState.DONE, "", AT) is None
            return run
        case _:
            states = {
                "done": PlanStepState.DONE,
                "refused": PlanStepState.REFUSED,
                "doubt": PlanStepState.IN_DOUBT,
            }
            return ended(run, step, now.attempt, states[act], "", AT) or run


@given(plans(), st.lists(st.tuples(st.integers(0, 3), ACTS), max_size=40))
def test_nothing_is_done_unasked_nothing_rings_twice_and_what_is_over_stays_over(
    plan: EmergencyPlan, story: list[tuple[int, str]]
) -> None:
    run = PlanRun(uuid7(), uuid7(), plan, "zhao", AT)
    begun: dict[object, int] = {}
    """How often each operation was begun."""
    confirmations = 0
    for number, act in story:
        step = plan.steps[number % len(plan.steps)]
        before = run.of(step.id)
        try:
            run = _acted(run, step, act)
        except (PlanStepMovedOn, PlanStepWaits):
            assert run.of(step.id) == before
            continue
        after = run.of(step.id)
        if act == "confirm":
            confirmations += 1
            assert after.attempt == before.attempt + 1
            assert all(run.of(one).state in OVER for one in step.after)
        elif after.attempt != before.attempt:
            raise AssertionError("only a person begins an attempt")
        repeated = after.state is PlanStepState.DOING and after.tries != before.tries
        if (repeated or act == "confirm") and step.kind not in BY_HAND:
            op_id = run.operation(step.id)
            begun[op_id] = begun.get(op_id, 0) + 1
            assert begun[op_id] <= (1 if step.kind in RINGS else 2)
        if before.state in OVER:
            assert after == before
        if before.state is PlanStepState.OPEN:
            assert act in {"confirm", "skip"} or after == before
    assert len(begun) <= confirmations
    assert run.over == all(run.of(one.id).state in OVER for one in plan.steps)
    for one in plan.steps:
        assert set(waits_for(run, one)) <= set(one.after)


def test_a_call_that_was_interrupted_is_in_doubt_and_a_dispatch_is_done_once_more() -> None:
    steps = tuple(PlanStep(id=kind.value, kind=kind, zh="步", en="step") for kind in KINDS)
    run = PlanRun(uuid7(), uuid7(), EmergencyPlan(plan_id="p", zh="预", en="plan", steps=steps), "zhao", AT)
    call, dispatch, _ = steps
    for step in (call, dispatch):
        run = confirmed(run, step, "zhao", AT, target="x", words="")
    operation = run.operation(dispatch.id)
    after = interrupted(run, call, AT)
    assert after is not None
    assert after.of(call.id).state is PlanStepState.IN_DOUBT
    again = interrupted(after, dispatch, AT)
    assert again is not None
    assert (again.of(dispatch.id).state, again.of(dispatch.id).tries) == (PlanStepState.DOING, 2)
    assert again.operation(dispatch.id) == operation
    third = interrupted(again, dispatch, AT)
    assert third is not None
    assert third.of(dispatch.id).state is PlanStepState.IN_DOUBT
