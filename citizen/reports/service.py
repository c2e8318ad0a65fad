"""Takes the reports of every channel, each once, and shows their progress to who has number and code."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from cases.events import CaseProgress, CaseSource
from citizen.contract import CitizenReport, ReportReceipt
from citizen.errors import MessageReused, ReportInvalid
from citizen.events import ReportForgotten, ReportReceived
from citizen.ports import CleanPicture, PictureCheck
from citizen.reports import store
from citizen.reports.followed import FollowedReports
from citizen.reports.model import StoredReport, check, digest_of, new_code, report_number
from citizen.settings import CitizenSettings
from core.ids import uuid7
from core.metrics import counter
from core.storage import Storage, Transaction

_reports = counter("citizen_reports", "Reports of citizens by what became of them", ["channel", "fate"])
MOST_FORGOTTEN = 100
"""Reports that one look erases."""


class CitizenReports(FollowedReports):
    """Implements `citizen.contract.ReportConsumer`."""

    def __init__(self, storage: Storage, settings: CitizenSettings, check_picture: PictureCheck) -> None:
        super().__init__(storage, check_picture)
        self._settings = settings

    async def receive(self, channel: str, source: CaseSource, report: CitizenReport) -> ReportReceipt:
        """As `ReportConsumer.receive`: report, pictures and the event for the draft in one transaction."""
        try:
            check(report)
            digest = await asyncio.to_thread(digest_of, report)
            pictures = await self._cleaned(report.pictures)
        except ReportInvalid:
            _reports.labels(channel, "invalid").inc()
            raise
        async with self._storage.write() as transaction:
            known = await store.by_message(transaction.connection, channel, report.message_id)
            if known is None:
                stored = await self._new(transaction, channel, source, report, digest)
                if await store.add(transaction.connection, stored, report.message_id):
                    await self._keep(transaction, stored, pictures, report.part_id)
                    fate = "taken"
                else:  # the same message was delivered twice at this moment
                    known = await store.by_message(transaction.connection, channel, report.message_id)
            if known is not None:
                if not hmac.compare_digest(known.digest, digest):
                    _reports.labels(channel, "reused").inc()
                    raise MessageReused(remedy="give each report an id of its own")
                stored, fate = known, "again"
        _reports.labels(channel, fate).inc()
        return ReportReceipt(stored.number, stored.code)

    async def id_of(self, channel: str, message_id: str) -> UUID | None:
        """The id of the report that this message made, which its draft has too."""
        async with self._storage.read() as connection:
            found = await store.by_message(connection, channel, message_id)
        return None if found is None else found.report_id

    async def forget_old(self) -> int:
        """Erase the words, pictures and reporters of reports that are older than the settings keep them. How
        many were erased.
        """
        now = self._storage.clock.now()
        before = now - timedelta(days=self._settings.kept_days)
        async with self._storage.write() as transaction:
            old = await store.to_forget(transaction.connection, before, MOST_FORGOTTEN)
            for report_id in old:
                await store.forget(transaction.connection, report_id, now)
                await transaction.emit(ReportForgotten(report_id=report_id), stream=f"report:{report_id}")
        return len(old)

    async def _new(
        self, transaction: Transaction, channel: str, source: CaseSource, report: CitizenReport, digest: str
    ) -> StoredReport:
        zone = self._settings.timezone_h
        day = f"{report.received_at + timedelta(hours=zone):%Y%m%d}"
        sequence = await store.next_of_day(transaction.connection, day)
        return StoredReport(
            report_id=uuid7(),
            channel=channel,
            source=source,
            number=report_number(report.received_at, sequence, zone),
            code=new_code(),
            digest=digest,
            text=report.text.strip(),
            place=report.place.strip(),
            reporter=report.reporter,
            phone=report.phone.strip(),
            position=report.position,
            category=report.category,
            received_at=report.received_at,
            case_id=None,
            case_number="",
            progress=CaseProgress.RECEIVED.value,
            email=report.email,
            language=report.language,
        )

    async def _keep(
        self,
        transaction: Transaction,
        stored: StoredReport,
        pictures: Sequence[tuple[CleanPicture, str]],
        part_id: str,
    ) -> None:
        for one, sha256 in pictures:
            await store.add_picture(transaction.connection, uuid7(), stored.report_id, one, sha256)
        await transaction.emit(
            ReportReceived(
                report_id=stored.report_id,
                source=stored.source,
                received_at=stored.received_at,
                text=stored.text,
                place=stored.place,
                phone=stored.phone,
                position=stored.position,
                category=stored.category,
                part_id=part_id,
            ),
            stream=f"report:{stored.report_id}",
        )
