"""Floor control with what a network with data hands over beside it, remembered for the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, cast
from uuid import UUID

from core.errors import Unavailable
from field.contract.data import AirPlace, DataNetwork, DataSource
from radio_bridge.drivers.voice import VoiceNetwork
from tests.radio_bridge.drivers.conformance.control import Control


class Network(VoiceNetwork, DataNetwork, Protocol):
    """A driver with both ports."""


class Listened(VoiceNetwork, DataSource, Protocol):
    """A driver of a network that takes nothing."""

    @property
    def network(self) -> str: ...


class Away(Unavailable):
    """The room cannot keep anything now."""

    kind = "away"


@dataclass
class Kept:
    """What was kept, in order."""

    texts: list[tuple[str, UUID, str]] = field(default_factory=list)
    delivered: list[tuple[str, UUID]] = field(default_factory=list)
    displayed: list[tuple[str, UUID]] = field(default_factory=list)
    failed: list[tuple[str, UUID, str]] = field(default_factory=list)
    statuses: list[tuple[str, UUID, int]] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    alarms: list[tuple[str, UUID]] = field(default_factory=list)
    places: list[tuple[str, AirPlace]] = field(default_factory=list)


class DataControl(Control):
    """Implements `DataSink`, too. `away` is how often the room refuses before it keeps something."""

    def __init__(self, driver: Network | Listened) -> None:
        super().__init__(driver)
        self._data_driver = driver
        self.kept = Kept()
        self.away = 0
        self.stranger = False
        """Whether the radio is no unit's."""
        self.refused = 0
        driver.attach_data(self)

    @property
    def data_driver(self) -> DataNetwork:
        """Of a network with data alone."""
        assert hasattr(self._data_driver, "send_short")
        return cast("DataNetwork", self._data_driver)

    async def text(self, address: str, msg_id: UUID, text: str) -> bool:
        self._may_be_away()
        if self.stranger:
            self.refused += 1
            return False
        self.kept.texts.append((address, msg_id, text))
        return True

    async def delivered(self, address: str, of: UUID) -> None:
        self._may_be_away()
        self.kept.delivered.append((address, of))

    async def displayed(self, address: str, of: UUID) -> None:
        self._may_be_away()
        self.kept.displayed.append((address, of))

    async def failed(self, address: str, of: UUID, why: str) -> None:
        self._may_be_away()
        self.kept.failed.append((address, of, why))

    async def status(self, address: str, msg_id: UUID, code: int) -> None:
        self._may_be_away()
        self.kept.statuses.append((address, msg_id, code))

    async def registered(self, address: str) -> None:
        self.kept.registered.append(address)

    async def emergency(self, address: str, alarm_id: UUID, *, talkgroup: str = "") -> None:
        self._may_be_away()
        self.kept.alarms.append((address, alarm_id))

    def place(self, address: str, place: AirPlace) -> None:
        self.kept.places.append((address, place))

    def _may_be_away(self) -> None:
        if self.away:
            self.away -= 1
            self.refused += 1
            raise Away
