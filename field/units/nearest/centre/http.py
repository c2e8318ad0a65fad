"""The route of the units that are offered for a case; for dispatchers and supervisors."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from core.actor import Actor
from core.routes import RoomRouter
from field.events import UnitCandidate
from field.units.nearest.reasons import candidate
from field.units.nearest.service import MOST, NearestUnits

Skill = Annotated[str, Field(max_length=80)]


class CandidateList(BaseModel):
    units: list[UnitCandidate]


def router(nearest: NearestUnits, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(tags=["units"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for this route

    @routes.get("/units/nearest")
    async def of_case(
        user: User,
        case: Annotated[str, Query(min_length=1, max_length=64)],
        skill: Annotated[list[Skill] | None, Query(max_length=30)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 10,
    ) -> CandidateList:
        """`skill` (repeatable) instead of what the category asks for."""
        found = await nearest.of_case(user, case, skills=skill, most=limit)
        return CandidateList(units=[candidate(one) for one in found])

    return routes
