"""The hotline as a room: built by the gateway's wiring from its settings and ports."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from core.room import Health
from hotline.control import http as control_http
from hotline.desk_phones import http as desk_phones_http
from hotline.handovers import http as handovers_http
from hotline.http import router
from hotline.metrics import http as figures_http
from hotline.nuisance import http as nuisance_http
from hotline.outbound.alarms import http as alarms_http
from hotline.outbound.callbacks import http as callbacks_http
from hotline.outbound.callbacks.desk import CallbackService
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
        alarms = self.service.automated.health()
        if self.service.linked:
            return [Health("hotline", "up"), *self._drift(), *alarms]
        why = "no link to the switch: calls go on, the desk shows what was last seen; see the part `ami`"
        return [Health("hotline", "degraded", why), *alarms]

    def _drift(self) -> list[Health]:
        """A member that does not come right though the switch was told: calls may go to the wrong desk."""
        standing = self.service.registry.watch.standing
        if not standing:
            return []
        where = ", ".join(
            sorted({f"{endpoint} in {queue} ({what})" for queue, endpoint, what in standing})[:5]
        )
        why = f"{len(standing)} queue members differ from the ledger: {where}; see `queue show` at the switch"
        return [Health("agents", "degraded", why)]


def build(settings: HotlineSettings, ports: HotlinePorts) -> HotlineRoom:
    service = Hotline(settings, ports)
    routers = [router(service, ports.current_user)]
    if service.control is not None:
        routers.append(control_http.router(service.control, ports.current_user))
    if service.handovers is not None:
        routers.append(handovers_http.router(service.handovers, ports.current_user))
    if service.desk_phones is not None:
        routers.append(desk_phones_http.router(service.desk_phones, ports.current_user))
    desk = CallbackService(service.callbacks, service.callback_ports, system_name=settings.system_name)
    routers.append(callbacks_http.router(service.callbacks, desk, ports.current_user, service.people.looks))
    routers.append(figures_http.router(service.figures, ports.current_user))
    routers.append(nuisance_http.router(service.nuisance, ports.current_user, service.people.looks))
    if service.automated.alarms is not None:
        routers.append(alarms_http.router(service.automated.alarms, ports.current_user))
    return HotlineRoom(service, routers)
