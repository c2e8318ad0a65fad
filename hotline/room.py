"""The hotline as a room: built by the gateway's wiring from its settings and ports."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from core.bus import Bus
from core.room import Health
from hotline.agents import http as agents_http
from hotline.agents.http import AgentRoutes
from hotline.compose import compose
from hotline.conferences import http as conferences_http
from hotline.control import http as control_http
from hotline.desk_phones import http as desk_phones_http
from hotline.drain import http as drain_http
from hotline.handovers import http as handovers_http
from hotline.http import router
from hotline.metrics import http as figures_http
from hotline.nuisance import http as nuisance_http
from hotline.outbound.alarms import http as alarms_http
from hotline.outbound.callbacks import http as callbacks_http
from hotline.ports import CurrentUser, HotlinePorts
from hotline.service import Hotline
from hotline.settings import HotlineSettings
from speech.events import TapRefused, TranscriptEnded


class HotlineRoom:
    """Implements `core.room.Room`. `service` holds the room's subjects."""

    name = "hotline"

    def __init__(self, service: Hotline, routers: Sequence[APIRouter], bus: Bus) -> None:
        self.service = service
        self.routers = routers
        bus.subscribe(TranscriptEnded, self._on_tap_ended, name="hotline.tap-ended")
        bus.subscribe(TapRefused, self._on_tap_refused, name="hotline.tap-refused")

    async def start(self) -> None:
        await self.service.start()

    async def stop(self) -> None:
        await self.service.stop()

    def health(self) -> Sequence[Health]:
        alarms = self.service.automated.health()
        if self.service.link.up():
            return [Health("hotline", "up"), *self._drift(), *self.service.drain.health(), *alarms]
        why = "no link to the switch: calls go on, the desk shows what was last seen; see the part `ami`"
        return [Health("hotline", "degraded", why), *alarms]

    async def _on_tap_ended(self, event: TranscriptEnded) -> None:
        """A leg that lives on is tapped anew: the switch does not report the end of a tap."""
        self.service.taps.lost(str(event.tap_id), "tap_ended")

    async def _on_tap_refused(self, event: TapRefused) -> None:
        self.service.taps.refused(str(event.tap_id))

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
    service = compose(settings, ports)
    return HotlineRoom(service, routes(service, ports.current_user), ports.bus)


def routes(service: Hotline, who: CurrentUser) -> list[APIRouter]:
    """Each router with the subject that it asks; `who` is the dependency that gives who asks."""
    people, looks = service.people, service.people.looks
    agents = AgentRoutes(service.registry, service.board, service.lines, people)
    return [
        agents_http.router(agents, who),
        router(service.board, people, who),
        control_http.router(service.control, who),
        handovers_http.router(service.handovers, who),
        drain_http.router(service.drain, who),
        desk_phones_http.router(service.desk_phones, who),
        callbacks_http.router(service.callbacks, service.callback_service, who, looks),
        figures_http.router(service.figures, who),
        nuisance_http.router(service.nuisance, who, looks),
        alarms_http.router(service.automated.alarms, who),
        conferences_http.router(service.conferences, who),
    ]
