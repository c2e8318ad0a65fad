"""What units hand to the room; what waits for a unit is sent at once when it comes back."""

from __future__ import annotations

from radio_bridge.dispatches.downlink import Downlink
from radio_bridge.dispatches.model import Report
from radio_bridge.dispatches.service import Dispatches


class Uplink:
    """Implements `radio_bridge.drivers.port.UnitSink`."""

    def __init__(self, dispatches: Dispatches, downlink: Downlink) -> None:
        self._dispatches = dispatches
        self._downlink = downlink

    async def report(self, report: Report) -> None:
        await self._dispatches.report(report)

    async def hello(self, unit_id: str, last_seq: int) -> None:
        await self._dispatches.hello(unit_id, last_seq)
        self._downlink.wake()

    async def presence(self, unit_id: str, *, online: bool) -> None:
        await self._dispatches.presence(unit_id, online=online)
        self._downlink.wake()

    async def network_is_back(self) -> None:
        self._downlink.wake()
