"""What the register of units serves over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from core.actor import Actor
from field.delivery.centre.http import router as chain_routes
from field.emergency.centre.http import router as emergency_routes
from field.map.centre.http import router as map_routes
from field.photos.centre.http import router as photo_routes
from field.statuses.centre.http import router as status_routes
from field.talkgroups.centre.http import router as talkgroup_routes
from field.texts.centre.http import router as text_routes
from field.units.centre.enrolment.http import enrolment_routes
from field.units.centre.http import router
from field.units.centre.importing import UnitsImport
from field.units.centre.table_http import table_routes
from field.units.nearest.centre.http import router as nearest_routes

if TYPE_CHECKING:
    from field.centre.room import FieldRoom


def routes(room: FieldRoom, current_user: Callable[[Request], Awaitable[Actor]]) -> Sequence[APIRouter]:
    return (
        photo_routes(room.photos, current_user),
        # Before the routes of single units: the first that fits is asked.
        nearest_routes(room.nearest, current_user),
        table_routes(UnitsImport(room.register), current_user),
        enrolment_routes(room.enrolments, current_user),
        router(room.register, current_user),
        talkgroup_routes(room.talkgroups, current_user),
        text_routes(room.texts, current_user),
        emergency_routes(room.emergencies, current_user),
        status_routes(room.statuses, current_user),
        map_routes(room.maps, current_user),
        chain_routes(room.deliveries, room.crew_phone, current_user),
    )
