"""A unit's word about a job, by whatever bearer it came: applied once, in one transaction with its chain."""

from __future__ import annotations

from core.storage import Transaction
from field.delivery.reduce import StepReported
from field.delivery.service import DeliveryService
from field.dispatches import store
from field.dispatches.model import UnitReportEntry, after_report, lacks_finding
from field.events import UnitReported
from field.hearing import source


async def take_report(
    transaction: Transaction, delivery_service: DeliveryService, report: UnitReportEntry
) -> str:
    """What became of it: `applied`, `again`, or `foreign_job` for one that this unit has not got."""
    if not await transaction.first_time(source(report.unit_id), str(report.msg_id)):
        return "again"
    return await apply_report(transaction, delivery_service, report)


async def apply_report(
    transaction: Transaction, delivery_service: DeliveryService, report: UnitReportEntry
) -> str:
    """The same for one that is known to be new: `applied`, `foreign_job`, or `no_finding` for a
    verification task that is said to be done without one. The unit is locked already.
    """
    job = await store.own(transaction, report.dispatch_id, report.unit_id)
    if job is None:
        return "foreign_job"
    if lacks_finding(job, report):
        return "no_finding"
    await store.save(transaction, after_report(job, report.step))
    await delivery_service.apply(transaction, report.dispatch_id, StepReported(report.bearer, report.step))
    event = UnitReported(
        unit_id=report.unit_id,
        dispatch_id=report.dispatch_id,
        step=report.step,
        reason=report.reason,
        note=report.note,
        reported_at=report.reported_at,
        seq=report.seq,
        msg_id=report.msg_id,
        bearer=report.bearer,
        finding=report.finding,
        position=report.position,
    )
    await transaction.emit(event, stream=source(report.unit_id))
    return "applied"
