"""The route by which administrators import a table of units."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from core.actor import Actor
from core.csv_table import whole_body
from core.routes import RoomRouter
from field import rights
from field.units.centre.importing import UnitsImport, UnitsImported


def table_routes(units: UnitsImport, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(tags=["units"])

    @routes.post("/units/import")
    async def import_units(
        request: Request, actor: Annotated[Actor, Depends(current_user)], op_id: UUID | None = None
    ) -> UnitsImported:
        """The body is the CSV itself, in UTF-8 or GB18030. Without `op_id` nothing is changed."""
        rights.ENROL.check(actor)
        return await units.run(actor, await whole_body(request.stream()), op_id=op_id)

    return routes
