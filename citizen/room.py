"""The room of citizens' channels, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter

from cases.events import CaseChanged, CaseFiled, ReportDeclined
from citizen.channels.installed import channels
from citizen.contract import Channel, ChannelPorts
from citizen.notices.service import ProgressNotices
from citizen.ports import CitizenPorts
from citizen.reports.http import report_routes
from citizen.reports.nearby import NearbyLedger
from citizen.reports.public import PublicLedger
from citizen.reports.service import CitizenReports
from citizen.settings import CitizenSettings
from core.bus import Bus
from core.room import Health
from core.tasks import Tasks

FORGET_EVERY_S = 3600.0
MakeChannels = Callable[[CitizenSettings, ChannelPorts], Sequence[Channel]]


class CitizenRoom:
    """`reports` is what channels deliver to; `make` makes the channels."""

    name = "citizen"

    def __init__(self, settings: CitizenSettings, ports: CitizenPorts, make: MakeChannels = channels) -> None:
        self.reports = CitizenReports(ports.storage, settings, ports.check_picture)
        self.notices = ProgressNotices(ports.storage, ports.street_of)
        self.channels = make(
            settings,
            ChannelPorts(
                self.reports,
                PublicLedger(ports.storage),
                NearbyLedger(ports.storage, ports.classes),
                ports.classes,
                ports.storage.clock,
                ports.address_of,
                ports.storage,
                ports.recognise,
                lambda data: ports.check_picture(data) is not None,
            ),
        )
        self.notices.use(self.channels)
        self.routers: Sequence[APIRouter] = (
            report_routes(ports.storage, ports.current_user, ports.views, ports.may_read),
            *(router for channel in self.channels for router in channel.routers),
        )
        self._clock = ports.storage.clock
        self._tasks = Tasks("citizen")
        self._listen(ports.bus)

    async def start(self) -> None:
        for channel in self.channels:
            await channel.start()
        self._tasks.forever("notices", self.notices.run)
        self._tasks.forever("forget", self._forget)

    async def stop(self) -> None:
        await self._tasks.stop()
        for channel in reversed(self.channels):
            await channel.stop()

    def health(self) -> Sequence[Health]:
        return (
            Health(self.name, "up"),
            *(health for channel in self.channels for health in channel.health()),
        )

    def _listen(self, bus: Bus) -> None:
        bus.subscribe(CaseFiled, self.notices.hear_filed, name="citizen.filed")
        bus.subscribe(CaseChanged, self.notices.hear_changed, name="citizen.changed")
        bus.subscribe(ReportDeclined, self.notices.hear_declined, name="citizen.declined")

    async def _forget(self) -> None:
        while True:
            while await self.reports.forget_old():
                pass
            await self._clock.sleep(FORGET_EVERY_S)


def build(settings: CitizenSettings, ports: CitizenPorts) -> CitizenRoom:
    """The room, subscribed and ready."""
    return CitizenRoom(settings, ports)
