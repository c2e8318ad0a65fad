"""A channel: how it is built, what it is given, and what it must do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import HTTPConnection

from cases.events import CaseSource
from citizen.contract.notice import ProgressNotice
from citizen.contract.report import (
    CitizenRating,
    CitizenReport,
    KnownAddress,
    NearbyQuery,
    NearbyReport,
    OwnReport,
    PublicQuery,
    PublicReport,
    PublicStep,
    ReportAddition,
    ReportClass,
    ReportProgress,
    ReportReceipt,
)
from citizen.contract.staff import StaffDesk
from citizen.contract.texts import TextMessages
from core.actor import Actor
from core.audit import TransactionAudit
from core.bus import Bus
from core.clock import Clock
from core.room import Health
from core.storage import Storage

VoiceRecogniser = Callable[[bytes], Awaitable[str]]
"""The words of a sound file that ffmpeg reads, up to a minute long. Raises `VoiceUnrecognised`."""


class ReportConsumer(Protocol):
    async def receive(self, channel: str, source: CaseSource, report: CitizenReport) -> ReportReceipt:
        """Store the report and put its draft into the queue. The same message again gets the same receipt.

        Raises `ReportInvalid`, `MessageReused`, `StorageAway`; after an error nothing is stored and the
        channel may deliver the message again.
        """
        ...

    async def follow(self, number: str, code: str) -> ReportProgress:
        """How far a report has come. Raises `NoSuchReport`, also for a wrong code."""
        ...

    async def add(self, number: str, code: str, addition: ReportAddition) -> None:
        """Add words or pictures to a report. Raises `NoSuchReport`, `ReportInvalid`, `ReportEnded`,
        `StorageAway`.
        """
        ...

    async def rate(self, number: str, code: str, rating: CitizenRating) -> None:
        """Rate a closed report; a later rating replaces the earlier one. Raises `NoSuchReport`,
        `ReportInvalid`, `NotRateable`, `StorageAway`.
        """
        ...

    async def own(self, channel: str, reporter: str, limit: int) -> Sequence[OwnReport]:
        """The reports that came with this address, the newest first. Raises `StorageAway`."""
        ...

    async def forget_reporter(self, channel: str, reporter: str) -> int:
        """Erase the address of these reports, so that nothing is sent there; how many there were."""
        ...


class PublicReports(Protocol):
    """What everybody may see of the reports of a channel that shows them."""

    async def listed(self, query: PublicQuery) -> Sequence[PublicReport]:
        """Raises `StorageAway`."""
        ...

    async def steps(self, query: PublicQuery) -> Sequence[PublicStep]:
        """Steps within the query's time, of its channel, the oldest first. Raises `StorageAway`."""
        ...


class NearbyReports(Protocol):
    """What everybody may see of open reports around a place, and who has the same trouble."""

    async def near(self, query: NearbyQuery) -> Sequence[NearbyReport]:
        """The nearest first. Raises `StorageAway`."""
        ...

    async def me_too(self, key: str, device: str) -> int:
        """Count this device once; how many there are now. Raises `NoSuchReport`, `StorageAway`."""
        ...


class AddressRegister(Protocol):
    """Ids of addresses: `KIND:NAME` of a place of the gazetteer, as `street:公滨路`, or the 16 digits of a
    part.
    """

    async def by_id(self, address_id: str) -> KnownAddress | None:
        """Takes any text; None for an id that means nothing here. Raises `StorageAway`."""
        ...

    def of_street(self, name: str) -> str:
        """The id of the street with this name; empty where the gazetteer knows none, or `name` names several
        streets.
        """
        ...


@dataclass(frozen=True, slots=True)
class ChannelPorts:
    """What a channel may use. `address_of` gives the address that a request comes from; `classes` are those
    that a reporter may choose; `storage` is for tables of its own, and `picture_fits` says whether a report
    may have this picture; it may take some milliseconds. `texts` are text messages, None where the settings
    name no SMSC. `staff` is what members of staff do by a channel, `bus` brings what other rooms make known.
    `mails`: who leaves an e-mail address is told there.
    """

    reports: ReportConsumer
    public: PublicReports
    nearby: NearbyReports
    classes: Sequence[ReportClass]
    clock: Clock
    address_of: Callable[[HTTPConnection], str]
    storage: Storage
    recognise: VoiceRecogniser
    picture_fits: Callable[[bytes], bool]
    addresses: AddressRegister
    staff: StaffDesk
    audit: TransactionAudit
    current_user: Callable[..., Actor | Awaitable[Actor]]
    bus: Bus
    timezone_h: float
    texts: TextMessages | None = None
    mails: bool = False


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """Whether a channel is on, and `why` it does not work; empty where nothing is known to be wrong."""

    name: str
    enabled: bool
    why: str = ""


class Channel(Protocol):
    """`name` is stored with each report and never changes; `source` is what its cases are counted under. One
    whose reporters ask for the progress has `sends_nothing = True`: who left a mobile number or an e-mail
    address is told there.
    """

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> CaseSource: ...

    @property
    def routers(self) -> Sequence[APIRouter]:
        """Public routes, each with a line in the channel's `rights.py`."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def health(self) -> Sequence[Health]: ...

    async def send(self, notice: ProgressNotice) -> None:
        """Send a notice, within ten seconds. It is called again until it returns: at least once.

        Raises `NoticeUnsent` to be tried again later, `NoticeRefused` to give up.
        """
        ...
