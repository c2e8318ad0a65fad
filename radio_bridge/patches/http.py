"""The routes of patches."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from core.actor import Actor, Role
from radio_bridge.patches.service import Patch, Patches

SEE = (Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR)


class Begin(BaseModel):
    """`call_id` is a call in which an agent speaks with somebody."""

    op_id: UUID
    talkgroup: str
    call_id: UUID


class Operation(BaseModel):
    op_id: UUID


class Press(BaseModel):
    """`down`: the telephone's key is pressed for it, else let go."""

    down: bool


class PatchView(BaseModel):
    """`talking`: the telephone has the floor."""

    talkgroup: str
    call_id: UUID | None
    talking: bool


class Done(BaseModel):
    """`outcome` is `uncertain` when the link to the switch was lost at the wrong moment."""

    op_id: UUID
    talkgroup: str
    outcome: str


class PatchList(BaseModel):
    patches: list[PatchView]


def router(patches: Patches, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = APIRouter(prefix="/patches", tags=["patches"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def listed(actor: User) -> PatchList:
        actor.require(*SEE)
        return PatchList(patches=[_view(patch) for patch in patches.patches()])

    @routes.post("", status_code=201)
    async def begin(actor: User, body: Begin) -> Done:
        outcome = await patches.begin(actor, body.talkgroup, body.call_id, body.op_id)
        return Done(op_id=body.op_id, talkgroup=body.talkgroup, outcome=outcome)

    @routes.post("/{talkgroup}/end")
    async def end(actor: User, talkgroup: str, body: Operation) -> Done:
        outcome = await patches.end(actor, talkgroup, body.op_id)
        return Done(op_id=body.op_id, talkgroup=talkgroup, outcome=outcome)

    @routes.post("/{talkgroup}/key")
    async def key(actor: User, talkgroup: str, body: Press) -> PatchView:
        return _view(await patches.press(actor, talkgroup, down=body.down))

    return routes


def _view(patch: Patch) -> PatchView:
    return PatchView(talkgroup=patch.group, call_id=patch.call_id, talking=patch.talking)
