"""What people at the centre do about emergencies."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from core.actor import Actor
from core.audit import Audit
from core.errors import Conflict, Invalid
from core.storage import Storage
from field import rights
from field.emergency import store
from field.emergency.model import LADDER, AcknowledgeEmergency, Clear, EmergencyAlarm, Person
from field.emergency.moves import move
from field.errors import UnknownEmergency
from field.events import AlarmState

MOST_LISTED = 500

MOST_NOTE = 1000


class EmergencyService:
    """What people at the centre do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: Audit) -> None:
        self._storage = storage
        self._audit = audit

    async def listed(
        self, actor: Actor, *, cleared: bool = False, case_id: UUID | None = None, limit: int = 100
    ) -> Sequence[EmergencyAlarm]:
        """Those that are not cleared, with `cleared` all, with `case_id` all of that case."""
        rights.EMERGENCIES.check(actor)
        async with self._storage.read() as connection:
            if case_id is not None:
                return await store.of_case(connection, case_id)
            return await store.listed(connection, cleared=cleared, limit=min(limit, MOST_LISTED))

    async def get(self, actor: Actor, alarm_id: UUID) -> EmergencyAlarm:
        """Raises `UnknownEmergency`."""
        rights.EMERGENCIES.check(actor)
        async with self._storage.read() as connection:
            alarm = await store.find(connection, alarm_id)
        if alarm is None:
            raise UnknownEmergency(remedy="see GET /api/emergencies")
        return alarm

    async def asking_supervisors(self) -> Sequence[EmergencyAlarm]:
        """Alarms that no dispatcher has answered in time, as they stand in the database; the oldest first."""
        async with self._storage.read() as connection:
            return await store.asking(connection, LADDER[-1], MOST_LISTED)

    async def acknowledge(self, actor: Actor, alarm_id: UUID) -> EmergencyAlarm:
        """Answer an alarm by name; the same person again changes nothing.

        Raises `UnknownEmergency`, and `Conflict` with the name of who was first.
        """
        rights.EMERGENCIES.check(actor)
        who = Person(actor.id, actor.name)
        alarm = await self._do(alarm_id, AcknowledgeEmergency(who, self._storage.clock.now()))
        first = alarm.acknowledged_by
        if first is None or first.id != actor.id:
            by = "" if first is None else first.name
            raise Conflict("somebody has acknowledged it", remedy="see GET /api/emergencies", by=by)
        await self._record(actor, "emergency-acknowledge", alarm_id)
        return alarm

    async def clear(
        self, actor: Actor, alarm_id: UUID, note: str, *, false_alarm: bool = False
    ) -> EmergencyAlarm:
        """End an emergency that was acknowledged; a false alarm's case is cancelled, when nothing else is in
        it. Raises `UnknownEmergency`, `Invalid` without a note, `Conflict`.
        """
        rights.EMERGENCIES.check(actor)
        said = note.strip()
        if not said or len(said) > MOST_NOTE:
            raise Invalid(f"say in 1 to {MOST_NOTE} characters what it was")
        who = Person(actor.id, actor.name)
        alarm = await self._do(alarm_id, Clear(who, self._storage.clock.now(), said, false_alarm))
        if alarm.state is AlarmState.RAISED:
            raise Conflict("nobody has acknowledged it yet", remedy="acknowledge it first")
        how = (alarm.cleared_by.id if alarm.cleared_by else "", alarm.note, alarm.false_alarm)
        if how != (actor.id, said, false_alarm):
            by = alarm.cleared_by.name if alarm.cleared_by else ""
            raise Conflict("somebody has cleared it", remedy="see GET /api/emergencies", by=by)
        await self._record(actor, "emergency-clear", alarm_id)
        return alarm

    async def _do(self, alarm_id: UUID, signal: AcknowledgeEmergency | Clear) -> EmergencyAlarm:
        async with self._storage.write() as transaction:
            alarm = await move(transaction, alarm_id, signal)
        if alarm is None:
            raise UnknownEmergency(remedy="see GET /api/emergencies")
        return alarm

    async def _record(self, actor: Actor, action: str, alarm_id: UUID) -> None:
        await self._audit.record(actor, action, f"emergency:{alarm_id}")
