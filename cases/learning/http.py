"""Routes of the trained classifiers, for admins: what there is, train anew, go back."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from cases import rights
from cases.learning.part import ClassifiersPart, RoundProgress
from cases.learning.service import MOST_REASON, Models, RetrainingOutcome, RetrainOptions
from cases.learning.versions.model import SHIPPED
from cases.learning.views import ClassifiersView
from cases.operations import claim, release
from cases.ports import CurrentUser
from core.actor import Actor
from core.answers import answers
from core.bounds import Count
from core.cancellation import finish_before_cancel
from core.errors import problem_of
from core.routes import RoomRouter
from core.storage import Storage


class RetrainRequest(BaseModel):
    op_id: UUID
    dry_run: bool = False
    even_if_worse: bool = False
    reason: str = Field(default="", max_length=MOST_REASON)


class RollBackClassifiers(BaseModel):
    op_id: UUID
    to: Count | None = Field(default=None, ge=SHIPPED)
    reason: str = Field(default="", max_length=MOST_REASON)


def classifier_routes(part: ClassifiersPart, storage: Storage, user: CurrentUser) -> APIRouter:
    """Mounted before the routes of single cases: `classifiers` is no case's id."""
    routes = RoomRouter(prefix="/cases/classifiers", tags=["classifiers"])
    person = Annotated[Actor, Depends(user)]
    going_back = asyncio.Lock()

    async def shown(actor: Actor) -> dict[str, Any]:
        models = models_row(await part.retraining.models(actor))
        now = part.active_model.now
        return {**models, "serving": now.version, "refused": now.fault, "work": work_row(part.work)}

    @routes.get("", **answers(ClassifiersView))
    async def models(actor: person) -> dict[str, Any]:
        return await shown(actor)

    @routes.post("/retrain", **answers(ClassifiersView, 202))
    async def retrain(body: RetrainRequest, actor: person) -> dict[str, Any]:
        wish = RetrainOptions(dry_run=body.dry_run, even_if_worse=body.even_if_worse, reason=body.reason)
        part.require_able(actor, wish)
        async with storage.write() as transaction:
            # What cannot begin is not done: the same op_id may be tried again.
            if await claim(transaction, body.op_id, "retrain", body.op_id, storage.clock.now()) is None:
                part.begin(actor, wish)
        return await shown(actor)

    @routes.post("/roll-back", **answers(ClassifiersView))
    async def roll_back(body: RollBackClassifiers, actor: person) -> dict[str, Any]:
        rights.CLASSIFIERS.check(actor)
        async with going_back:  # a second press waits for what becomes of the first
            await finish_before_cancel(once(body, actor))
        return await shown(actor)

    async def once(body: RollBackClassifiers, actor: Actor) -> None:
        async with storage.write() as transaction:
            act = "roll-back-classifiers"
            if await claim(transaction, body.op_id, act, body.op_id, storage.clock.now()) is not None:
                return
        try:
            await part.retraining.roll_back(actor, to=body.to, reason=body.reason)
        except Exception:
            # What was refused is not done: the same op_id may be tried again, and hears it again.
            async with storage.write() as transaction:
                await release(transaction, body.op_id)
            raise
        await part.look()

    return routes


def models_row(found: Models) -> dict[str, Any]:
    """`in_force` is null when the pointer is damaged; the shipped weights are version 0 and in no row."""
    pointer = found.pointer
    before = set(pointer.before) if pointer else set()
    return {
        "in_force": pointer.version if pointer else None,
        "since": pointer.at.isoformat() if pointer and pointer.at else None,
        "by": pointer.by if pointer else "",
        "former": pointer.former if pointer else SHIPPED,
        "fault": found.fault,
        "versions": [
            {
                "number": one.number,
                "in_force": pointer is not None and one.number == pointer.version,
                "was_in_force": one.number in before,
                "fault": one.fault,
                "manifest": one.manifest.model_dump(mode="json") if one.manifest else None,
            }
            for one in found.versions
        ],
    }


def outcome_row(outcome: RetrainingOutcome) -> dict[str, Any]:
    made = outcome.made
    sides = {"old": made.comparison.old, "new": made.comparison.new}
    return {
        "switched": outcome.version is not None,
        "version": outcome.version,
        "against": outcome.against,
        "dry_run": outcome.wish.dry_run,
        "even_if_worse": outcome.wish.even_if_worse,
        "better": outcome.verdict.better,
        "why": [one.model_dump() for one in outcome.verdict.why],
        "counts": made.counts.model_dump(mode="json"),
        "compared": made.comparison.new.compared,
        "seen": made.comparison.seen,
        "shares": {
            side: {
                name: {
                    "k": share.k, "n": share.n, "share": share.value,
                    "low": share.interval[0], "high": share.interval[1],
                }
                for name, share in figures.shares().items()
            }
            for side, figures in sides.items()
        },
        "seconds": made.seconds,
        "peak_mb": made.peak_mb,
    }  # fmt: skip


def work_row(work: RoundProgress | None) -> dict[str, Any] | None:
    """None where no round ran in this process."""
    if work is None:
        return None
    failure = work.failure
    return {
        "running": work.running,
        "step": work.step,
        "done": work.done,
        "of": work.of,
        "outcome": outcome_row(work.outcome) if work.outcome else None,
        "failure": problem_of(failure).model_dump() if failure else None,
    }
