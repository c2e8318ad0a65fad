"""Plans that run, in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.errors import NoSuchPlanRun
from cases.plans.model import EmergencyPlan
from cases.plans.run import PlanRun, PlanStepState, StepRun
from cases.plans.tables import plan_runs, plan_steps

MOST_INTERRUPTED = 200


async def add(connection: AsyncConnection, run: PlanRun) -> None:
    """A new run, with a row for each of its steps."""
    await connection.execute(
        insert(plan_runs).values(
            run_id=run.run_id, case_id=run.case_id, plan_id=run.plan.plan_id,
            plan=run.plan.model_dump(mode="json"), started_by=run.started_by, started_at=run.started_at,
        )
    )  # fmt: skip
    rows = [{"run_id": run.run_id, "step_id": one.id, **_row(run.of(one.id))} for one in run.plan.steps]
    await connection.execute(insert(plan_steps), rows)


async def save(connection: AsyncConnection, run: PlanRun, step_id: str) -> None:
    await connection.execute(
        update(plan_steps)
        .where(plan_steps.c.run_id == run.run_id, plan_steps.c.step_id == step_id)
        .values(_row(run.of(step_id)))
    )


async def get(connection: AsyncConnection, run_id: UUID, *, lock: bool = False) -> PlanRun:
    """Raises `NoSuchPlanRun`. `lock` holds the run for this transaction (PostgreSQL)."""
    query = select(plan_runs).where(plan_runs.c.run_id == run_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise NoSuchPlanRun(remedy="look at the case again")
    return (await _runs(connection, [row]))[0]


async def of_case(connection: AsyncConnection, case_id: UUID) -> list[PlanRun]:
    """The oldest first."""
    query = select(plan_runs).where(plan_runs.c.case_id == case_id).order_by(plan_runs.c.started_at)
    return await _runs(connection, list((await connection.execute(query)).mappings()))


async def being_done(connection: AsyncConnection) -> list[tuple[UUID, str]]:
    """Run and step of what a confirmation has begun and nobody has ended."""
    query = (
        select(plan_steps.c.run_id, plan_steps.c.step_id)
        .where(plan_steps.c.state == PlanStepState.DOING.value)
        .limit(MOST_INTERRUPTED)
    )
    return [(row.run_id, row.step_id) for row in await connection.execute(query)]


async def _runs(connection: AsyncConnection, rows: list[RowMapping]) -> list[PlanRun]:
    steps: dict[UUID, dict[str, StepRun]] = {row["run_id"]: {} for row in rows}
    query = select(plan_steps).where(plan_steps.c.run_id.in_(list(steps)))
    for one in (await connection.execute(query)).mappings():
        steps[one["run_id"]][one["step_id"]] = _step(one)
    return [
        PlanRun(
            row["run_id"], row["case_id"], EmergencyPlan.model_validate(row["plan"]),
            row["started_by"], row["started_at"], steps[row["run_id"]],
        )
        for row in rows
    ]  # fmt: skip


def _row(step: StepRun) -> dict[str, Any]:
    return {
        "state": step.state.value, "attempt": step.attempt, "tries": step.tries, "target": step.target,
        "words": step.words, "by": step.by, "at": step.at,
    }  # fmt: skip


def _step(row: RowMapping) -> StepRun:
    return StepRun(
        PlanStepState(row["state"]), row["attempt"], row["tries"], row["target"], row["words"], row["by"],
        row["at"],
    )  # fmt: skip
