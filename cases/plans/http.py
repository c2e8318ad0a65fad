"""Routes of emergency plans and of their steps on a case."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from cases.errors import CaseReasonMissing
from cases.operating_mode.service import OperatingModes
from cases.plans.model import AIMED, EmergencyPlan, PlanStepKind
from cases.plans.run import PlanRun, PlanStepState, waits_for
from cases.plans.service import EmergencyPlans
from cases.ports import CurrentUser
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter


class PlanList(BaseModel):
    plans: list[EmergencyPlan]


class PlanOffer(BaseModel):
    """`fits`: it is meant for the class of this case and the mode that holds."""

    plan_id: str
    zh: str
    en: str
    example: bool
    fits: bool
    steps: int


class PlanStepView(BaseModel):
    """`waits` are steps that come first; `asks`: who confirms it names the target."""

    id: str
    kind: PlanStepKind
    zh: str
    en: str
    say: str
    target: str
    asks: bool
    waits: list[str]
    state: PlanStepState
    words: str
    by: str
    at: datetime | None


class PlanRunView(BaseModel):
    """A plan that was started for a case, as it was then."""

    run_id: UUID
    case_id: UUID
    plan_id: str
    zh: str
    en: str
    example: bool
    started_by: str
    started_at: datetime
    over: bool
    steps: list[PlanStepView]


class PlansOfCase(BaseModel):
    """`offered` can be started; those that fit come first."""

    runs: list[PlanRunView]
    offered: list[PlanOffer]


class StartPlan(OperationRequest):
    plan_id: Annotated[str, Field(max_length=40)]


class PlanStepAct(OperationRequest):
    """`words`: the reason of a skip, what was found out, what was said. `happened` goes with `settle`."""

    target: Annotated[str, Field(max_length=64)] = ""
    words: Annotated[str, Field(max_length=400)] = ""
    happened: bool = False


def plan_routes(plans: EmergencyPlans, modes: OperatingModes, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["plans"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/plans")
    async def listed(actor: person) -> PlanList:
        return PlanList(plans=list(plans.listed(actor)))

    @routes.get("/cases/{case_id}/plans")
    async def of_case(case_id: UUID, actor: person) -> PlansOfCase:
        case, runs = await plans.of_case(actor, case_id)
        started = {one.plan.plan_id for one in runs}
        offers = [
            PlanOffer(
                plan_id=one.plan_id, zh=one.zh, en=one.en, example=one.example,
                fits=one.fits(case.category, modes.now.mode), steps=len(one.steps),
            )
            for one in plans.listed(actor)
            if one.plan_id not in started
        ]  # fmt: skip
        offers.sort(key=lambda one: not one.fits)
        return PlansOfCase(runs=[run_view(one) for one in runs], offered=offers)

    @routes.post("/cases/{case_id}/plans", status_code=201)
    async def start(case_id: UUID, body: StartPlan, actor: person) -> PlanRunView:
        """Nothing is sent: each step waits for a person."""
        return run_view(await plans.start(actor, case_id, body.plan_id, op_id=body.op_id))

    @routes.post("/plan-runs/{run_id}/steps/{step_id}/{act}")
    async def act_on_step(
        run_id: UUID,
        step_id: str,
        act: Literal["confirm", "skip", "settle"],
        body: PlanStepAct,
        actor: person,
    ) -> PlanRunView:
        """Do a step now, skip it with a reason, or say what became of one in doubt."""
        words = body.words.strip()
        if act == "confirm":
            done = await plans.confirm(
                actor, run_id, step_id, op_id=body.op_id, target=body.target, words=words
            )
            return run_view(done)
        if not words:
            raise CaseReasonMissing(remedy="say why, or what was found out")
        if act == "skip":
            return run_view(await plans.skip(actor, run_id, step_id, op_id=body.op_id, reason=words))
        done = await plans.settle(
            actor, run_id, step_id, op_id=body.op_id, happened=body.happened, words=words
        )
        return run_view(done)

    return routes


def run_view(run: PlanRun) -> PlanRunView:
    """As it is answered."""
    plan = run.plan
    return PlanRunView(
        run_id=run.run_id, case_id=run.case_id, plan_id=plan.plan_id, zh=plan.zh, en=plan.en,
        example=plan.example, started_by=run.started_by, started_at=run.started_at, over=run.over,
        steps=[
            PlanStepView(
                id=one.id, kind=one.kind, zh=one.zh, en=one.en, say=one.say,
                target=one.target or run.of(one.id).target, asks=one.kind in AIMED and not one.target,
                waits=list(waits_for(run, one)), state=run.of(one.id).state, words=run.of(one.id).words,
                by=run.of(one.id).by, at=run.of(one.id).at,
            )
            for one in plan.steps
        ],
    )  # fmt: skip
