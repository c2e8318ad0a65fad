"""A crew is called for a talk with the citizen of its dispatch."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from cases.events import UNDER_WAY
from core.errors import Conflict
from core.storage import Transaction
from field.delivery import store
from field.delivery.errors import UnknownDelivery
from field.delivery.model import DeliveryAttempt, Route
from field.delivery.service import DeliveryService
from field.dispatches import store as job_store
from field.dispatches.model import DownlinkState, UnitJob
from field.units import store as unit_store
from field.units.model import Unit

PHONE: Final = "phone"
"""First part of a crew's telephone among its unit's addresses: `phone:13904510009`."""


class NotTheirs(Conflict):
    kind: ClassVar[str] = "job-not-accepted"
    title: ClassVar[str] = "The unit has not accepted this job, or has it no more"


class NoPhone(Conflict):
    kind: ClassVar[str] = "unit-without-telephone"
    title: ClassVar[str] = "The unit has no telephone"


def may_talk(job: UnitJob | None) -> bool:
    """Only while the job is open and accepted."""
    return job is not None and job.state is DownlinkState.OPEN and job.last_step in UNDER_WAY


async def ask_talk(
    transaction: Transaction,
    delivery_service: DeliveryService,
    dispatch_id: UUID,
    *,
    new: bool,
    unit_id: str | None = None,
) -> DeliveryAttempt:
    """Have the crew called for a talk with the citizen. `unit_id`: only if the job is this unit's.

    Raises `UnknownDelivery`, `NotTheirs`, `NoPhone`.
    """
    connection = transaction.connection
    delivery = await store.find(connection, dispatch_id, change=True)
    if delivery is None:
        raise UnknownDelivery(remedy="see the case: it has the ids of its dispatches")
    job = await job_store.find(connection, dispatch_id)
    if not may_talk(job) or unit_id not in {None, delivery.unit_id}:
        raise NotTheirs(remedy="the crew accepts the job first")
    last = delivery.newest("call", "talk")
    if last is not None and (not last.over or not new):
        return last
    unit = await unit_store.find(connection, delivery.unit_id)
    phone = None if unit is None else phone_of(unit)
    if phone is None:
        raise NoPhone(remedy="songhua unit set UNIT --address phone:NUMBER")
    made = await delivery_service.begin(transaction, dispatch_id, Route("call", phone), "talk")
    if made is None:
        raise NotTheirs("too many calls were made for this job")
    return made


def phone_of(unit: Unit) -> str | None:
    """The crew's telephone among the unit's addresses."""
    return next((name for name in unit.addresses if name.partition(":")[0] == PHONE), None)
