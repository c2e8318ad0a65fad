"""Routes of enrolment codes: an administrator makes one, a terminal brings it."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, Field

from core.actor import Actor
from core.operations import OperationRequest
from core.routes import RoomRouter
from field import rights
from field.units.centre.enrolment.service import LONGEST, UnitEnrolments
from field.units.centre.http import Issued


class EnrolmentCodeView(BaseModel):
    """The only time that the code is told. The page is `/unit/#enrol=CODE`."""

    unit_id: str
    code: str
    expires_at: AwareDatetime


class EnrolmentRequest(BaseModel):
    op_id: UUID
    code: str = Field(min_length=1, max_length=LONGEST)


def enrolment_routes(
    enrolments: UnitEnrolments, current_user: Callable[[Request], Awaitable[Actor]]
) -> APIRouter:
    routes = RoomRouter(tags=["units"])

    @routes.post("/units/{unit_id}/enrolment-code")
    async def make_code(
        unit_id: str, body: OperationRequest, actor: Annotated[Actor, Depends(current_user)]
    ) -> EnrolmentCodeView:
        """For one terminal, once; the password that the unit has until then ends with its use."""
        rights.ENROL.check(actor)
        made = await enrolments.make(actor, unit_id, op_id=body.op_id)
        return EnrolmentCodeView(unit_id=made.unit_id, code=made.code, expires_at=made.expires_at)

    @routes.post("/unit/enrolment")
    async def bring_code(body: EnrolmentRequest) -> Issued:
        """The terminal's own sign-in, for the code alone."""
        unit_id, password = await enrolments.redeem(body.code, op_id=body.op_id)
        return Issued(unit_id=unit_id, password=password)

    return routes
