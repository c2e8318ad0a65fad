"""Takes reports of the web form and shows their progress, within the limits of the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from time import monotonic

from starlette.requests import HTTPConnection

from cases.events import CaseSource
from citizen.channels.web_form.settings import WebFormSettings
from citizen.contract import (
    ChannelPorts,
    CitizenRating,
    CitizenReport,
    NearbyQuery,
    NearbyReport,
    ReportAddition,
    ReportProgress,
    ReportReceipt,
)
from citizen.contract.limits import HourLimit
from citizen.errors import ChannelOff, NoSuchReport, TooManyReports
from core.listening.addresses import network_of

NAME = "web_form"
ME_TOO_HOUR = 5
"""Devices of one address that count for a report within an hour."""


class WebReports:
    def __init__(
        self, settings: WebFormSettings, ports: ChannelPorts, now: Callable[[], float] = monotonic
    ) -> None:
        self.is_on = settings.enabled
        self._ports = ports
        self._reports = HourLimit(settings.per_address_hour, settings.per_hour, now)
        looks = settings.looks_per_address_hour
        self._looks = HourLimit(looks, looks * settings.per_hour, now)
        wrong = settings.wrong_codes_per_address_hour
        self._wrong = HourLimit(wrong, wrong * settings.per_hour, now)
        self._me_too = HourLimit(ME_TOO_HOUR, ME_TOO_HOUR * settings.per_hour, now)
        self.shows_nearby = settings.nearby
        self.hotline = settings.hotline
        self.sends_mails = ports.mails

    def now(self) -> datetime:
        return self._ports.clock.now()

    def admit_report(self, request: HTTPConnection) -> None:
        """Before its body is read. Raises `ChannelOff`, `TooManyReports`."""
        self._require_on()
        self._reports.take(self._ports.address_of(request))

    def admit_look(self, request: HTTPConnection) -> None:
        """Before its body is read. Raises `ChannelOff`, `TooManyReports`."""
        self._require_on()
        address = self._ports.address_of(request)
        self._wrong.require(address)
        self._looks.take(address)

    def admit_nearby(self, request: HTTPConnection) -> None:
        """Before its body is read. Raises `ChannelOff`, `TooManyReports`."""
        self._require_on()
        if not self.shows_nearby:
            raise ChannelOff(remedy="ask the operator for `citizen.web_form.nearby`")
        self._looks.take(self._ports.address_of(request))

    async def report(self, report: CitizenReport) -> ReportReceipt:
        """Raises what `ReportConsumer.receive` raises."""
        return await self._ports.reports.receive(NAME, CaseSource.WEB, report)

    async def follow(self, request: HTTPConnection, number: str, code: str) -> ReportProgress:
        """Raises `NoSuchReport`."""
        with self._guess(request):
            return await self._ports.reports.follow(number, code)

    async def add(self, request: HTTPConnection, number: str, code: str, addition: ReportAddition) -> None:
        """Raises what `ReportConsumer.add` raises."""
        with self._guess(request):
            await self._ports.reports.add(number, code, addition)

    async def rate(self, request: HTTPConnection, number: str, code: str, rating: CitizenRating) -> None:
        """Raises what `ReportConsumer.rate` raises."""
        with self._guess(request):
            await self._ports.reports.rate(number, code, rating)

    async def near(self, query: NearbyQuery) -> Sequence[NearbyReport]:
        """Raises `StorageAway`."""
        return await self._ports.nearby.near(query)

    async def me_too(self, request: HTTPConnection, key: str, device: str) -> int:
        """A device counts once for a report. Ids of devices are made up freely, and many people have one
        address: of an address a few count within an hour. Raises `NoSuchReport`, `TooManyReports`.
        """
        self._me_too.take(f"{network_of(self._ports.address_of(request))} {key}"[:64])
        return await self._ports.nearby.me_too(key, device)

    @contextmanager
    def _guess(self, request: HTTPConnection) -> Iterator[None]:
        """Count a wrong code of this address: who tries many is not answered any more."""
        try:
            yield
        except NoSuchReport:
            with suppress(TooManyReports):
                self._wrong.take(self._ports.address_of(request))
            raise

    def _require_on(self) -> None:
        if not self.is_on:
            raise ChannelOff(remedy="telephone the hotline")
