"""The routes of patches."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, model_validator

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from core.scopes import Scope
from radio_bridge import rights
from radio_bridge.switch.patches.groups import GroupPatch, GroupPatches
from radio_bridge.switch.patches.service import Patch, Patches


class Begin(OperationRequest):
    """`call_id` is a call in which an agent speaks with somebody, `other` another talkgroup: one of them.
    `keying`: its telephone talks by its keys, or by voice as well.
    """

    talkgroup: str = Field(max_length=64)
    call_id: UUID | None = None
    other: str | None = Field(default=None, max_length=64)
    keying: Literal["key", "voice"] = "key"

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.call_id is None) == (self.other is None):
            raise ValueError("a talkgroup is patched to a call or to another talkgroup")
        if self.call_id is None and self.keying == "voice":
            raise ValueError("who talks by voice is a telephone")
        return self


class KeyRequest(BaseModel):
    """`down`: the telephone's key is pressed for it, else let go."""

    down: bool


class PatchView(BaseModel):
    """`talking`: the telephone has the floor. `other`: it is patched to this talkgroup, and to no call."""

    talkgroup: str
    call_id: UUID | None
    other: str | None = None
    talking: bool = False
    keying: Literal["key", "voice"] = "key"


class PatchOutcome(BaseModel):
    """`outcome` is `uncertain` when the link to the switch was lost at the wrong moment."""

    op_id: UUID
    talkgroup: str
    outcome: str


class PatchList(BaseModel):
    patches: list[PatchView]


def router(
    patches: Patches, groups: GroupPatches, current_user: Callable[[Request], Awaitable[Actor]]
) -> APIRouter:
    routes = RoomRouter(prefix="/patches", tags=["patches"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def listed(actor: User) -> PatchList:
        rights.SEE_PATCHES.check(actor)
        calls = [_view(one) for one in patches.patches() if actor.within(Scope.TALKGROUP, one.group)]
        joined = [
            _joined(one)
            for one in groups.patches()
            if actor.within(Scope.TALKGROUP, one.group) or actor.within(Scope.TALKGROUP, one.other)
        ]
        return PatchList(patches=[*calls, *joined])

    @routes.post("", status_code=201)
    async def begin(actor: User, body: Begin) -> PatchOutcome:
        if body.call_id is not None:
            voice = body.keying == "voice"
            outcome = await patches.begin(actor, body.talkgroup, body.call_id, body.op_id, voice=voice)
        else:
            outcome = await groups.begin(actor, body.talkgroup, body.other or "", body.op_id)
        return PatchOutcome(op_id=body.op_id, talkgroup=body.talkgroup, outcome=outcome)

    @routes.post("/{talkgroup}/end")
    async def end(actor: User, talkgroup: str, body: OperationRequest) -> PatchOutcome:
        ends = groups if groups.has(talkgroup, body.op_id) else patches
        outcome = await ends.end(actor, talkgroup, body.op_id)
        return PatchOutcome(op_id=body.op_id, talkgroup=talkgroup, outcome=outcome)

    @routes.post("/{talkgroup}/key")
    async def key(actor: User, talkgroup: str, body: KeyRequest) -> PatchView:
        return _view(await patches.press(actor, talkgroup, down=body.down))

    return routes


def _view(patch: Patch) -> PatchView:
    keying: Literal["key", "voice"] = "voice" if patch.by_voice else "key"
    return PatchView(talkgroup=patch.group, call_id=patch.call_id, talking=patch.talking, keying=keying)


def _joined(patch: GroupPatch) -> PatchView:
    return PatchView(talkgroup=patch.group, call_id=None, other=patch.other)
