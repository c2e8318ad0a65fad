"""Takes reports of the web form and shows their progress, within the limits of the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from starlette.requests import HTTPConnection

from cases.events import CaseSource
from citizen.channels.web_form.settings import WebFormSettings
from citizen.contract import ChannelPorts, CitizenReport, ReportProgress, ReportReceipt
from citizen.contract.limits import HourLimit
from citizen.errors import ChannelOff

NAME = "web_form"


class WebReports:
    def __init__(
        self, settings: WebFormSettings, ports: ChannelPorts, now: Callable[[], float] = monotonic
    ) -> None:
        self._enabled = settings.enabled
        self._ports = ports
        self._reports = HourLimit(settings.per_address_hour, settings.per_hour, now)
        looks = settings.looks_per_address_hour
        self._looks = HourLimit(looks, looks * settings.per_hour, now)

    def now(self) -> datetime:
        return self._ports.clock.now()

    def admit_report(self, request: HTTPConnection) -> None:
        """Before its body is read. Raises `ChannelOff`, `TooManyReports`."""
        self._require_on()
        self._reports.take(self._ports.address_of(request))

    def admit_look(self, request: HTTPConnection) -> None:
        """Before its body is read. Raises `ChannelOff`, `TooManyReports`."""
        self._require_on()
        self._looks.take(self._ports.address_of(request))

    async def report(self, report: CitizenReport) -> ReportReceipt:
        """Raises what `ReportConsumer.receive` raises."""
        return await self._ports.reports.receive(NAME, CaseSource.WEB, report)

    async def follow(self, number: str, code: str) -> ReportProgress:
        """Raises `NoSuchReport`."""
        return await self._ports.reports.follow(number, code)

    def _require_on(self) -> None:
        if not self._enabled:
            raise ChannelOff(remedy="telephone the hotline")
