"""Writes a notice for each step of a report's case, once, and sends what is due by the report's channel."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid5

from cases.events import CaseChanged, CaseFiled, CaseProgress, CaseView, ReportDeclined
from citizen.contract import Channel, NoticeRefused, ReportStep
from citizen.mails.service import CitizenMails
from citizen.messages.model import told_step
from citizen.messages.service import CitizenMessages
from citizen.messages.texts import progress_wish
from citizen.notices import store
from citizen.notices.store import DueNotice
from citizen.ports import StreetName
from citizen.reports import store as report_store
from citizen.reports.model import StoredReport
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction

_log = logger("citizen")
_notices = counter("citizen_notices", "Notices of progress by what became of them", ["channel", "fate"])

AT_ONCE: Final = 20
"""Notices that one look sends."""
SEND_S: Final = 10.0
FIRST_WAIT_S: Final = 15.0
LONGEST_WAIT_S: Final = 3600.0
EXPIRES: Final = timedelta(hours=48)
"""A step that could not be told by then is not told any more, as with text messages. Each is tried once,
whatever its age: the service may have been away."""
LOOK_EVERY_S: Final = 15.0


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many failed attempts: twice as long each time, an hour at most."""
    return timedelta(seconds=min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (min(tries, 20) - 1)))


def reports_of(case: CaseView, draft_id: UUID | None) -> dict[UUID, UUID]:
    """The reports whose reporters are told of this case, each with the case by way of which: itself, or one
    that it goes on for.
    """
    joined = {report_id: one.case_id for one in case.merged for report_id in one.report_ids}
    own = [*case.report_ids, *([] if draft_id is None else [draft_id])]
    return joined | dict.fromkeys(own, case.case_id)


class ProgressNotices:
    """`hear_…` take events, each once. `send_due` is called in a loop. A channel that sends nothing by itself
    has a text message sent to the mobile telephone that a report names, or an e-mail to its address.
    """

    def __init__(
        self,
        storage: Storage,
        messages: CitizenMessages,
        mails: CitizenMails,
        street_of: StreetName = lambda _: "",
    ) -> None:
        self._storage = storage
        self._messages = messages
        self._mails = mails
        self._street_of = street_of
        self._channels: dict[str, Channel] = {}
        self._new = asyncio.Event()

    def use(self, channels: Iterable[Channel]) -> None:
        """Send by these, each by its name."""
        self._channels = {channel.name: channel for channel in channels}

    async def hear_filed(self, event: CaseFiled) -> None:
        """A report's draft became a case. Raises `StorageAway`: the event comes again."""
        await self._hear(event, event.draft_id)

    async def hear_changed(self, event: CaseChanged) -> None:
        """A case took a step, or another one goes on for it. Raises `StorageAway`: the event comes again."""
        await self._hear(event, None)

    async def hear_declined(self, event: ReportDeclined) -> None:
        """No case was made of the report. Raises `StorageAway`: the event comes again."""
        async with self._storage.write() as transaction:
            report = await report_store.get(transaction.connection, event.draft_id, lock=True)
            if report is not None and report.progress == CaseProgress.RECEIVED.value:
                step = ReportStep(event.at, None, event.reason)
                await self._decline(transaction, event.id, report, step)
        self._new.set()

    async def run(self) -> None:
        """Send what is due, for ever: at once after a new step, and from time to time."""
        while True:
            self._new.clear()
            if await self.send_due() == AT_ONCE:
                continue
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._new.wait()
            except TimeoutError:
                continue

    async def send_due(self) -> int:
        """Send what is due, side by side, and note what became of each; how many were tried."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            waiting = await store.due(connection, now, AT_ONCE)
        fates = await asyncio.gather(*(self._send(one) for one in waiting))
        for one, fate in zip(waiting, fates, strict=True):
            await self._note(one, fate)
        return len(waiting)

    async def _hear(self, event: CaseFiled | CaseChanged, draft_id: UUID | None) -> None:
        about = reports_of(event.case, draft_id)
        # Nearly every case came by telephone: what is no report takes no write.
        async with self._storage.read() as connection:
            if not await report_store.about(connection, event.case.case_id, about):
                return
        async with self._storage.write() as transaction:
            found = await report_store.about(transaction.connection, event.case.case_id, about, lock=True)
            for report in found:
                by_way_of = about.get(report.report_id, event.case.case_id)
                await self._follow(transaction, event, report, by_way_of)
        self._new.set()

    async def _follow(
        self, transaction: Transaction, event: CaseFiled | CaseChanged, report: StoredReport, by_way_of: UUID
    ) -> None:
        """Tell this reporter where the case stands, unless that was told. Of a case that goes on for the
        report's own, `by_way_of`, it is known that it was received.
        """
        connection, case = transaction.connection, event.case
        joined = by_way_of != case.case_id
        additional = report.case_id is not None and report.case_id != by_way_of
        if not additional and case.progress is not CaseProgress.MERGED:
            await _hide(transaction, report, case)
        if report.case_id is None and not additional:
            await self._make_public(transaction, report, case)
        told = await store.last_told(connection, report.report_id, case.case_id)
        if told is None and joined:
            told = CaseProgress.RECEIVED.value
        if told == case.progress.value:
            return
        notice_id = uuid5(event.id, str(report.report_id)) if joined or additional else event.id
        number = case.survivor.number if case.survivor is not None else case.number
        step = ReportStep(event.at, case.progress, case_number=number)
        if not await store.add(connection, notice_id, report.report_id, step, additional=additional):
            return
        await store.keep_told(connection, report.report_id, case.case_id, case.progress.value)
        if not additional:
            await report_store.came_to(
                connection,
                report.report_id,
                progress=case.progress.value,
                case_id=by_way_of,
                case_number=report.case_number if joined else case.number,
            )
        await self._message(transaction, notice_id, report, step, case)

    async def _decline(
        self, transaction: Transaction, notice_id: UUID, report: StoredReport, step: ReportStep
    ) -> None:
        if not await store.add(transaction.connection, notice_id, report.report_id, step):
            return
        await report_store.came_to(
            transaction.connection,
            report.report_id,
            progress=store.word_of(step),
            case_id=None,
            case_number="",
        )
        await self._message(transaction, notice_id, report, step, None)

    async def _message(
        self,
        transaction: Transaction,
        notice_id: UUID,
        report: StoredReport,
        step: ReportStep,
        case: CaseView | None,
    ) -> None:
        """A text message or an e-mail too, where the report's channel cannot tell its reporter anything. None
        of a confidential case: others may read the telephone.
        """
        if case is not None and case.confidential:
            return
        if self._looks_himself(report) and told_step(step) in self._messages.rules.steps:
            known = replace(report, case_id=report.case_id if case is None else case.case_id)
            code = "" if case is None else case.spoken_code
            number = step.case_number or ("" if case is None else case.number)
            wish = progress_wish(notice_id, known, step, number=report.phone, case=number, code=code)
            if self._mails.takes(report):
                await self._mails.queue(transaction, wish, report)
            else:
                await self._messages.queue(transaction, wish)

    def _looks_himself(self, report: StoredReport) -> bool:
        """Whether the report's channel sends nothing: its reporter asks for the progress."""
        channel = self._channels.get(report.channel)
        return getattr(channel, "sends_nothing", False) is True

    async def _make_public(self, transaction: Transaction, report: StoredReport, case: CaseView) -> None:
        """What everybody may see of it, by what the agent filed."""
        street = self._street_of(f"{case.crossing or ''} {case.address or ''}")
        await report_store.make_public(
            transaction.connection,
            report.report_id,
            key=secrets.token_hex(8),
            category=case.category or "",
            street=street,
        )

    async def _send(self, due: DueNotice) -> str:
        """`sent`, `failed` or `waiting`: what becomes of the notice."""
        channel = self._channels.get(due.channel)
        old = self._storage.clock.now() - due.notice.step.at > EXPIRES
        if channel is None or (old and due.tries):
            return store.FAILED
        try:
            async with asyncio.timeout(SEND_S):
                await channel.send(due.notice)
        except NoticeRefused:
            return store.FAILED
        except (SonghuaError, TimeoutError, OSError) as error:
            _log.warning("a notice was not sent", channel=due.channel, error=type(error).__name__)
        except Exception:  # noqa: BLE001  # a fault of one channel holds up no other one's notices
            _log.exception("a channel failed", channel=due.channel)
        else:
            return store.SENT
        return store.WAITING

    async def _note(self, due: DueNotice, fate: str) -> None:
        tries = due.tries + 1
        _notices.labels(due.channel, "again" if fate == store.WAITING else fate).inc()
        async with self._storage.write() as transaction:
            connection, notice_id = transaction.connection, due.notice.notice_id
            if fate == store.WAITING:
                later = self._storage.clock.now() + wait_after(tries)
                await store.postpone(connection, notice_id, later, tries=tries)
            else:
                await store.settle(connection, notice_id, fate, tries=tries)


async def _hide(transaction: Transaction, report: StoredReport, case: CaseView) -> None:
    """A report is public for as long as its case is not confidential."""
    if report.hidden != case.confidential:
        await report_store.hide(transaction.connection, report.report_id, hidden=case.confidential)
