"""Jobs to units and reports from them: a report is applied exactly once, a job is kept until it is told.

Reports may come twice and out of order; what commits is the inbox entry, the job and the event together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from core.bus import Bus
from core.errors import SonghuaError, Unavailable
from core.events import Event
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from field.contract.port import UnitDriver
from field.delivery.model import Purpose, Route
from field.delivery.reduce import Recalled
from field.delivery.service import DeliveryService
from field.dispatches import store
from field.dispatches.model import (
    LIVE,
    TO_SEND,
    DownlinkState,
    JobContent,
    UnitJob,
    UnitReportEntry,
    after_offer,
    after_recall,
)
from field.dispatches.reports import apply_report
from field.dispatches.store import OPEN_LIMIT
from field.events import JobSent, UnitUnreachable
from field.hearing import hear_words, send_receipts
from field.inspectors.model import INSPECTOR_SKILL
from field.units import notifier
from field.units import store as unit_store
from field.units.model import Unit

_log = logger("field")
_reports = counter("field_reports", "Reports of units by what became of them", ["fate"])


class Dispatches:
    """The subject's rules on its tables. `network` is the driver of the terminals; `ways` says by which
    bearers a unit can be told.
    """

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        network: UnitDriver,
        *,
        retry_s: float,
        delivery_service: DeliveryService,
        ways: Callable[[Unit], Sequence[Route]],
    ) -> None:
        self.delivery_service = delivery_service
        self._ways = ways
        self._storage = storage
        self._bus = bus
        self._network = network
        self._retry = timedelta(seconds=retry_s)

    async def queue(
        self,
        event: Event,
        dispatch_id: UUID,
        unit_id: str,
        content: JobContent,
        *,
        case_id: UUID | None = None,
    ) -> None:
        """Take a dispatch order over. The same order again, or one already recalled, changes nothing."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await transaction.first_time(_SOURCE, str(event.id)):
                return
            await unit_store.lock(transaction, unit_id)
            if await store.find(transaction.connection, dispatch_id) is not None:
                return
            unit = await unit_store.find(transaction.connection, unit_id)
            if unit is None:
                unknown = UnitUnreachable(unit_id=unit_id, dispatch_id=dispatch_id, why="unknown_unit")
                await transaction.emit(unknown, stream=_stream(unit_id))
                return
            seq = await unit_store.next_seq(transaction, unit_id)
            content = replace(content, with_units=await self._names(transaction, content.with_units))
            job = UnitJob(dispatch_id, unit_id, DownlinkState.QUEUED, content, seq, uuid7(), now)
            await store.add(transaction, job)
            if content.kind == "job":
                await self.delivery_service.open(
                    transaction, dispatch_id, unit_id, self._ways(unit), urgent=content.urgent,
                    case_id=case_id,
                )  # fmt: skip

    async def share(self, dispatch_id: UUID, unit_id: str, with_units: Sequence[str]) -> None:
        """Other units have the case now than the unit was told: its terminal gets the words again, under a
        new number. One that is not there has them from the list of its open jobs when it comes.

        Safe to call again with the same: a crash between the commit and the sending loses nothing. Raises
        `Unavailable`.
        """
        async with self._storage.write() as transaction:
            await unit_store.lock(transaction, unit_id)
            job = await store.own(transaction, dispatch_id, unit_id)
            if job is None or job.content is None or job.state not in LIVE:
                return
            names = await self._names(transaction, with_units)
            if names != job.content.with_units:
                job = replace(job, content=replace(job.content, with_units=names))
                await store.save_content(transaction, job)
            if job.state in TO_SEND:
                return
            again = replace(job, seq=await unit_store.next_seq(transaction, unit_id), msg_id=uuid7())
        await self._network.send_job(again)

    async def _names(self, transaction: Transaction, unit_ids: Sequence[str]) -> tuple[str, ...]:
        found = [await unit_store.find(transaction.connection, unit_id) for unit_id in unit_ids]
        return tuple(unit.name if unit else name for unit, name in zip(found, unit_ids, strict=True))

    async def recall(self, event: Event, dispatch_id: UUID, unit_id: str, reason: str) -> None:
        """Take a dispatch back; also when the recall overtakes the order."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await transaction.first_time(_SOURCE, str(event.id)):
                return
            await unit_store.lock(transaction, unit_id)
            job = await store.find(transaction.connection, dispatch_id, change=True)
            if job is None:
                gone = UnitJob(
                    dispatch_id, unit_id, DownlinkState.RECALLED, None, 0, uuid7(), now, reason=reason
                )
                await store.add(transaction, gone)
                return
            recalled = after_recall(job, reason)
            if recalled.state == DownlinkState.RECALLING:
                seq = await unit_store.next_seq(transaction, job.unit_id)
                recalled = _renumbered(recalled, seq)
            await store.save(transaction, recalled, due_at=now)
            if recalled.state != job.state:
                await self.delivery_service.apply(transaction, dispatch_id, Recalled())

    async def report(self, report: UnitReportEntry) -> None:
        """Apply what a terminal said, once, and tell the unit that it is committed."""
        await self.reports([report])

    async def reports(self, reports: Sequence[UnitReportEntry]) -> None:
        """Apply what terminals said, each once and all in one transaction, and tell the units that it is
        committed.
        """
        async with self._storage.write() as transaction:
            heard = await hear_words(transaction, reports, self._storage.clock.now())
            fates = [await apply_report(transaction, self.delivery_service, one) for one in heard.new]
        _reports.labels("unknown_unit").inc(len(reports) - len(heard.receipts))
        _reports.labels("again").inc(len(heard.receipts) - len(heard.new))
        for fate in fates:
            _reports.labels(fate).inc()
        await send_receipts(self._network, heard.receipts)
        applied = [one.unit_id for one, fate in zip(heard.new, fates, strict=True) if fate == "applied"]
        for unit_id in dict.fromkeys(applied):
            await self.show(unit_id)

    async def hello(self, unit_id: str, last_seq: int) -> None:
        """The unit is there: it is told what it should have, and what waits for it is sent."""
        del last_seq  # the list of open jobs is complete, so it does not matter what is missing
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, unit_id, at=now):
                _reports.labels("unknown_unit").inc()
                return
            await store.make_due(transaction, unit_id, now)
            seq = await unit_store.next_seq(transaction, unit_id)
            jobs = await store.open_jobs(transaction.connection, unit_id)
            unit = await unit_store.find(transaction.connection, unit_id)
        inspector = unit is not None and INSPECTOR_SKILL in unit.skills
        complete = len(jobs) <= OPEN_LIMIT
        await self._network.send_open_jobs(
            unit_id, jobs[:OPEN_LIMIT], seq, complete=complete, inspector=inspector
        )

    async def presence(self, unit_id: str, *, online: bool, bearer: str = "") -> None:
        """The unit came or went by `bearer`, its own network when empty; jobs go over that alone."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, unit_id, at=now, online=online, bearer=bearer):
                _reports.labels("unknown_unit").inc()
                return
            if online and not bearer:
                await store.make_due(transaction, unit_id, now)
        await self.show(unit_id)

    async def show(self, unit_id: str) -> None:
        """Publish the unit as it is now."""
        async with self._storage.read() as connection:
            changed = await notifier.changed(connection, unit_id)
        if changed is not None:
            self._bus.publish(changed)

    async def offer_due(self) -> int:
        """Send what is due; how many messages the network took. Raises `Unavailable` when it is away."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            jobs = await store.due(connection, now)
        away: set[str] = set()
        sent = 0
        for job in jobs:
            # A unit's jobs keep their order: what follows one that did not reach it waits too.
            reached = job.unit_id not in away and await self._offer(job)
            if not reached:
                away.add(job.unit_id)
            sent += await self._settle(job.dispatch_id, now, reached=reached)
        return sent

    async def _offer(self, job: UnitJob) -> bool:
        try:
            if job.state == DownlinkState.RECALLING:
                return await self._network.send_recall(job)
            return await self._network.send_job(job)
        except Unavailable:
            raise
        except SonghuaError as error:
            # One unit that the network refuses must not hold back the others.
            _reports.labels("refused").inc()
            _log.warning("the network refuses a job", unit=job.unit_id, error=error.kind)
            return False

    async def _settle(self, dispatch_id: UUID, now: datetime, *, reached: bool) -> bool:
        async with self._storage.write() as transaction:
            job = await store.find(transaction.connection, dispatch_id, change=True)
            if job is None:
                return False
            # Read again: the unit's answer may have been quicker than this.
            after = after_offer(job, reached=reached)
            await store.save(transaction, after, due_at=now + self._retry)
            if after.state == job.state:
                return False
            purpose: Purpose = "recall" if job.state == DownlinkState.RECALLING else "job"
            # A unit without a session learns of a recall from the list of open jobs that it asks for.
            await self.delivery_service.carried(
                transaction, dispatch_id, "terminal", purpose, "sent" if reached else "unreachable"
            )
            told: Event | None = None
            if after.state == DownlinkState.SENT:
                told = JobSent(unit_id=job.unit_id, dispatch_id=dispatch_id)
            elif after.state == DownlinkState.UNREACHABLE:
                told = UnitUnreachable(unit_id=job.unit_id, dispatch_id=dispatch_id, why="offline")
            if told is not None:
                await transaction.emit(told, stream=_stream(job.unit_id))
        return reached


_SOURCE = "radio_bridge"


def _stream(unit_id: str) -> str:
    return f"unit:{unit_id}"


def _renumbered(job: UnitJob, seq: int) -> UnitJob:
    return UnitJob(
        job.dispatch_id, job.unit_id, job.state, job.content, seq, uuid7(), job.queued_at,
        last_step=job.last_step, reason=job.reason,
    )  # fmt: skip
