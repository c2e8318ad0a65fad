"""Routes by which people bind their WeChat, and administrators see and end bindings. No openid is shown."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from citizen.channels.wechat.staff import rights
from citizen.channels.wechat.staff.bindings import StaffBindings
from citizen.channels.wechat.staff.errors import NoSuchBinding
from citizen.channels.wechat.staff.store import WeChatBinding
from citizen.contract.staff import MemberKind, StaffMember
from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter, add_routes

CurrentUser = Callable[..., Actor | Awaitable[Actor]]


class WeChatBindingView(BaseModel):
    """Who is bound. `name` is None for who is not in service any more. `silent_since`: he has written nothing
    for 48 hours, and WeChat takes no notices to him until he does.
    """

    binding_id: UUID
    kind: MemberKind
    member: str
    name: str | None
    bound_at: datetime
    code_by: str
    silent_since: datetime | None


class WeChatBindingList(BaseModel):
    """`enabled`: the account is on for staff."""

    enabled: bool
    bindings: list[WeChatBindingView]


class WeChatCodeRequest(OperationRequest):
    """For whom: a user, or a unit by its name of the register."""

    kind: MemberKind
    member: Annotated[str, Field(min_length=1, max_length=64)]


class WeChatCodeView(BaseModel):
    """The code, to be written to the account as `绑定 CODE` before `expires_at`; it works once."""

    code: str
    expires_at: datetime


def staff_routes(bindings: StaffBindings, current_user: CurrentUser) -> APIRouter:
    """The own binding, and everybody's."""
    routes = RoomRouter(tags=["wechat"])
    person = Annotated[Actor, Depends(current_user)]
    add_routes(routes, _routes_of_all(bindings, current_user))

    @routes.get("/wechat/own")
    async def own(actor: person) -> WeChatBindingList:
        """The own binding."""
        rights.OWN.check(actor)
        found = await bindings.of_member(StaffMember("person", actor.id))
        return WeChatBindingList(
            enabled=bindings.enabled, bindings=[await _view(bindings, one) for one in found]
        )

    @routes.post("/wechat/own/code")
    async def own_code(actor: person, body: OperationRequest) -> WeChatCodeView:
        """A code for the own WeChat; a former one works no more."""
        rights.OWN.check(actor)
        code, until = await bindings.make_code(actor, StaffMember("person", actor.id), body.op_id)
        return WeChatCodeView(code=code, expires_at=until)

    @routes.post("/wechat/own/unbind")
    async def own_end(actor: person, body: OperationRequest) -> None:
        """End the own binding; nothing where there is none."""
        rights.OWN.check(actor)
        del body  # the same again finds nothing to end
        for one in await bindings.of_member(StaffMember("person", actor.id)):
            await _end(bindings, actor, one.binding_id)

    return routes


def _routes_of_all(bindings: StaffBindings, current_user: CurrentUser) -> APIRouter:
    routes = RoomRouter()
    person = Annotated[Actor, Depends(current_user)]

    @routes.get("/wechat/bindings")
    async def listed(actor: person) -> WeChatBindingList:
        """Who is bound, by member."""
        rights.BINDINGS.check(actor)
        found = await bindings.listed()
        return WeChatBindingList(
            enabled=bindings.enabled, bindings=[await _view(bindings, one) for one in found]
        )

    @routes.post("/wechat/codes")
    async def code(actor: person, body: WeChatCodeRequest) -> WeChatCodeView:
        """A code for a unit's crew, or for a person of a department."""
        rights.BINDINGS.check(actor)
        made, until = await bindings.make_code(actor, StaffMember(body.kind, body.member), body.op_id)
        return WeChatCodeView(code=made, expires_at=until)

    @routes.post("/wechat/bindings/{binding_id}/unbind")
    async def end(binding_id: UUID, actor: person, body: OperationRequest) -> None:
        """End somebody's binding; nothing where it has ended."""
        rights.BINDINGS.check(actor)
        del body  # the same again finds nothing to end
        await _end(bindings, actor, binding_id)

    return routes


async def _view(bindings: StaffBindings, one: WeChatBinding) -> WeChatBindingView:
    profile = await bindings.desk.profile(one.member)
    return WeChatBindingView(
        binding_id=one.binding_id,
        kind=one.member.kind,
        member=one.member.member_id,
        name=None if profile is None else profile.name,
        bound_at=one.bound_at,
        code_by=one.code_by,
        silent_since=one.silent_since,
    )


async def _end(bindings: StaffBindings, actor: Actor, binding_id: UUID) -> None:
    """Nothing where it has ended."""
    with contextlib.suppress(NoSuchBinding):
        await bindings.end(actor, binding_id)
