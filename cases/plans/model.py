"""An emergency plan as the city writes it: what it is for, and its steps in order. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, model_validator

from cases.events import OperatingMode
from core.models import Strict

MOST_PLANS: Final = 200
MOST_STEPS: Final = 40
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Words = Annotated[str, Field(min_length=1, max_length=200)]


class PlanStepKind(StrEnum):
    """`dispatch` a unit, `department`: give the case to one, `text` to the units of a talkgroup, `call` a
    number from the own telephone, `camera`: a picture by the nearest that sees the place, `verify` by an
    inspector. `inform` and `tick` a person does himself and says so.
    """

    DISPATCH = "dispatch"
    DEPARTMENT = "department"
    TEXT = "text"
    CALL = "call"
    CAMERA = "camera"
    VERIFY = "verify"
    INFORM = "inform"
    TICK = "tick"


BY_HAND: Final = frozenset({PlanStepKind.INFORM, PlanStepKind.TICK})
"""Nothing is sent: the confirmation is the result."""
RINGS: Final = frozenset({PlanStepKind.CALL})
"""A telephone rings: never repeated."""
AIMED: Final = frozenset(
    {PlanStepKind.DISPATCH, PlanStepKind.DEPARTMENT, PlanStepKind.TEXT, PlanStepKind.CALL}
)
"""Needs a target: the table's, else that of who confirms it."""


class PlanStep(Strict):
    """`target` is a unit, department, talkgroup or number; empty: who confirms the step names it. `say` goes
    out with it. `after` are ids of earlier steps that must be done or skipped before.
    """

    id: Slug
    kind: PlanStepKind
    zh: _Words
    en: _Words
    target: Annotated[str, Field(max_length=64)] = ""
    say: Annotated[str, Field(max_length=600)] = ""
    after: Annotated[tuple[Slug, ...], Field(max_length=MOST_STEPS)] = ()

    @model_validator(mode="after")
    def _holds(self) -> PlanStep:
        if self.kind is PlanStepKind.TEXT and not self.say.strip():
            raise ValueError("a text needs words in `say`")
        if self.target and self.kind in {PlanStepKind.CAMERA, PlanStepKind.TICK}:
            raise ValueError("this kind of step has no target")
        return self


class EmergencyPlan(Strict):
    """`classes` are beginnings of class codes (`E0505`), `modes` operating modes; none: for all. `example`
    marks one that came with the program: the city writes its own.
    """

    plan_id: Slug
    zh: _Words
    en: _Words
    classes: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=40)], ...], Field(max_length=50)
    ] = ()
    modes: Annotated[tuple[OperatingMode, ...], Field(max_length=3)] = ()
    example: bool = False
    steps: Annotated[tuple[PlanStep, ...], Field(min_length=1, max_length=MOST_STEPS)]

    @model_validator(mode="after")
    def _ordered(self) -> EmergencyPlan:
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"step {step.id} stands twice")
            for earlier in step.after:
                if earlier not in seen:
                    raise ValueError(f"step {step.id} comes after {earlier}, which is no earlier step")
            seen.add(step.id)
        return self

    def step(self, step_id: str) -> PlanStep | None:
        return next((one for one in self.steps if one.id == step_id), None)

    def fits(self, category: str | None, mode: OperatingMode) -> bool:
        """Whether it is meant for a case of this class (`scheme@version/code`) in this mode."""
        code = (category or "").rpartition("/")[2]
        return (not self.modes or mode in self.modes) and (
            not self.classes or any(code.startswith(one) for one in self.classes)
        )


class PlanForms(Strict):
    """The table: every plan of the city."""

    plans: Annotated[tuple[EmergencyPlan, ...], Field(max_length=MOST_PLANS)]

    @model_validator(mode="after")
    def _once(self) -> PlanForms:
        names = [one.plan_id for one in self.plans]
        twice = sorted({one for one in names if names.count(one) > 1})
        if twice:
            raise ValueError(f"plan {twice[0]} stands twice")
        return self

    def with_plans(self, other: PlanForms) -> PlanForms:
        """With the other's plans, which replace those of the same id."""
        named = {one.plan_id: one for one in other.plans}
        kept = [named.pop(one.plan_id, one) for one in self.plans]
        return PlanForms(plans=(*kept, *named.values()))
