"""Routes of the part register, and of the part that a draft is about."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from cases import rights
from cases.drafting.access import DraftAccess
from cases.drafting.service import DraftService
from cases.events import DraftView, PartView
from cases.parts.model import PART_ID, PartSearch
from cases.parts.service import PartRegister
from cases.ports import CallDirectory, CurrentUser
from core.actor import Actor
from core.csv_table import TableReport, whole_body
from core.errors import Invalid
from core.operations import OperationRequest
from core.place import Position
from core.routes import RoomRouter

MOST_LISTED = 200


class PartList(BaseModel):
    """`total` is of the whole register."""

    parts: list[PartView]
    total: int


class PartChoice(OperationRequest):
    """None: the draft is about no part of the register."""

    part_id: Annotated[str, Field(pattern=PART_ID)] | None = None


def part_routes(parts: PartRegister, user: CurrentUser) -> APIRouter:
    routes = RoomRouter(tags=["parts"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/parts")
    async def find(
        actor: person,
        q: Annotated[str, Query(max_length=40)] = "",
        class_code: Annotated[str, Query(pattern=r"^P?(\d\d){0,2}$")] = "",
        district: Annotated[str, Query(pattern=r"^(\d{6})?$")] = "",
        lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
        lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
        metres: Annotated[float, Query(gt=0, le=2_000)] = 100.0,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 20,
    ) -> PartList:
        """By the beginning of id or number, by class and district; with a point the nearest first."""
        rights.SEE_PARTS.check(actor)
        if (lon is None) != (lat is None):
            raise Invalid("lon and lat stand together", remedy="give both, or neither")
        near = None if lon is None or lat is None else Position(lon=lon, lat=lat, accuracy_m=1.0)
        wanted = PartSearch(q, class_code.removeprefix("P"), district, near, metres, limit)
        return PartList(parts=await parts.find(wanted), total=await parts.count())

    @routes.get("/parts/{part_id}")
    async def one(part_id: str, actor: person) -> PartView:
        rights.SEE_PARTS.check(actor)
        return await parts.get(part_id)

    @routes.post("/parts/import")
    async def import_table(actor: person, request: Request, op_id: UUID | None = None) -> TableReport:
        """The body is the file itself, CSV. Without `op_id` nothing is changed."""
        rights.IMPORT_PARTS.check(actor)
        return await parts.import_table(actor, await whole_body(request.stream()), op_id=op_id)

    return routes


def part_choice_routes(
    parts: PartRegister, drafts: DraftService, calls: CallDirectory, user: CurrentUser
) -> APIRouter:
    routes = RoomRouter(tags=["drafts"])
    access = DraftAccess(drafts, calls)

    @routes.post("/drafts/{draft_id}/part")
    async def choose(draft_id: UUID, body: PartChoice, actor: Annotated[Actor, Depends(user)]) -> DraftView:
        """The draft is about this part of the register: it takes its class and place."""
        rights.CHOOSE_PART.check(actor)
        await access.edit(actor, draft_id)
        part = None if body.part_id is None else await parts.get(body.part_id)
        return await drafts.choose_part(draft_id, part, op_id=body.op_id, actor=actor)

    return routes
