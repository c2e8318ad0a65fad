"""What the register of units serves over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from core.actor import Actor
from radio_bridge.chain.http import router as chain_routes
from radio_bridge.emergency.http import router as emergency_routes
from radio_bridge.http import router
from radio_bridge.networks.http import router as network_routes
from radio_bridge.photos.http import router as photo_routes
from radio_bridge.statuses.http import router as status_routes
from radio_bridge.talkgroups.http import router as talkgroup_routes
from radio_bridge.texts.http import router as text_routes
from radio_bridge.units.nearest.http import router as nearest_routes

if TYPE_CHECKING:
    from radio_bridge.room import DirectoryRoom


def routes(room: DirectoryRoom, current_user: Callable[[Request], Awaitable[Actor]]) -> Sequence[APIRouter]:
    return (
        *(() if room.photos is None else (photo_routes(room.photos, current_user),)),
        # Before the routes of single units: the first that fits is asked.
        nearest_routes(room.nearest, current_user),
        router(room.register, current_user),
        talkgroup_routes(room.talkgroups, current_user),
        text_routes(room.texts, current_user),
        emergency_routes(room.emergencies, current_user),
        network_routes(room.networks, current_user),
        status_routes(room.statuses, current_user),
        chain_routes(room.deliveries, room.crew_phone, current_user),
    )
