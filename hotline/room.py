"""The hotline as a room: built by the gateway's wiring from its settings and ports."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from core.room import Health
from hotline.http import router
from hotline.ports import HotlinePorts
from hotline.service import Hotline
from hotline.settings import HotlineSettings


class HotlineRoom:
    """Implements `core.room.Room`. `service` is what the wiring feeds with the switch's messages."""

    name = "hotline"

    def __init__(self, service: Hotline, routers: Sequence[APIRouter]) -> None:
        self.service = service
        self.routers = routers

    async def start(self) -> None:
        await self.service.start()

    async def stop(self) -> None:
        await self.service.stop()

    def health(self) -> Sequence[Health]:
        if self.service.linked:
            return [Health("hotline", "up")]
        why = "no link to the switch: calls go on, the desk shows what was last seen; see the part `ami`"
        return [Health("hotline", "degraded", why)]


def build(settings: HotlineSettings, ports: HotlinePorts) -> HotlineRoom:
    service = Hotline(settings, ports)
    return HotlineRoom(service, [router(service, ports.current_user)])
