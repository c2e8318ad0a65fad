"""What a network with data hands to the room, and what it takes: the port of texts, positions and emergencies
of radios, which are named by their addresses in the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from field.contract.bearer import TextBearer


@dataclass(frozen=True, slots=True)
class AirPlace:
    """Where a radio says that it is: WGS-84, metres, m/s. `measured_at` by its own clock, where it says."""

    lon: float
    lat: float
    accuracy_m: float
    measured_at: datetime | None = None
    altitude_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


class DataSink(Protocol):
    """`address` is `{network}:{number}`. What is awaited returns after commit and raises
    `core.errors.Unavailable`; it may be called again with the same.
    """

    async def text(self, address: str, msg_id: UUID, text: str) -> bool:
        """Whether it is kept, and the radio may be told so; False for a radio that is no unit's."""
        ...

    async def delivered(self, address: str, of: UUID) -> None:
        """The radio has the text `of`."""
        ...

    async def displayed(self, address: str, of: UUID) -> None:
        """The text `of` was on the radio's screen, or read."""
        ...

    async def failed(self, address: str, of: UUID, why: str) -> None:
        """The network will not bring the text `of`; `why` is one word."""
        ...

    async def status(self, address: str, msg_id: UUID, code: int) -> None:
        """A pre-coded status: one of the table of statuses, or none."""
        ...

    async def registered(self, address: str) -> None:
        """It has registered: what waits for it may be sent."""
        ...

    async def emergency(self, address: str, alarm_id: UUID, *, talkgroup: str = "") -> None:
        """An emergency call on `talkgroup`, an alarm without one."""
        ...

    def place(self, address: str, place: AirPlace) -> None:
        """It does not wait."""
        ...


class DataSource(Protocol):
    """A network that says something of radios beside who talks."""

    @property
    def network(self) -> str:
        """The network's name, the part before the colon in its units' and talkgroups' ids."""
        ...

    def attach_data(self, sink: DataSink) -> None:
        """Before it starts."""
        ...


class DataNetwork(DataSource, TextBearer, Protocol):
    """A network that carries data; its texts are a bearer of jobs, too. The same `ref` again, while its
    report is awaited, is sent once.
    """


@runtime_checkable
class AsksPlaces(Protocol):
    """A network that can ask a radio where it is, now; the answer comes to `DataSink.place`."""

    async def ask_place(self, address: str) -> bool:
        """Whether the radio is there and was asked."""
        ...
