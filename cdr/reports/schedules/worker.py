"""Queues what is due, and sends what is queued: each mail until the server has taken it or refused it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row

from cdr.events import ReportMailQueued
from cdr.reports.formats import ParquetMissing
from cdr.reports.schedules import store
from cdr.reports.schedules.errors import ReportOwnerGone
from cdr.reports.schedules.mail import mail_of_page, mail_of_report
from cdr.reports.schedules.model import Every, interval_of
from cdr.reports.schedules.ports import EvaluationReports, Mailer, ReportMail, ReportOwners
from cdr.reports.schedules.service import ReportSchedules
from cdr.reports.service import MOST_CALLS, ReportRequest, ReportResult, Reports
from core.actor import Actor
from core.cancellation import finish_before_cancel
from core.errors import Conflict, Forbidden, Invalid, SonghuaError
from core.events import Event
from core.log import logger
from core.metrics import counter
from core.storage import OutboxRelay, Storage
from core.tasks import Tasks

_log = logger("cdr")
_mails = counter("report_mails", "Mails of scheduled reports, by what became of them", ["outcome"])

MAIL: Final = "mail"
"""The outbox destination of `ReportMailQueued`."""
AT_ONCE: Final = 2
LAST_RETRY_S: Final = 900.0
FINISH_S: Final = 20.0
"""How long a stop of the service waits for a mail that is on its way."""
_FINAL: Final = (Forbidden, Conflict, Invalid, ParquetMissing)
_NO_RECIPIENT: Final = "recipient-removed"
_NOT_MADE: Final = "mail-not-made"


class ReportPost:
    """Runs both: `start` them as tasks of the room. Nothing is sent without a mail server."""

    def __init__(
        self,
        storage: Storage,
        schedules: ReportSchedules,
        reports: Reports,
        mailer: Mailer,
        owners: ReportOwners,
        *,
        evaluations: EvaluationReports,
        poll_s: float,
    ) -> None:
        self._storage = storage
        self._schedules = schedules
        self._reports = reports
        self._mailer = mailer
        self._owners = owners
        self._evaluations = evaluations
        self._poll_s = poll_s
        self.relay = OutboxRelay(storage, MAIL, self.deliver, at_once=AT_ONCE, last_retry_s=LAST_RETRY_S)

    def start(self, tasks: Tasks) -> None:
        if not self._mailer.ready:
            return
        tasks.forever("schedule-reports", self._queue)
        tasks.forever("mail-reports", self.relay.run)

    async def _queue(self) -> None:
        while True:
            await self._schedules.queue_due()
            await self._storage.clock.sleep(self._poll_s)

    async def deliver(self, event: Event) -> None:
        """Send one mail, once. Raises what may be tried again.

        That it was sent is written down at once, also when the service stops meanwhile. A kill between the
        server's answer and that sends it a second time, under the same Message-ID.
        """
        assert isinstance(event, ReportMailQueued)
        async with self._storage.read() as connection:
            mail = await store.mail_of(connection, event.id)
            schedule = await store.schedule_of(connection, event.schedule_id)
        if mail is None or schedule is None or mail.state != "queued":
            return
        if mail.recipient.casefold() not in {one.casefold() for one in schedule.recipients}:
            await self._ended(mail, "refused", _NO_RECIPIENT)
            return
        try:
            made = await self._made(mail, schedule)
        except Exception as error:  # noqa: BLE001  # noted; a mail that cannot be made holds back no other
            await self._failed(mail, error)
        else:
            await finish_before_cancel(self._send(mail, made), FINISH_S)

    async def _send(self, mail: Row[Any], made: ReportMail) -> None:
        try:
            await self._mailer.send(made)
        except Exception as error:  # noqa: BLE001  # noted; a mail that cannot be sent holds back no other
            await self._failed(mail, error, error.detail if isinstance(error, SonghuaError) else "")
        else:
            await self._ended(mail, "sent")

    async def _made(self, mail: Row[Any], schedule: Row[Any]) -> ReportMail:
        owner = await self._owners.actor(mail.owner)
        if owner is None:
            raise ReportOwnerGone
        if mail.report == "evaluation":
            title, page, document = await self._evaluations.to_send(
                owner, mail.since, mail.until, schedule.language
            )
            return mail_of_page(
                title, page, document, mail_id=mail.mail_id, to=mail.recipient, name=schedule.name,
                language=schedule.language,
            )  # fmt: skip
        interval = interval_of(mail.report, Every(mail.every))
        asked = ReportRequest(
            mail.since.isoformat(), mail.until.isoformat(), interval,
            schedule.time_zone, mail.queue or None, mail.agent or None,
        )  # fmt: skip
        answer = await self._report(owner, mail.report, asked)
        return await asyncio.to_thread(
            mail_of_report, answer, mail_id=mail.mail_id, to=mail.recipient, name=schedule.name,
            language=schedule.language, file_format=schedule.format,
        )  # fmt: skip

    async def _report(self, owner: Actor, report: str, asked: ReportRequest) -> ReportResult:
        if report == "calls":
            return await self._reports.calls(owner, asked, limit=MOST_CALLS)
        return await {"queues": self._reports.queues, "agents": self._reports.agents}.get(
            report, self._reports.quality
        )(owner, replace(asked, agent=None) if report == "queues" else asked)

    async def _failed(self, mail: Row[Any], error: Exception, why: str = "") -> None:
        """Note it with the mail server's words. Raises an error that may be tried again."""
        if not isinstance(error, SonghuaError):
            _log.error("a mail of a report cannot be made", error=type(error).__name__)
            await self._ended(mail, "refused", _NOT_MADE, type(error).__name__)
        elif isinstance(error, _FINAL):
            await self._ended(mail, "refused", error.kind, why)
        else:
            _mails.labels("failed").inc()
            await self._note(mail, error=error.kind, why=why)
            raise error

    async def _ended(self, mail: Row[Any], state: str, error: str = "", why: str = "") -> None:
        _mails.labels(state).inc()
        await self._note(mail, state=state, error=error, why=why, ended_at=self._storage.clock.now())

    async def _note(self, mail: Row[Any], *, why: str, **values: Any) -> None:
        async with self._storage.write() as transaction:
            await store.note(transaction, mail.mail_id, why=why[:500], attempts=mail.attempts + 1, **values)
