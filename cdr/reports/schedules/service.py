"""Scheduled reports: who gets which one when; and the mails of what is due, each queued once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from cdr import rights
from cdr.events import ReportMailQueued
from cdr.reports.intervals import zone
from cdr.reports.schedules import store
from cdr.reports.schedules.errors import NoMailServer, UnknownSchedule
from cdr.reports.schedules.model import Every, ReportPeriod, due_after, mail_id, period_of
from cdr.reports.schedules.ports import Mailer
from cdr.reports.schedules.views import (
    ReportMailView,
    ReportScheduleList,
    ReportScheduleView,
    ScheduleWish,
)
from core.actor import Actor, OutOfScope
from core.audit import Audit
from core.scopes import Scope
from core.storage import Storage, Transaction
from core.storage.dialect import insert_missing
from core.storage.operations import claim

MOST_AT_ONCE: Final = 20
"""Schedules of one pass."""
MOST_MAILS: Final = 100
_LIST = "list them: GET /api/reports/schedules"


class ReportSchedules:
    """Each method may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: Audit, mailer: Mailer, time_zone: str) -> None:
        self._storage = storage
        self._audit = audit
        self._mailer = mailer
        self._time_zone = time_zone

    async def all(self, actor: Actor) -> ReportScheduleList:
        """By name, with the latest mails; without those of queues that are not the actor's."""
        rights.SCHEDULE_REPORTS.check(actor)
        async with self._storage.read() as connection:
            found = [row for row in await store.all_schedules(connection) if _within(actor, row.queue)]
            mails = await store.latest_mails(connection, MOST_MAILS)
        shown = {row.op_id for row in found}
        return ReportScheduleList(
            ready=self._mailer.ready,
            schedules=[_view(row) for row in found],
            mails=[ReportMailView(**row._mapping) for row in mails if row.schedule_id in shown],  # noqa: SLF001
        )

    async def add(
        self, actor: Actor, op_id: UUID, wish: ScheduleWish, *, owner: str = ""
    ) -> ReportScheduleView:
        """Its id is the `op_id`. The report is made with the rights of its owner, who is the actor unless an
        operator of the machine names somebody. Raises `NoMailServer`, `OutOfScope`.
        """
        self._check(actor, wish)
        about = f"schedule:{op_id}"
        await self._audit.record(actor, "schedule-report", about, _told(wish))
        now = self._storage.clock.now()
        row = {
            "op_id": op_id,
            **_columns(wish),
            "time_zone": self._time_zone,
            "owner": owner or actor.id,
            "due_at": due_after(wish.every, wish.hour, zone(self._time_zone), now),
            "changed_by": actor.id,
            "changed_at": now,
            "removed": False,
        }
        async with self._storage.write() as transaction:
            first = await claim(transaction.connection, store.schedules, row, same=("report", "owner"))
            return _view(first or await _row(transaction, op_id))

    async def change(self, actor: Actor, schedule_id: UUID, wish: ScheduleWish) -> ReportScheduleView:
        """The actor becomes the owner: what is sent is what he may see. Raises `UnknownSchedule`,
        `NoMailServer`, `OutOfScope`.
        """
        self._check(actor, wish)
        await self._audit.record(actor, "schedule-report", f"schedule:{schedule_id}", _told(wish))
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            before = await _row(transaction, schedule_id)
            _require(actor, before.queue)
            due = due_after(wish.every, wish.hour, zone(before.time_zone), now)
            await store.change(
                transaction, schedule_id, **_columns(wish), owner=actor.id, due_at=due,
                changed_by=actor.id, changed_at=now,
            )  # fmt: skip
            return _view(await _row(transaction, schedule_id))

    async def remove(self, actor: Actor, schedule_id: UUID) -> None:
        """What is queued already is still sent. Raises `UnknownSchedule`, `OutOfScope`."""
        rights.SCHEDULE_REPORTS.check(actor)
        await self._audit.record(actor, "unschedule-report", f"schedule:{schedule_id}")
        async with self._storage.write() as transaction:
            _require(actor, (await _row(transaction, schedule_id)).queue)
            await store.change(
                transaction, schedule_id, removed=True, active=False, changed_by=actor.id,
                changed_at=self._storage.clock.now(),
            )  # fmt: skip

    async def send_now(self, actor: Actor, schedule_id: UUID, op_id: UUID) -> int:
        """Queue the report of the last period once more, to all its recipients; how many mails.

        Raises `UnknownSchedule`, `NoMailServer`, `OutOfScope`.
        """
        rights.SCHEDULE_REPORTS.check(actor)
        if not self._mailer.ready:
            raise NoMailServer(remedy="set [mail] in the settings")
        await self._audit.record(actor, "send-report", f"schedule:{schedule_id}")
        async with self._storage.write() as transaction:
            row = await _row(transaction, schedule_id)
            _require(actor, row.queue)
            return await _queue(transaction, row, self._storage.clock.now(), again=op_id)

    async def queue_due(self) -> int:
        """Queue the mails of what is due, and say when it is due next, in one transaction; how many mails.
        After a standstill each period that was missed is sent, a pass at a time.
        """
        now = self._storage.clock.now()
        queued = 0
        async with self._storage.write() as transaction:
            for row in await store.due(transaction.connection, now, MOST_AT_ONCE):
                queued += await _queue(transaction, row, row.due_at)
                following = due_after(Every(row.every), row.hour, zone(row.time_zone), row.due_at)
                await store.change(transaction, row.op_id, due_at=following)
        return queued

    def _check(self, actor: Actor, wish: ScheduleWish) -> None:
        rights.SCHEDULE_REPORTS.check(actor)
        if not self._mailer.ready:
            raise NoMailServer(remedy="set [mail] in the settings")
        _require(actor, wish.queue)


async def _queue(transaction: Transaction, row: Row[Any], due: datetime, *, again: UUID | None = None) -> int:
    period = period_of(Every(row.every), zone(row.time_zone), due)
    for recipient in row.recipients:
        mail = mail_id(row.op_id, period, recipient, again)
        await insert_missing(
            transaction.connection, store.mails, [_queued(row, period, recipient, mail, transaction)]
        )
        event = ReportMailQueued(id=mail, schedule_id=row.op_id)
        await transaction.emit(event, stream=f"cdr.report:{row.op_id}:{recipient.casefold()}"[:128])
    return len(row.recipients)


def _queued(
    row: Row[Any], period: ReportPeriod, recipient: str, mail: UUID, transaction: Transaction
) -> Mapping[str, Any]:
    return {
        "mail_id": mail,
        "schedule_id": row.op_id,
        "recipient": recipient,
        **{name: row._mapping[name] for name in ("report", "every", "queue", "agent", "owner")},  # noqa: SLF001
        "since": period.since,
        "until": period.until,
        "state": "queued",
        "attempts": 0,
        "error": "",
        "why": "",
        "queued_at": transaction.clock.now(),
        "ended_at": None,
    }


async def _row(transaction: Transaction, schedule_id: UUID) -> Row[Any]:
    row = await store.schedule_of(transaction.connection, schedule_id)
    if row is None or row.removed:
        raise UnknownSchedule(remedy=_LIST)
    return row


def _within(actor: Actor, queue: str) -> bool:
    limited = actor.scopes.of(Scope.QUEUE)
    return not limited or queue in limited


def _require(actor: Actor, queue: str) -> None:
    if not _within(actor, queue):
        raise OutOfScope("the report is not of your queues", remedy="name one of your queues")


def _columns(wish: ScheduleWish) -> dict[str, Any]:
    told: dict[str, Any] = wish.model_dump(mode="json")
    return told


def _told(wish: ScheduleWish) -> Mapping[str, Any]:
    """For the audit trail: how many get it, not who."""
    return {"report": wish.report, "every": wish.every.value, "recipients": len(wish.recipients)}


def _view(row: Row[Any]) -> ReportScheduleView:
    named: Sequence[str] = [name for name in ReportScheduleView.model_fields if name != "schedule_id"]
    return ReportScheduleView(schedule_id=row.op_id, **{name: row._mapping[name] for name in named})  # noqa: SLF001
