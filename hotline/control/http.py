"""The routes of call control: one for each verb, each a few lines."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from hotline.control.answer import Acted, ControlParameters, Target
from hotline.control.model import Verb
from hotline.control.service import CallControl
from hotline.ports import CurrentUser

PLAIN = (
    Verb.HOLD,
    Verb.RESUME,
    Verb.MUTE,
    Verb.UNMUTE,
    Verb.COMPLETE,
    Verb.ABORT,
    Verb.CONFERENCE,
    Verb.SILENT,
    Verb.PARK,
    Verb.RETRIEVE,
    Verb.ANSWER,
    Verb.MONITOR,
    Verb.WHISPER,
    Verb.BARGE,
    Verb.INTERCEPT,
    Verb.HELP,
)


class Towards(OperationRequest):
    target: Target


class Digits(OperationRequest):
    digits: str = Field(min_length=1, max_length=32)


class HangUpRequest(OperationRequest):
    whole: bool = False
    """The whole call, not only the own part in it."""


class PlaceCall(OperationRequest):
    number: str = Field(default="", max_length=32)
    first: Literal["agent", "citizen"]
    caller_id: str = Field(default="", max_length=32)
    target: Target | None = None
    """With the citizen first: the desk or queue that he is given to; without it, the desk of who asks. With
    the agent first and without a number: the colleague who is called.
    """


def router(control: CallControl, current_user: CurrentUser) -> APIRouter:
    """`/calls/{call_id}/<verb>` and `POST /calls`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(tags=["control"])
    _verbs(routes, control, current_user)
    _others(routes, control, current_user)
    return routes


def _verbs(routes: APIRouter, control: CallControl, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    def plain(verb: Verb) -> None:
        @routes.post(f"/calls/{{call_id}}/{verb}", name=verb.value)
        async def act(user: User, call_id: UUID, body: OperationRequest) -> Acted:
            return await control.act(user, call_id, verb, body.op_id)

    def towards(verb: Verb) -> None:
        @routes.post(f"/calls/{{call_id}}/{verb}", name=verb.value)
        async def act(user: User, call_id: UUID, body: Towards) -> Acted:
            return await control.act(user, call_id, verb, body.op_id, ControlParameters(target=body.target))

    for verb in PLAIN:
        plain(verb)
    for verb in (Verb.TRANSFER, Verb.CONSULT, Verb.REDIRECT):
        towards(verb)


def _others(routes: APIRouter, control: CallControl, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.post("/calls/{call_id}/digits")
    async def digits(user: User, call_id: UUID, body: Digits) -> Acted:
        return await control.act(
            user, call_id, Verb.DIGITS, body.op_id, ControlParameters(digits=body.digits)
        )

    @routes.post("/calls/{call_id}/hangup")
    async def hangup(user: User, call_id: UUID, body: HangUpRequest) -> Acted:
        return await control.act(user, call_id, Verb.HANGUP, body.op_id, ControlParameters(whole=body.whole))

    @routes.post("/calls/{call_id}/help/accept")
    async def accept_help(user: User, call_id: UUID, body: OperationRequest) -> Acted:
        return await control.act(user, call_id, Verb.HELP_ACCEPT, body.op_id)

    @routes.post("/calls")
    async def place(user: User, body: PlaceCall) -> Acted:
        wish = ControlParameters(
            number=body.number, first=body.first, caller_id=body.caller_id, target=body.target
        )
        return await control.call(user, body.op_id, wish)
