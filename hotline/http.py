"""The room's routes, each a few lines; the web edge turns the room's errors into problem documents."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter
from hotline import rights
from hotline.board import Board
from hotline.dispositions.store import Disposition
from hotline.errors import NoSuchLiveCall
from hotline.events import CallView, DispositionKind
from hotline.people import StaffDirectory
from hotline.ports import CurrentUser
from hotline.privacy import may_see, sees_anothers_number, shown


class DispositionRequest(BaseModel):
    op_id: UUID
    kind: DispositionKind
    note: str = Field(default="", max_length=2_000)
    case_ids: list[UUID] = Field(default=[], max_length=20)


class DispositionAnswer(BaseModel):
    call_id: UUID
    kind: DispositionKind
    note: str
    case_ids: list[UUID]
    agent_id: str
    at: datetime


class ConfidentialRequest(BaseModel):
    confidential: bool


class CallList(BaseModel):
    calls: list[CallView]


def router(board: Board, people: StaffDirectory, current_user: CurrentUser) -> APIRouter:
    """`/calls`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(tags=["hotline"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("/calls", **answers(CallList))
    async def calls(user: User) -> dict[str, Any]:
        rights.SEE_CALLS.check(user)
        found = [one for one in board.calls() if may_see(user, one)]
        if any(sees_anothers_number(user, one) for one in found):
            await people.looks(user, "watch-calls", "calls")
        return {"calls": [shown(one, user) for one in found]}

    @routes.get("/calls/{call_id}", **answers(CallView))
    async def call(user: User, call_id: UUID) -> dict[str, Any]:
        rights.SEE_CALLS.check(user)
        found = board.call(call_id)
        if not may_see(user, found):
            raise NoSuchLiveCall
        if sees_anothers_number(user, found):
            await people.looks(user, "watch-call", f"call:{call_id}")
        return shown(found, user)

    @routes.post("/calls/{call_id}/disposition")
    async def disposition(user: User, call_id: UUID, body: DispositionRequest) -> DispositionAnswer:
        said = await people.set_disposition(
            user, call_id, op_id=body.op_id, kind=body.kind, note=body.note, case_ids=body.case_ids
        )
        return _answer(said)

    @routes.post("/calls/{call_id}/confidential", **answers(CallView))
    async def confidential(user: User, call_id: UUID, body: ConfidentialRequest) -> dict[str, Any]:
        return shown(await people.set_confidential(user, call_id, body.confidential), user)

    return routes


def _answer(said: Disposition) -> DispositionAnswer:
    return DispositionAnswer(
        call_id=said.call_id,
        kind=said.kind,
        note=said.note,
        case_ids=list(said.case_ids),
        agent_id=said.agent_id,
        at=said.at,
    )
