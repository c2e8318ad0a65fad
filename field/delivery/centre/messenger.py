"""What a unit says about its jobs by a messenger that is bound to it: the same steps as on its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import UNDER_WAY, CrewStep, DispatchStep, VerificationFinding
from core.bus import Bus
from core.storage import Storage
from field.delivery import store as delivery_store
from field.delivery.service import DeliveryService
from field.dispatches import store as job_store
from field.dispatches.model import DownlinkState, UnitJob, UnitReportEntry
from field.dispatches.reports import take_report
from field.units import notifier
from field.units import store as unit_store

_GONE: Final = frozenset({DownlinkState.RECALLING, DownlinkState.RECALLED})
_BEFORE: Final = frozenset({DispatchStep.QUEUED, DispatchStep.DELIVERED, DispatchStep.DISPLAYED})

Outcome = Literal["applied", "again", "passed", "recalled", "foreign_job", "no_finding"]
"""`again`: this message was applied before; `passed`: the job is as far or further, or not so far yet."""


@dataclass(frozen=True, slots=True)
class MessengerReport:
    """A step as a messenger tells it; `msg_id` is made of the messenger's own id of the message."""

    unit_id: str
    dispatch_id: UUID
    step: CrewStep
    msg_id: UUID
    words: str = ""
    finding: VerificationFinding | None = None


def next_steps(job: UnitJob) -> frozenset[CrewStep]:
    """What may be said about the job now, as on the unit's page; a crew may skip steps forwards."""
    if job.state in _GONE or job.last_step.ends:
        return frozenset()
    is_task = job.content is not None and job.content.kind == "verification"
    if job.last_step in _BEFORE:
        return frozenset({DispatchStep.ACCEPTED, DispatchStep.DECLINED})
    if job.last_step not in UNDER_WAY:
        return frozenset()
    return frozenset({DispatchStep.DONE, DispatchStep.DECLINED if is_task else DispatchStep.RETURNED})


class CrewMessenger:
    """Each method may raise `StorageAway`, and may be called again with the same."""

    def __init__(self, storage: Storage, bus: Bus, delivery_service: DeliveryService) -> None:
        self._storage = storage
        self._bus = bus
        self._delivery_service = delivery_service

    async def open_jobs(self, unit_id: str) -> Sequence[UnitJob]:
        """What the unit has in hand, the oldest first."""
        async with self._storage.read() as connection:
            return await job_store.open_jobs(connection, unit_id)

    async def numbered(self, unit_id: str, number: str) -> Sequence[UnitJob]:
        """Its jobs with this number: those in hand, then those that are over, the newest first."""
        async with self._storage.read() as connection:
            in_hand = await job_store.open_jobs(connection, unit_id)
            recent = await job_store.recent(connection, unit_id)
        known = {one.dispatch_id: one for one in (*in_hand, *recent)}
        return [one for one in known.values() if one.content is not None and one.content.number == number]

    async def job(self, unit_id: str, dispatch_id: UUID) -> UnitJob | None:
        """One of its jobs; None for another unit's."""
        async with self._storage.read() as connection:
            found = await job_store.find(connection, dispatch_id)
        return found if found is not None and found.unit_id == unit_id else None

    async def say(self, report: MessengerReport) -> tuple[Outcome, DispatchStep]:
        """Apply it once; what became of it, and how far the job is then."""
        async with self._storage.write() as transaction:
            await unit_store.lock(transaction, report.unit_id)
            job = await job_store.own(transaction, report.dispatch_id, report.unit_id)
            outcome = await self._unfit(transaction.connection, job, report)
            if job is None:
                return "foreign_job", DispatchStep.QUEUED
            if outcome is not None:
                return outcome, job.last_step
            await delivery_store.find(transaction.connection, report.dispatch_id, change=True)
            declines = report.step in {DispatchStep.DECLINED, DispatchStep.RETURNED}
            entry = UnitReportEntry(
                unit_id=report.unit_id, dispatch_id=report.dispatch_id, step=report.step,
                reason=report.words if declines else "", note="" if declines else report.words,
                msg_id=report.msg_id, seq=0, reported_at=transaction.clock.now(), bearer="messenger",
                finding=report.finding,
            )  # fmt: skip
            said = await take_report(transaction, self._delivery_service, entry)
            changed = await notifier.changed(transaction.connection, report.unit_id)
        if changed is not None:
            self._bus.publish(changed)
        if said == "no_finding":
            return "no_finding", job.last_step
        return "applied", report.step

    async def _unfit(
        self, connection: AsyncConnection, job: UnitJob | None, report: MessengerReport
    ) -> Outcome | None:
        """Why it is not to be applied; None where it is."""
        if job is None:
            return "foreign_job"
        if await job_store.was_reported(connection, report.unit_id, report.msg_id):
            return "again"
        if job.state in _GONE:
            return "recalled"
        return None if report.step in next_steps(job) else "passed"
