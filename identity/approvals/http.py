"""Routes of requests for a second person.

Annotations are evaluated here (no postponed ones): FastAPI reads dependencies made inside `router`.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi import Path as FastPath
from pydantic import BaseModel, ConfigDict, Field

from core.actor import Actor
from core.bounds import MOST_INTEGER
from core.routes import RoomRouter
from core.second_person import ApprovalWish
from identity.approvals.model import MOST_PARAMETERS, MOST_TEXT, AlarmKind, ApprovalState, ApprovalVerdict
from identity.approvals.service import Approvals
from identity.http import CurrentUser

Number = Annotated[int, FastPath(ge=1, le=MOST_INTEGER)]
_Word = Annotated[str, Field(max_length=200)]


class NewRequest(BaseModel):
    """`parameters` are those that the refusal of the act names."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    act: Annotated[str, Field(max_length=40)]
    parameters: dict[Annotated[str, Field(max_length=40)], _Word] = Field(max_length=MOST_PARAMETERS)
    why: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
    alone: bool = False


class Objection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


class RequestView(BaseModel):
    """`own`: it is of the person who looks. `waits` for an answer until `until`; `due_at` is when a second
    person has to have looked at what was done `alone`; `alarm` is what is wrong with it, if anything.
    """

    number: int
    act: str
    parameters: dict[str, str]
    why: str
    alone: bool
    asked_by: str
    asked_at: str
    until: str
    state: ApprovalState
    verdict: ApprovalVerdict
    decided_by: str
    decided_at: str | None
    remark: str
    started_at: str | None
    ended_at: str | None
    outcome: str
    waits: bool
    due_at: str | None
    alarm: AlarmKind | None
    seen_by: str
    own: bool


class RequestList(BaseModel):
    requests: list[RequestView]


class RequestState(BaseModel):
    number: int
    state: ApprovalState


class RequestMade(RequestState):
    until: datetime


def router(approvals: Approvals, current: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["approvals"])
    Who = Annotated[Actor, Depends(current)]  # noqa: N806  # a type

    @routes.get("/approvals")
    async def list_requests(actor: Who, everything: bool = False) -> RequestList:
        """Requests that wait for a person; with `everything` the last 200 in any state."""
        found = await approvals.listed(actor, everything=everything)
        return RequestList(requests=[RequestView(**one) for one in found])

    @routes.post("/approvals", status_code=201)
    async def ask(body: NewRequest, actor: Who) -> RequestMade:
        """Ask for an act that is done by another route afterwards."""
        wish = ApprovalWish(body.act, body.parameters, body.why, body.alone)
        request = await approvals.ask(actor, wish, body.op_id)
        return RequestMade(number=request.number, state=request.state, until=request.until)

    @routes.post("/approvals/{number}/approve")
    async def approve(number: Number, actor: Who) -> RequestState:
        return RequestState(number=number, state=(await approvals.approve(actor, number)).state)

    @routes.post("/approvals/{number}/object")
    async def object_to(number: Number, body: Objection, actor: Who) -> RequestState:
        return RequestState(number=number, state=(await approvals.object_to(actor, number, body.why)).state)

    @routes.post("/approvals/{number}/withdraw")
    async def withdraw(number: Number, actor: Who) -> RequestState:
        return RequestState(number=number, state=(await approvals.withdraw(actor, number)).state)

    return routes
