"""Alarms in the database, one row each, whatever its copies; its unit is told until it has the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from core.actor import Actor, Role
from core.errors import Conflict, Invalid, SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from radio_bridge.emergency import store
from radio_bridge.emergency.model import (
    LADDER,
    Acknowledge,
    Alarm,
    AlarmState,
    Clear,
    Heard,
    Person,
    Signal,
    Tick,
    What,
    apply,
)
from radio_bridge.errors import UnknownAlarm
from radio_bridge.events import EmergencyChanged
from radio_bridge.ports import Audit
from radio_bridge.units import store as unit_store

_log = logger("radio_bridge")
_alarms = counter("radio_bridge_emergencies", "Emergency messages of units by what became of them", ["fate"])
_told = counter("radio_bridge_emergency_told", "What was told about emergencies", ["what"])

ANSWERS = (Role.DISPATCHER, Role.SUPERVISOR)
MOST_OPEN = 50
"""More alarms of one unit, none of them cleared, are not kept: its terminal is broken."""
MOST_LISTED = 500
MOST_NOTE = 1000
LOOK_EVERY_S = 0.5


class EmergencyDesk:
    """What people at the centre do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: Audit | None) -> None:
        self._storage = storage
        self._audit = audit

    async def listed(self, actor: Actor, *, cleared: bool = False, limit: int = 100) -> Sequence[Alarm]:
        actor.require(*ANSWERS)
        async with self._storage.read() as connection:
            return await store.listed(connection, cleared=cleared, limit=min(limit, MOST_LISTED))

    async def asking_supervisors(self) -> Sequence[Alarm]:
        """Alarms that no dispatcher has answered in time, as they stand in the database; the oldest first."""
        async with self._storage.read() as connection:
            return await store.asking(connection, LADDER[-1], MOST_LISTED)

    async def acknowledge(self, actor: Actor, alarm_id: UUID) -> Alarm:
        """Answer an alarm by name; the same person again changes nothing.

        Raises `UnknownAlarm`, and `Conflict` with the name of who was first.
        """
        actor.require(*ANSWERS)
        who = Person(actor.id, actor.name)
        alarm = await self._do(alarm_id, Acknowledge(who, self._storage.clock.now()))
        first = alarm.acknowledged_by
        if first is None or first.id != actor.id:
            by = "" if first is None else first.name
            raise Conflict("somebody has acknowledged it", remedy="see GET /api/emergencies", by=by)
        await self._record(actor, "emergency-acknowledge", alarm_id)
        return alarm

    async def clear(self, actor: Actor, alarm_id: UUID, note: str) -> Alarm:
        """End an alarm that was acknowledged. Raises `UnknownAlarm`, `Invalid` without a note, `Conflict`."""
        actor.require(*ANSWERS)
        said = note.strip()
        if not said or len(said) > MOST_NOTE:
            raise Invalid(f"say in 1 to {MOST_NOTE} characters what it was")
        alarm = await self._do(alarm_id, Clear(Person(actor.id, actor.name), self._storage.clock.now(), said))
        if alarm.state is AlarmState.RAISED:
            raise Conflict("nobody has acknowledged it yet", remedy="acknowledge it first")
        if alarm.cleared_by is None or (alarm.cleared_by.id, alarm.note) != (actor.id, said):
            by = "" if alarm.cleared_by is None else alarm.cleared_by.name
            raise Conflict("somebody has cleared it", remedy="see GET /api/emergencies", by=by)
        await self._record(actor, "emergency-clear", alarm_id)
        return alarm

    async def _do(self, alarm_id: UUID, signal: Signal) -> Alarm:
        async with self._storage.write() as transaction:
            alarm = await _move(transaction, alarm_id, signal)
        if alarm is None:
            raise UnknownAlarm(remedy="see GET /api/emergencies")
        return alarm

    async def _record(self, actor: Actor, action: str, alarm_id: UUID) -> None:
        if self._audit is not None:
            await self._audit.record(actor, action, f"emergency:{alarm_id}")


class AlarmCarrier(Protocol):
    """What brings a unit what became of its alarm, as `UnitDriver` does."""

    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool: ...

    async def send_alarm(self, alarm: Alarm, seq: int) -> bool: ...


class EmergencyWatch:
    """What units say, and the clock that does not let an alarm rest."""

    def __init__(self, storage: Storage, network: AlarmCarrier) -> None:
        self._storage = storage
        self._network = network

    async def hear(self, said: Heard, msg_id: UUID) -> None:
        """Keep the alarm, once, and tell the unit how far it is: committed, acknowledged by whom, cleared."""
        kept = await self.keep(said)
        if kept is None:
            return
        alarm, seq = kept
        if alarm.state is AlarmState.RAISED:
            await self._network.send_receipt(said.unit_id, msg_id, seq)
        else:
            await self._network.send_alarm(alarm, seq)

    async def keep(self, said: Heard) -> tuple[Alarm, int] | None:
        """Keep the alarm, once: how far it is, and the number of the answer; None where it is not kept."""
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, said.unit_id, at=said.at):
                _alarms.labels("unknown_unit").inc()
                return None
            alarm = await store.find(transaction.connection, said.alarm_id, change=True)
            if alarm is not None and alarm.unit_id != said.unit_id:
                _alarms.labels("foreign").inc()
                _log.warning("a unit says another unit's alarm", unit=said.unit_id)
                return None
            if alarm is None and await store.open_of(transaction.connection, said.unit_id) >= MOST_OPEN:
                _alarms.labels("too_many").inc()
                return None
            _alarms.labels("raised" if alarm is None else "again").inc()
            alarm, what = apply(alarm, said)
            assert alarm is not None  # what was heard is an alarm
            await (store.add if what else store.save)(transaction, alarm)
            await _tell(transaction, alarm, what)
            return alarm, await unit_store.next_seq(transaction, said.unit_id)

    async def unit_is_there(self, unit_id: str) -> None:
        """A unit that was away learns what became of its last alarm."""
        async with self._storage.write() as transaction:
            alarm = await store.newest_of(transaction.connection, unit_id)
            if alarm is None or alarm.state is AlarmState.RAISED:
                return
            seq = await unit_store.next_seq(transaction, unit_id)
        await self._network.send_alarm(alarm, seq)

    async def answered(self, alarm_id: UUID) -> None:
        """Somebody has acknowledged or cleared it: the unit is told at once, and asks again if it is lost."""
        async with self._storage.write() as transaction:
            alarm = await store.find(transaction.connection, alarm_id)
            if alarm is None or alarm.state is AlarmState.RAISED:
                return
            seq = await unit_store.next_seq(transaction, alarm.unit_id)
        try:
            await self._network.send_alarm(alarm, seq)
        except SonghuaError as error:
            _log.info("the unit is told when it asks again", unit=alarm.unit_id, error=error.kind)

    async def run(self) -> None:
        """Look at the clock for ever; a database that is away is asked again."""
        while True:
            try:
                await self.tick()
            except Unavailable as error:
                _log.warning("alarms cannot be looked at", error=error.kind)
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def tick(self) -> int:
        """Ask the next one about each alarm that nobody has answered in time; how many there were."""
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            late = await store.due(connection, now)
        for alarm_id in late:
            async with self._storage.write() as transaction:
                await _move(transaction, alarm_id, Tick(now))
        return len(late)


async def _move(transaction: Transaction, alarm_id: UUID, signal: Signal) -> Alarm | None:
    alarm, what = apply(await store.find(transaction.connection, alarm_id, change=True), signal)
    if alarm is not None and what:
        await store.save(transaction, alarm)
        await _tell(transaction, alarm, what)
    return alarm


async def _tell(transaction: Transaction, alarm: Alarm, what: Sequence[What]) -> None:
    for one in what:
        _told.labels(one).inc()
        event = EmergencyChanged(
            alarm_id=alarm.alarm_id,
            unit_id=alarm.unit_id,
            what=one,
            state=alarm.state.value,
            asked=alarm.asked,
            raised_at=alarm.raised_at,
            dispatch_id=alarm.dispatch_id,
            position=alarm.position,
            position_at=alarm.position_at,
            acknowledged_by=alarm.acknowledged_by.name if alarm.acknowledged_by else "",
            cleared_by=alarm.cleared_by.name if alarm.cleared_by else "",
            note=alarm.note,
        )
        await transaction.emit(event, stream=f"unit:{alarm.unit_id}")
