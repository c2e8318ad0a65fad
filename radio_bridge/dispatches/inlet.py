"""Orders of the centre, in the room's own words."""

from __future__ import annotations

from core.bus import Bus
from radio_bridge.dispatches.downlink import Downlink
from radio_bridge.dispatches.service import Dispatches


class Inlet:
    def __init__(self, dispatches: Dispatches, downlink: Downlink) -> None:
        self._dispatches = dispatches
        self._downlink = downlink

    def attach(self, bus: Bus) -> None:
        """Subscribe to the centre's orders."""
