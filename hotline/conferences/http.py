"""The routes of incident conferences, each a few lines."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel, Field

from core.actor import Actor
from core.routes import RoomRouter
from hotline.conferences.model import MemberKind
from hotline.conferences.service import IncidentConferences
from hotline.conferences.view import ConferenceView
from hotline.ports import CurrentUser


class OpenConference(BaseModel):
    """`join`: the own telephone rings, and who picks it up is in."""

    op_id: UUID
    case_id: UUID
    join: bool = True


class AddMember(BaseModel):
    """`who` is a user's id (`me`: the own), a number, a unit's name, or a talkgroup's."""

    op_id: UUID
    kind: MemberKind
    who: str = Field(min_length=1, max_length=80)


class ConferenceAct(BaseModel):
    op_id: UUID


class ConferenceList(BaseModel):
    conferences: list[ConferenceView]


def router(conferences: IncidentConferences, current_user: CurrentUser) -> APIRouter:
    """`/conferences`; `current_user` is the dependency that gives who asks."""
    routes = RoomRouter(prefix="/conferences", tags=["conferences"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def listed(user: User, case_id: UUID | None = None, ended: bool = False) -> ConferenceList:
        found = await conferences.listed(user, case_id=case_id, ended=ended)
        return ConferenceList(conferences=list(found))

    @routes.post("", status_code=status.HTTP_201_CREATED)
    async def open_one(user: User, body: OpenConference) -> ConferenceView:
        return await conferences.open(user, body.case_id, body.op_id, join=body.join)

    @routes.get("/{conference_id}")
    async def one(user: User, conference_id: UUID) -> ConferenceView:
        return await conferences.show(user, conference_id)

    @routes.post("/{conference_id}/members", status_code=status.HTTP_201_CREATED)
    async def add(user: User, conference_id: UUID, body: AddMember) -> ConferenceView:
        return await conferences.add(user, conference_id, body.op_id, body.kind, body.who)

    @routes.post("/{conference_id}/members/{member_id}/{verb}")
    async def act_on(
        user: User,
        conference_id: UUID,
        member_id: UUID,
        verb: Literal["mute", "unmute", "remove"],
        body: ConferenceAct,
    ) -> ConferenceView:
        return await conferences.act(user, conference_id, body.op_id, verb, member_id)

    @routes.post("/{conference_id}/{verb}")
    async def act(
        user: User,
        conference_id: UUID,
        verb: Literal["lock", "unlock", "record", "stop-record", "end"],
        body: ConferenceAct,
    ) -> ConferenceView:
        return await conferences.act(user, conference_id, body.op_id, verb, None)

    return routes
