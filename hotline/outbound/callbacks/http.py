"""The routes of callbacks, each a few lines."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from core.actor import Actor, Role
from core.answers import answers
from core.operations import OperationRequest
from core.routes import RoomRouter
from hotline import rights
from hotline.events import CallbackView
from hotline.outbound.callbacks.desk import CallbackService
from hotline.outbound.callbacks.errors import NoSuchCallback
from hotline.outbound.callbacks.service import Callbacks
from hotline.outbound.callbacks.view import shown, whose, within
from hotline.ports import CurrentUser, Looks

MOST_LISTED = 500

SaidOutcome = Literal["reached", "no_answer", "busy", "failed", "wrong_number", "declined"]


class NewCallbackRequest(OperationRequest):
    """`number` as a person writes it; `agent_id` gives it to one agent."""

    number: str = Field(min_length=3, max_length=40)
    queue: str = Field(default="", max_length=80)
    language: str = Field(default="", max_length=16)
    note: str = Field(default="", max_length=2_000)
    agent_id: str = Field(default="", max_length=64)


class CancelCallbackRequest(OperationRequest):
    outcome: SaidOutcome
    note: str = Field(default="", max_length=2_000)


class Cancel(OperationRequest):
    note: str = Field(default="", max_length=2_000)


class Assign(OperationRequest):
    agent_id: str = Field(default="", max_length=64)


class CallbackList(BaseModel):
    """In the order in which they are served; `total` may be more than are listed."""

    callbacks: list[CallbackView]
    total: int


def router(callbacks: Callbacks, desk: CallbackService, current_user: CurrentUser, looks: Looks) -> APIRouter:
    """`/callbacks`; numbers are masked for those whose callback it is not. Who sees others' is audited."""
    routes = RoomRouter(prefix="/callbacks", tags=["callbacks"])
    _read_routes(routes, callbacks, desk, current_user, looks)
    _act_routes(routes, desk, current_user)
    return routes


def _read_routes(
    routes: APIRouter, callbacks: Callbacks, desk: CallbackService, current_user: CurrentUser, looks: Looks
) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("", **answers(CallbackList))
    async def listed(
        user: User, closed: bool = False, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100
    ) -> dict[str, Any]:
        rights.SEE_CALLBACKS.check(user)
        if user.has(Role.SUPERVISOR):
            await looks(user, "list-callbacks", "callbacks:closed" if closed else "callbacks")
        if closed:
            found = [one for one in await desk.closed(limit) if within(user, one)]
            return {"callbacks": [shown(one, user) for one in found], "total": len(found)}
        callbacks.require_read()
        open_ones = [one for one in callbacks.book.in_order() if within(user, one)]
        listed = [shown(one, user) for one in open_ones[:limit]]
        return {"callbacks": listed, "total": len(open_ones)}

    @routes.get("/{callback_id}", **answers(CallbackView))
    async def one(user: User, callback_id: UUID) -> dict[str, Any]:
        rights.SEE_CALLBACKS.check(user)
        found = await desk.entry(callback_id)
        if not within(user, found):
            raise NoSuchCallback
        if user.has(Role.SUPERVISOR) and user.id not in whose(found):
            await looks(user, "view-callback", f"callback:{callback_id}")
        return shown(found, user)


def _act_routes(routes: APIRouter, desk: CallbackService, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.post("", **answers(CallbackView))
    async def ask(user: User, body: NewCallbackRequest) -> dict[str, Any]:
        made = await desk.ask(
            user,
            body.op_id,
            number=body.number,
            queue=body.queue,
            language=body.language,
            note=body.note,
            agent_id=body.agent_id,
        )
        return shown(made, user)

    @routes.post("/{callback_id}/accept", **answers(CallbackView))
    async def accept(user: User, callback_id: UUID, body: OperationRequest) -> dict[str, Any]:
        return shown(await desk.accept(user, callback_id, body.op_id), user)

    @routes.post("/{callback_id}/decline", **answers(CallbackView))
    async def decline(user: User, callback_id: UUID, body: OperationRequest) -> dict[str, Any]:
        return shown(await desk.decline(user, callback_id, body.op_id), user)

    @routes.post("/{callback_id}/outcome", **answers(CallbackView))
    async def outcome(user: User, callback_id: UUID, body: CancelCallbackRequest) -> dict[str, Any]:
        return shown(await desk.note(user, callback_id, body.op_id, body.outcome, body.note), user)

    @routes.post("/{callback_id}/cancel", **answers(CallbackView))
    async def cancel(user: User, callback_id: UUID, body: Cancel) -> dict[str, Any]:
        return shown(await desk.cancel(user, callback_id, body.op_id, body.note), user)

    @routes.post("/{callback_id}/assign", **answers(CallbackView))
    async def assign(user: User, callback_id: UUID, body: Assign) -> dict[str, Any]:
        return shown(await desk.assign(user, callback_id, body.op_id, body.agent_id), user)
