"""Emergencies in the database, one row each, whatever its copies; its unit is told until it has the answer,
and asked where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from core.actor import Actor, system
from core.errors import Conflict, Invalid, SonghuaError, Unavailable
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.place import Position
from core.storage import Storage, Transaction
from radio_bridge import rights
from radio_bridge.emergency import store
from radio_bridge.emergency.model import (
    ANSWER_WITHIN,
    LADDER,
    Acknowledge,
    Alarm,
    AlarmState,
    Clear,
    Heard,
    Person,
    Placed,
    Tick,
    What,
    apply,
)
from radio_bridge.errors import UnknownAlarm
from radio_bridge.events import EmergencyChanged
from radio_bridge.ports import Audit
from radio_bridge.talkgroups import store as group_store
from radio_bridge.units import store as unit_store
from radio_bridge.units.places import store as place_store

_log = logger("radio_bridge")
_alarms = counter("radio_bridge_emergencies", "Emergency messages of units by what became of them", ["fate"])
_places = counter(
    "radio_bridge_emergency_places", "Units in an emergency that were asked where they are", ["fate"]
)
_told = counter("radio_bridge_emergency_told", "What was told about emergencies", ["what"])

MOST_NAMES = 50
"""So many ids of its unit an alarm remembers. One more is the same alarm, and a new one after its answer."""
MOST_LISTED = 500
MOST_NOTE = 1000
LOOK_EVERY_S = 0.5
ASK_PLACE_EVERY_S: Final = 10.0
FRESH: Final = timedelta(seconds=30)
"""A unit whose position is older is asked where it is."""
ASKED_FOR: Final = timedelta(minutes=15)
"""So long after the acknowledgement; before it, always."""
KNOWN_BEFORE: Final = timedelta(minutes=10)
"""So long before the emergency a position still tells where it is."""
_CALLS: Final = "radio.emergency-call"
_SERVICE: Final = system("emergencies").id


class EmergencyDesk:
    """What people at the centre do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: Audit | None) -> None:
        self._storage = storage
        self._audit = audit

    async def listed(
        self, actor: Actor, *, cleared: bool = False, case_id: UUID | None = None, limit: int = 100
    ) -> Sequence[Alarm]:
        """Those that are not cleared, with `cleared` all, with `case_id` all of that case."""
        rights.EMERGENCIES.check(actor)
        async with self._storage.read() as connection:
            if case_id is not None:
                return await store.of_case(connection, case_id)
            return await store.listed(connection, cleared=cleared, limit=min(limit, MOST_LISTED))

    async def get(self, actor: Actor, alarm_id: UUID) -> Alarm:
        """Raises `UnknownAlarm`."""
        rights.EMERGENCIES.check(actor)
        async with self._storage.read() as connection:
            alarm = await store.find(connection, alarm_id)
        if alarm is None:
            raise UnknownAlarm(remedy="see GET /api/emergencies")
        return alarm

    async def asking_supervisors(self) -> Sequence[Alarm]:
        """Alarms that no dispatcher has answered in time, as they stand in the database; the oldest first."""
        async with self._storage.read() as connection:
            return await store.asking(connection, LADDER[-1], MOST_LISTED)

    async def acknowledge(self, actor: Actor, alarm_id: UUID) -> Alarm:
        """Answer an alarm by name; the same person again changes nothing.

        Raises `UnknownAlarm`, and `Conflict` with the name of who was first.
        """
        rights.EMERGENCIES.check(actor)
        who = Person(actor.id, actor.name)
        alarm = await self._do(alarm_id, Acknowledge(who, self._storage.clock.now()))
        first = alarm.acknowledged_by
        if first is None or first.id != actor.id:
            by = "" if first is None else first.name
            raise Conflict("somebody has acknowledged it", remedy="see GET /api/emergencies", by=by)
        await self._record(actor, "emergency-acknowledge", alarm_id)
        return alarm

    async def clear(self, actor: Actor, alarm_id: UUID, note: str, *, false_alarm: bool = False) -> Alarm:
        """End an emergency that was acknowledged; a false alarm's case is cancelled, when nothing else is in
        it. Raises `UnknownAlarm`, `Invalid` without a note, `Conflict`.
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

    async def _do(self, alarm_id: UUID, signal: Acknowledge | Clear) -> Alarm:
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

    async def ask_place(self, unit_id: str, seq: int) -> bool:
        """Ask the unit where it is, over every bearer that can; whether one took it."""
        ...


class EmergencyWatch:
    """What units say, and the clock that does not let an alarm rest."""

    def __init__(
        self, storage: Storage, network: AlarmCarrier, *, answer_within: timedelta = ANSWER_WITHIN
    ) -> None:
        self._storage = storage
        self._network = network
        self._answer_within = answer_within
        self._asked_at: dict[UUID, float] = {}
        """When each open emergency's unit was last asked where it is."""

    async def hear(self, said: Heard, msg_id: UUID) -> None:
        """Keep the alarm, once, and tell the unit how far it is: committed, acknowledged by whom, cleared.

        It is told under the id that it has said, also where that joined another alarm of it.
        """
        kept = await self.keep(said)
        if kept is None:
            return
        alarm, seq = replace(kept[0], alarm_id=said.alarm_id), kept[1]
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
            alarm, said = await _known(transaction, said)
            if alarm is None and said.kind == "call":
                if not await transaction.first_time(_CALLS, str(said.alarm_id)):
                    _alarms.labels("again").inc()
                    return None
                alarm, said = await _same_call(transaction, said)
            if alarm is not None and alarm.unit_id != said.unit_id:
                _alarms.labels("foreign").inc()
                _log.warning("a unit says another unit's alarm", unit=said.unit_id)
                return None
            if alarm is None and said.kind == "alarm":
                alarm, said = await _joined(transaction, said)
            if alarm is None:
                said = await _with_case_and_group(transaction, said)
            _alarms.labels("raised" if alarm is None else "again").inc()
            alarm, what = apply(alarm, said, answer_within=self._answer_within)
            assert alarm is not None  # what was heard is an alarm
            await (store.add if "raised" in what else store.save)(transaction, alarm)
            await _tell(transaction, alarm, what, said.at)
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
        """Ask the next one about each alarm that nobody has answered in time; how many there were. And look
        where the units of open emergencies are.
        """
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            late = await store.due(connection, now)
            unclear = await store.open_ones(connection)
            places = await place_store.places_of(connection, {one.unit_id for one in unclear})
        for alarm_id in late:
            async with self._storage.write() as transaction:
                await _move(transaction, alarm_id, Tick(now), self._answer_within)
        for alarm in unclear:
            placed = places.get(alarm.unit_id)
            if placed is not None:
                fix = placed.fix
                where = Position(lon=fix.lon, lat=fix.lat, accuracy_m=fix.accuracy_m)
                await self._place(alarm, placed.measured_at, where, now)
            await self._ask_where(alarm, now)
        self._asked_at = {one.alarm_id: at for one in unclear if (at := self._asked_at.get(one.alarm_id))}
        return len(late)

    async def _place(self, alarm: Alarm, measured_at: datetime, position: Position, now: datetime) -> None:
        """What another way than the emergency's own messages tells: the register's newest position."""
        if measured_at < alarm.raised_at - KNOWN_BEFORE:
            return
        if alarm.position_at is not None and measured_at <= alarm.position_at:
            return
        async with self._storage.write() as transaction:
            await _move(transaction, alarm.alarm_id, Placed(now, position, measured_at))

    async def _ask_where(self, alarm: Alarm, now: datetime) -> None:
        """Over every bearer, until it has said where it is, and again when that is old."""
        if alarm.acknowledged_at is not None and now > alarm.acknowledged_at + ASKED_FOR:
            return
        if alarm.position_at is not None and alarm.position_at >= max(alarm.raised_at, now - FRESH):
            return
        asked_at, moment = self._asked_at.get(alarm.alarm_id), self._storage.clock.monotonic()
        if asked_at is not None and moment < asked_at + ASK_PLACE_EVERY_S:
            return
        self._asked_at[alarm.alarm_id] = moment
        async with self._storage.write() as transaction:
            seq = await unit_store.next_seq(transaction, alarm.unit_id)
        try:
            asked = await self._network.ask_place(alarm.unit_id, seq)
        except SonghuaError as error:
            _log.info("the unit is asked later where it is", unit=alarm.unit_id, error=error.kind)
            return
        _places.labels("asked" if asked else "not_there").inc()


async def _known(transaction: Transaction, said: Heard) -> tuple[Alarm | None, Heard]:
    """The alarm of this id, or the one that the id has joined."""
    connection = transaction.connection
    alarm = await store.find(connection, said.alarm_id, change=True)
    if alarm is None:
        alarm = await store.find_named(connection, said.alarm_id)
    return alarm, said if alarm is None else replace(said, alarm_id=alarm.alarm_id)


async def _joined(transaction: Transaction, said: Heard) -> tuple[Alarm | None, Heard]:
    """While an alarm of the unit waits for its answer, another one of it is the same one said again: with its
    place and its job. Once somebody has answered, a new one is raised, and rings, as an alarm of its own.
    """
    alarm = await store.unanswered_of(transaction.connection, said.unit_id, said.kind)
    if alarm is None:
        return None, said
    await store.name(transaction, alarm.alarm_id, said.alarm_id, most=MOST_NAMES)
    _alarms.labels("joined").inc()
    return alarm, replace(said, alarm_id=alarm.alarm_id)


async def _same_call(transaction: Transaction, said: Heard) -> tuple[Alarm | None, Heard]:
    """Who presses again in an emergency call that is open goes on with it."""
    unclear = await store.open_ones(transaction.connection, said.unit_id)
    known = next((one for one in unclear if one.kind == "call"), None)
    if known is None:
        return None, said
    return await store.find(transaction.connection, known.alarm_id, change=True), replace(
        said, alarm_id=known.alarm_id
    )


async def _with_case_and_group(transaction: Transaction, said: Heard) -> Heard:
    """A new emergency of a unit that has an open one joins that one's case."""
    unclear = await store.open_ones(transaction.connection, said.unit_id)
    case_id = next((one.case_id for one in unclear if one.case_id is not None), None) or uuid7()
    return replace(
        said, case_id=case_id, talkgroup=said.talkgroup or await _group_of(transaction, said.unit_id)
    )


async def _group_of(transaction: Transaction, unit_id: str) -> str:
    """Where an alarm's crew can be heard and spoken to: an incident's group first, then by name."""
    connection = transaction.connection
    on = (await group_store.groups_by_unit(connection, unit_id)).get(unit_id)
    names = set(on or await group_store.put_on_by(connection, unit_id))
    found = [group for group in await group_store.all_groups(connection) if group.tg_id in names]
    found.sort(key=lambda group: (group.case_id is None, group.tg_id))
    return found[0].tg_id if found else ""


async def _move(
    transaction: Transaction,
    alarm_id: UUID,
    signal: Tick | Placed | Acknowledge | Clear,
    answer_within: timedelta = ANSWER_WITHIN,
) -> Alarm | None:
    before = await store.find(transaction.connection, alarm_id, change=True)
    alarm, what = apply(before, signal, answer_within=answer_within)
    if alarm is not None and alarm != before:
        await store.save(transaction, alarm)
        await _tell(transaction, alarm, what, signal.at)
    return alarm


async def _tell(transaction: Transaction, alarm: Alarm, what: Sequence[What], at: datetime) -> None:
    if not what:
        return
    unit = await unit_store.find(transaction.connection, alarm.unit_id)
    nothing = alarm.false_alarm and await _is_nothing(transaction, alarm)
    for one in what:
        _told.labels(one).inc()
        event = EmergencyChanged(
            at=at,
            alarm_id=alarm.alarm_id,
            unit_id=alarm.unit_id,
            what=one,
            state=alarm.state.value,
            asked=alarm.asked,
            raised_at=alarm.raised_at,
            kind=alarm.kind,
            talkgroup=alarm.talkgroup,
            case_id=alarm.case_id,
            unit_name=alarm.unit_id if unit is None else unit.name,
            actor=_actor(alarm, one),
            repeats=alarm.repeats,
            dispatch_id=alarm.dispatch_id,
            position=alarm.position,
            position_at=alarm.position_at,
            acknowledged_by=alarm.acknowledged_by.name if alarm.acknowledged_by else "",
            cleared_by=alarm.cleared_by.name if alarm.cleared_by else "",
            note=alarm.note,
            false_alarm=alarm.false_alarm,
            nothing_in_case=nothing,
        )
        await transaction.emit(event, stream=f"unit:{alarm.unit_id}")


async def _is_nothing(transaction: Transaction, alarm: Alarm) -> bool:
    """Whether every emergency of its case is over and was a false alarm."""
    if alarm.case_id is None:
        return False
    same = await store.of_case(transaction.connection, alarm.case_id)
    return all(one.false_alarm and not one.is_open for one in same)


def _actor(alarm: Alarm, what: What) -> str:
    match what:
        case "acknowledged":
            return alarm.acknowledged_by.id if alarm.acknowledged_by else ""
        case "cleared":
            return alarm.cleared_by.id if alarm.cleared_by else ""
        case "escalated":
            return _SERVICE
    return alarm.unit_id
