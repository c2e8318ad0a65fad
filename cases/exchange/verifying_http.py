"""Routes by which a department's system reads its verification tasks and says what was found."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from cases.exchange.forms import VerificationFeedback, VerificationRequest
from cases.exchange.verifying import ExchangeVerifications
from cases.ports import CurrentUser
from core.actor import Actor
from core.routes import RoomRouter


class ExchangeVerificationList(BaseModel):
    """The earliest due first."""

    verifications: list[VerificationRequest]


def exchange_verification_routes(tasks: ExchangeVerifications, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["exchange"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/exchange/verifications")
    async def open_ones(actor: person) -> ExchangeVerificationList:
        """What waits for one's own departments' inspectors, as forms."""
        return ExchangeVerificationList(verifications=list(await tasks.open_ones(actor)))

    @routes.get("/exchange/verifications/{task_id}")
    async def one(task_id: UUID, actor: person) -> VerificationRequest:
        """A task as it is now, as a form."""
        return await tasks.one(actor, task_id)

    @routes.post("/exchange/verifications/{task_id}/feedback")
    async def feed_back(task_id: UUID, body: VerificationFeedback, actor: person) -> VerificationRequest:
        """Accept, decline or answer a task by a feedback form. 409 `verification-moved-on`: it is over."""
        return await tasks.feed_back(actor, task_id, body)

    @routes.put("/exchange/verifications/{task_id}/photos/{photo_id}", status_code=204)
    async def bring_photo(task_id: UUID, photo_id: UUID, request: Request, actor: person) -> None:
        """Keep a photo of what was found (JPEG or PNG, the whole body, at most 16 MiB) under the sender's
        id, before the answer. The same id again does nothing.
        """
        await tasks.bring_photo(actor, task_id, photo_id, await request.body())

    return routes
