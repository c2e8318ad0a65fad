"""What each kind of network must do for units, and what it may tell the room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.room import Health
from field.dispatches.model import UnitJob, UnitReportEntry
from field.emergency.model import EmergencyAlarm, EmergencyReceived
from field.photos.model import Announced, Photo
from field.texts.model import TextReceived, UnitText


@dataclass(frozen=True, slots=True)
class SaidText:
    """A text of a unit; `said_at` by the centre's clock where the message told its age."""

    unit_id: str
    msg_id: UUID
    text: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class SaidSeen:
    """A unit's word on a text to it: text `of` has come, or was on its screen."""

    unit_id: str
    msg_id: UUID
    of: UUID
    seen: TextReceived


class UnitSink(Protocol):
    """What a driver hands to the room. Each returns after commit; the driver acknowledges afterwards.

    Each may be called again with the same message: the room applies it once. What is handed over several at a
    time is in the order in which it came, and is kept in one transaction: all or none.
    """

    async def reports(self, reports: Sequence[UnitReportEntry]) -> None:
        """Job states and receipts that units have sent, in their order; a copy does nothing."""
        ...

    async def hello(self, unit_id: str, last_seq: int) -> None:
        """A terminal has connected; it has everything up to the number `last_seq` and gets its open jobs."""
        ...

    async def presence(self, unit_id: str, *, online: bool) -> None:
        """Whether the unit can be reached by this driver's network now."""
        ...

    async def texts(self, said: Sequence[SaidText]) -> None:
        """Texts from units; a copy by message id is stored once."""
        ...

    async def seen(self, said: Sequence[SaidSeen]) -> None: ...

    async def emergency(self, said: EmergencyReceived, msg_id: UUID) -> None:
        """The alarm of a unit, or its repetition, which has the same `alarm_id` and another `msg_id`."""
        ...

    async def photo(self, said: Announced) -> None:
        """A photo that the unit will upload; the answer is a ticket for it."""
        ...


class ReceiptSender(Protocol):
    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool:
        """Tell a unit that its message `of` has arrived; True: the network holds it for the unit."""
        ...


class UnitDriver(ReceiptSender, Protocol):
    """Ways to a unit. True: the network holds it for the unit. False: the unit is not there.

    Raises `core.errors.Unavailable` when the network itself is away: it is asked again later.
    """

    @property
    def network(self) -> str:
        """First part of the names of its units, for example `app`."""
        ...

    def attach(self, sink: UnitSink, on_up: Callable[[], Awaitable[None]]) -> None:
        """Where to hand things to, and whom to call when the network is there again. Before it starts."""
        ...

    async def send_job(self, job: UnitJob) -> bool:
        """Bring a job, new or changed. Its number tells the terminal the order."""
        ...

    async def send_recall(self, job: UnitJob) -> bool:
        """Take a job back."""
        ...

    async def send_open_jobs(
        self, unit_id: str, jobs: Sequence[UnitJob], seq: int, *, complete: bool, inspector: bool = False
    ) -> bool:
        """The unit's open jobs after its hello. With `complete` the terminal closes jobs that are not among
        them; an `inspector` may report by itself.
        """
        ...

    async def send_text(self, text: UnitText) -> bool:
        """Bring a text to the crew."""
        ...

    async def send_alarm(self, alarm: EmergencyAlarm, seq: int) -> bool:
        """What a person did about the unit's emergency alarm."""
        ...

    async def ask_place(self, unit_id: str, seq: int) -> bool:
        """Ask the unit where it is; it answers by a position, when its crew lets it be known."""
        ...

    async def send_ticket(self, photo: Photo, ticket: str, seq: int, of: UUID) -> bool:
        """What opens the photo's upload, as the answer to its message `of`; empty when it is not coming any
        more.
        """
        ...

    def health(self) -> Health:
        """Up, or why units of this network cannot be reached."""
        ...
