"""Routes of talkgroups: everybody at the centre sees them, dispatchers and supervisors move units."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from core.scopes import Scope
from field import rights
from field.contract.mobile import NETWORK
from field.contract.names import UID_PATTERN
from field.contract.talkgroup import FIELD, MOST_MEMBERS, MOST_NAME, Talkgroup, TalkgroupRights, TgClass
from field.talkgroups.centre.service import OnGroup, Talkgroups

Name = Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
Subjects = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50)]
UnitName = Annotated[str, Field(pattern=UID_PATTERN)]
Units = Annotated[list[UnitName], Field(max_length=MOST_MEMBERS)]


class RightsView(BaseModel):
    """Each a list of subjects: `all`, `members`, `phone`, `network:…`, `skill:…`, `unit:…`, `role:…`,
    `class:…`.
    """

    monitor: Subjects = list(TalkgroupRights().monitor)
    talk: Subjects = list(TalkgroupRights().talk)
    patch: Subjects = list(TalkgroupRights().patch)


class TalkgroupView(BaseModel):
    """`members` were put on it, `listening` are on it now; `case_id` when it goes with an incident."""

    tg_id: str
    name_zh: str
    name_en: str
    network: str
    tg_class: TgClass
    rights: RightsView
    priority: int
    case_id: UUID | None
    members: list[str]
    listening: list[str]


class TalkgroupList(BaseModel):
    talkgroups: list[TalkgroupView]


class NewTalkgroup(OperationRequest):
    tg_id: str = Field(pattern=UID_PATTERN, examples=["app:daoli"])
    name_zh: Name
    name_en: Name
    tg_class: TgClass = "internal"
    rights: RightsView = RightsView()
    priority: int = FIELD


class ForIncident(BaseModel):
    op_id: UUID
    case_id: UUID
    network: str = Field(default=NETWORK, pattern=r"^[a-z][a-z0-9]{0,9}$")
    name_zh: Name
    name_en: Name
    units: Units = []


class ChangeTalkgroupRequest(BaseModel):
    """What is not given stays as it is."""

    model_config = ConfigDict(extra="forbid")

    op_id: UUID
    name_zh: Name | None = None
    name_en: Name | None = None
    tg_class: TgClass | None = None
    rights: RightsView | None = None
    priority: int | None = None


class ChangeMembersRequest(BaseModel):
    op_id: UUID
    add: Units = []
    remove: Units = []


def router(talkgroups: Talkgroups, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(prefix="/talkgroups", tags=["talkgroups"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def list_groups(actor: User) -> TalkgroupList:
        rights.SEE_TALKGROUPS.check(actor)
        known = await talkgroups.groups()
        within = [found for found in known if actor.within(Scope.TALKGROUP, found.group.tg_id)]
        return TalkgroupList(talkgroups=[_view(found) for found in within])

    @routes.get("/{tg_id}")
    async def show(tg_id: str, actor: User) -> TalkgroupView:
        rights.SEE_TALKGROUPS.check(actor)
        return _view(await talkgroups.find(tg_id))

    @routes.post("", status_code=201)
    async def add(new: NewTalkgroup, actor: User) -> TalkgroupView:
        group = Talkgroup(
            new.tg_id, new.name_zh, new.name_en, new.tg_class, _rights(new.rights), new.priority
        )
        return _view(await talkgroups.add(group, op_id=new.op_id, actor=actor))

    @routes.post("/incident", status_code=201)
    async def add_for_incident(new: ForIncident, actor: User) -> TalkgroupView:
        made = await talkgroups.add_for_incident(
            new.case_id, network=new.network, names=(new.name_zh, new.name_en), units=new.units,
            op_id=new.op_id, actor=actor,
        )  # fmt: skip
        return _view(made)

    @routes.patch("/{tg_id}")
    async def change(tg_id: str, body: ChangeTalkgroupRequest, actor: User) -> TalkgroupView:
        known = (await talkgroups.find(tg_id)).group
        given = body.model_dump(exclude_none=True, exclude={"op_id", "rights"})
        rights = known.rights if body.rights is None else _rights(body.rights)
        group = replace(known, **given, rights=rights)
        return _view(await talkgroups.change(group, op_id=body.op_id, actor=actor))

    @routes.post("/{tg_id}/members")
    async def move(tg_id: str, body: ChangeMembersRequest, actor: User) -> TalkgroupView:
        return _view(
            await talkgroups.move(tg_id, add=body.add, remove=body.remove, op_id=body.op_id, actor=actor)
        )

    @routes.post("/{tg_id}/remove", status_code=204)
    async def remove(tg_id: str, body: OperationRequest, actor: User) -> None:
        await talkgroups.remove(tg_id, op_id=body.op_id, actor=actor)

    return routes


def _rights(given: RightsView) -> TalkgroupRights:
    return TalkgroupRights(tuple(given.monitor), tuple(given.talk), tuple(given.patch))


def _view(found: OnGroup) -> TalkgroupView:
    group = found.group
    return TalkgroupView(
        tg_id=group.tg_id,
        name_zh=group.name_zh,
        name_en=group.name_en,
        network=group.network,
        tg_class=group.tg_class,
        rights=RightsView(
            monitor=list(group.rights.monitor), talk=list(group.rights.talk), patch=list(group.rights.patch)
        ),
        priority=group.priority,
        case_id=group.case_id,
        members=list(found.members),
        listening=list(found.listening),
    )
