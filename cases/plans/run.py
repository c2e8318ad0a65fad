"""A plan that runs on a case, as a state machine. Pure: it says what is to be done, and does nothing.

A step is done only after a person has confirmed it. What rings a telephone is started once for each
confirmation and never again; anything else is repeated once, under the same operation, when the service ended
while it was being done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from cases.errors import PlanStepMovedOn, PlanStepWaits
from cases.plans.model import BY_HAND, RINGS, EmergencyPlan, PlanStep

MOST_TRIES: Final = 2
"""The first, and one repetition."""


class PlanStepState(StrEnum):
    """`refused`: nothing was done, it may be confirmed again. `in_doubt`: a person finds out and says."""

    OPEN = "open"
    DOING = "doing"
    DONE = "done"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    SKIPPED = "skipped"


OVER: Final = frozenset({PlanStepState.DONE, PlanStepState.SKIPPED})
CONFIRMABLE: Final = frozenset({PlanStepState.OPEN, PlanStepState.REFUSED})


@dataclass(frozen=True, slots=True)
class StepRun:
    """`attempt` counts confirmations, `tries` how often the present one was begun. `by` acted last."""

    state: PlanStepState = PlanStepState.OPEN
    attempt: int = 0
    tries: int = 0
    target: str = ""
    words: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PlanRun:
    """The plan as it was when it was started; later versions of the table do not change it."""

    run_id: UUID
    case_id: UUID
    plan: EmergencyPlan
    started_by: str
    started_at: datetime
    steps: Mapping[str, StepRun] = field(default_factory=dict)

    def of(self, step_id: str) -> StepRun:
        return self.steps.get(step_id, StepRun())

    def operation(self, step_id: str) -> UUID:
        """The `op_id` of the present confirmation: the same for its repetition."""
        return uuid5(self.run_id, f"{step_id}/{self.of(step_id).attempt}")

    @property
    def over(self) -> bool:
        return all(self.of(one.id).state in OVER for one in self.plan.steps)


def waits_for(run: PlanRun, step: PlanStep) -> tuple[str, ...]:
    """The earlier steps that must be over before this one."""
    return tuple(one for one in step.after if run.of(one).state not in OVER)


def confirmed(run: PlanRun, step: PlanStep, by: str, at: datetime, *, target: str, words: str) -> PlanRun:
    """A person confirms a step: it is being done now, or done where he does it himself. Raises
    `PlanStepMovedOn`, `PlanStepWaits`.
    """
    now = run.of(step.id)
    _require(now, CONFIRMABLE)
    waiting = waits_for(run, step)
    if waiting:
        raise PlanStepWaits(
            f"first: {', '.join(waiting)}", remedy="do these steps, or skip them with a reason"
        )
    state = PlanStepState.DONE if step.kind in BY_HAND else PlanStepState.DOING
    return _with(run, step, StepRun(state, now.attempt + 1, 1, target, words, by, at))


def skipped(run: PlanRun, step: PlanStep, by: str, at: datetime, reason: str) -> PlanRun:
    """Raises `PlanStepMovedOn`."""
    now = run.of(step.id)
    _require(now, CONFIRMABLE)
    return _with(run, step, replace(now, state=PlanStepState.SKIPPED, words=reason, by=by, at=at))


def settled(run: PlanRun, step: PlanStep, by: str, at: datetime, words: str, *, happened: bool) -> PlanRun:
    """A person found out what became of a step in doubt. It is over either way. Raises `PlanStepMovedOn`."""
    now = run.of(step.id)
    _require(now, frozenset({PlanStepState.IN_DOUBT}))
    state = PlanStepState.DONE if happened else PlanStepState.SKIPPED
    return _with(run, step, replace(now, state=state, words=words, by=by, at=at))


def ended(
    run: PlanRun, step: PlanStep, attempt: int, state: PlanStepState, words: str, at: datetime
) -> PlanRun | None:
    """What came of a confirmation; None where that is known already, or another one is being done."""
    now = run.of(step.id)
    if now.state is not PlanStepState.DOING or now.attempt != attempt:
        return None
    return _with(run, step, replace(now, state=state, words=words, at=at))


def interrupted(run: PlanRun, step: PlanStep, at: datetime) -> PlanRun | None:
    """The service ended while the step was being done: in doubt, or to be done once more (`doing`, with one
    try more). None where it is not being done.
    """
    now = run.of(step.id)
    if now.state is not PlanStepState.DOING:
        return None
    if step.kind in RINGS or now.tries >= MOST_TRIES:
        return _with(run, step, replace(now, state=PlanStepState.IN_DOUBT, words="", at=at))
    return _with(run, step, replace(now, tries=now.tries + 1))


def _require(now: StepRun, states: frozenset[PlanStepState]) -> None:
    if now.state not in states:
        raise PlanStepMovedOn(
            f"the step is {now.state}", remedy="look at the list again", state=now.state.value
        )


def _with(run: PlanRun, step: PlanStep, after: StepRun) -> PlanRun:
    return replace(run, steps={**run.steps, step.id: after})
