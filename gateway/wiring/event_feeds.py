"""Fills the ports of feeds: an event becomes a report, and who brings a client certificate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.requests import HTTPConnection

from cases.events import CaseSource
from citizen.contract import CitizenReport
from citizen.errors import MessageReused, ReportInvalid
from citizen.reports.service import CitizenReports
from core.listening import Addresses, AddressRange
from gateway.web.client_certificate import certificate_of
from sensing.ports import CertificateOf, FeedDraft

FEEDS: Final = "feeds"
"""Stored with each report of a feed, in place of a channel's name. It sends no notices: nobody waits."""


class ReportsOfFeeds:
    """Fills `sensing.ports.FeedDrafts`."""

    def __init__(self, reports: Callable[[], CitizenReports]) -> None:
        self._reports = reports

    async def put(self, draft: FeedDraft) -> UUID:
        """Raises `StorageAway`."""
        reports, message_id = self._reports(), str(draft.event_id)
        report = CitizenReport(
            message_id=message_id, text=draft.text, received_at=draft.received_at, place=draft.place,
            position=draft.position, category=draft.category, pictures=draft.pictures,
        )  # fmt: skip
        try:
            await reports.receive(FEEDS, CaseSource.OTHER_SYSTEM, report)
        except MessageReused:
            pass  # it was put before, with other pictures
        except ReportInvalid:
            # Pictures that are dangerous to open stay out.
            with suppress(MessageReused):
                await reports.receive(FEEDS, CaseSource.OTHER_SYSTEM, replace(report, pictures=()))
        report_id = await reports.id_of(FEEDS, message_id)
        assert report_id is not None
        return report_id


def certificates(trusted: tuple[AddressRange, ...]) -> CertificateOf:
    """Fills `sensing.ports.CertificateOf`."""
    proxies = Addresses(trusted)

    def of(connection: HTTPConnection) -> str:
        return certificate_of(connection.scope, proxies)

    return of
