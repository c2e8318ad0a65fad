"""Positions of mobile terminals: `up/location` on one side, the room's own words on the other."""

from __future__ import annotations

from core.clock import Clock
from field.contract.mobile import codec
from field.contract.mobile.whereabouts import Location
from field.mobile.radio.driver import MobileDriver
from field.units.places.model import PositionFix
from field.units.places.radio.service import PositionService


class PositionConsumer:
    """`attach` before the link starts."""

    def __init__(self, places: PositionService, driver: MobileDriver, clock: Clock) -> None:
        self._places = places
        self._driver = driver
        self._clock = clock

    def attach(self) -> None:
        """Take `up/location` of terminals."""
        self._driver.take("location", self.on_message)

    async def on_message(self, unit_id: str, payload: bytes) -> None:
        """Raises `Malformed`."""
        said = codec.decode(Location, payload)
        self._places.take(
            unit_id,
            PositionFix(
                lon=said.lon,
                lat=said.lat,
                accuracy_m=said.accuracy_m,
                source=self._driver.network,
                device_at=said.fix_at,
                received_at=self._clock.now(),
                sent_at=said.sent,
                altitude_m=said.altitude_m,
                speed_mps=said.speed_mps,
                heading_deg=said.heading_deg,
                battery_pct=said.battery_pct,
            ),
        )
