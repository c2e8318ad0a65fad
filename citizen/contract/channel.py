"""A channel: how it is built, what it is given, and what it must do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter
from starlette.requests import HTTPConnection

from cases.events import CaseSource
from citizen.contract.notice import ProgressNotice
from citizen.contract.report import (
    CitizenReport,
    PublicQuery,
    PublicReport,
    PublicStep,
    ReportClass,
    ReportProgress,
    ReportReceipt,
)
from citizen.contract.texts import TextMessages
from core.clock import Clock
from core.room import Health


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


class PublicReports(Protocol):
    """What everybody may see of the reports of a channel that shows them."""

    async def listed(self, query: PublicQuery) -> Sequence[PublicReport]:
        """Raises `StorageAway`."""
        ...

    async def steps(self, query: PublicQuery) -> Sequence[PublicStep]:
        """Steps within the query's time, of its channel, the oldest first. Raises `StorageAway`."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelPorts:
    """What a channel may use. `address_of` gives the address that a request comes from; `classes` are those
    that a reporter may choose. `texts` are text messages, None where the settings name no SMSC.
    """

    reports: ReportConsumer
    public: PublicReports
    classes: Sequence[ReportClass]
    clock: Clock
    address_of: Callable[[HTTPConnection], str]
    texts: TextMessages | None = None


class Channel(Protocol):
    """`name` is stored with each report and never changes; `source` is what its cases are counted under. One
    whose reporters ask for the progress has `sends_nothing = True`: who left a mobile number gets text
    messages.
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
