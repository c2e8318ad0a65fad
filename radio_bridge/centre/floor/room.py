"""Floor control as desks use it, in the role `centre`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.actor import Actor, Role
from core.room import Health
from core.scopes import Scope
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.centre.floor.http import router
from radio_bridge.floor.ports import DeskPorts

if TYPE_CHECKING:
    from fastapi import APIRouter


class DeskFloorRoom:
    """Dispatchers take and release the floor over HTTP; every desk sees who talks."""

    name = "desk-floor"

    def __init__(self, ports: DeskPorts, *, tenant: str) -> None:
        self.desk = DeskFloor(ports.link, ports.bus, ports.rights, tenant=tenant)
        self.routers: Sequence[APIRouter] = (router(self.desk, ports.current_user),)

    async def start(self) -> None:
        """The link brings the news."""

    async def stop(self) -> None:
        """Do nothing: there is no task."""

    def health(self) -> Sequence[Health]:
        return ()

    def snapshot(self, viewer: Actor) -> dict[str, Any]:
        """What a desk begins with: the floor of every talkgroup within the viewer's scopes; JSON-ready."""
        if not viewer.has(Role.DISPATCHER, Role.SUPERVISOR):
            return {}
        floors = [one for one in self.desk.floors() if viewer.within(Scope.TALKGROUP, one.talkgroup)]
        return {"floors": [one.model_dump(mode="json", exclude={"id", "at"}) for one in floors]}


def build_desk(ports: DeskPorts, *, tenant: str) -> DeskFloorRoom:
    return DeskFloorRoom(ports, tenant=tenant)
