"""What units hand to the room; what waits for a unit is sent at once when it comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from field.contract.port import SaidSeen, SaidText
from field.dispatches.model import UnitReportEntry
from field.dispatches.radio.downlink import Downlink
from field.dispatches.radio.service import Dispatches
from field.emergency.model import EmergencyReceived
from field.emergency.radio.watch import EmergencyWatch
from field.photos.model import Announced
from field.photos.radio.tickets import PhotoTickets
from field.texts.radio.traffic import TextTraffic


class Uplink:
    """Implements `field.contract.port.UnitSink`."""

    def __init__(
        self,
        dispatches: Dispatches,
        downlink: Downlink,
        texts: TextTraffic,
        emergencies: EmergencyWatch,
        photos: PhotoTickets,
    ) -> None:
        self._dispatches = dispatches
        self._downlink = downlink
        self.greet: Callable[[str], Awaitable[object]] = _nothing
        """Called for each unit that says hello."""
        self._texts = texts
        self._emergencies = emergencies
        self._photos = photos

    async def reports(self, reports: Sequence[UnitReportEntry]) -> None:
        await self._dispatches.reports(reports)

    async def hello(self, unit_id: str, last_seq: int) -> None:
        await self._dispatches.hello(unit_id, last_seq)
        await self._texts.unit_is_there(unit_id)
        await self._emergencies.unit_is_there(unit_id)
        await self.greet(unit_id)
        self._downlink.wake()

    async def presence(self, unit_id: str, *, online: bool) -> None:
        await self._dispatches.presence(unit_id, online=online)
        self._downlink.wake()

    async def texts(self, said: Sequence[SaidText]) -> None:
        await self._texts.hear_run(said)

    async def seen(self, said: Sequence[SaidSeen]) -> None:
        await self._texts.seen_run(said)

    async def emergency(self, said: EmergencyReceived, msg_id: UUID) -> None:
        await self._emergencies.hear(said, msg_id)

    async def photo(self, said: Announced) -> None:
        await self._photos.announce(said)

    async def network_is_back(self) -> None:
        """Send now what waits for units of that network."""
        self._downlink.wake()


async def _nothing(_unit_id: str) -> None:
    """Nobody greets."""
