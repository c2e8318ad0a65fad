"""Emergencies as units report them: one row each, whatever its copies. The unit is informed until it has the
answer, and asked where it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from core.errors import SonghuaError, Unavailable
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.place import Position
from core.storage import Storage, Transaction
from field.contract.port import ReceiptSender
from field.emergency import store
from field.emergency.limits import ANSWER_WITHIN
from field.emergency.model import (
    EmergencyAlarm,
    EmergencyLocated,
    EmergencyReceived,
    EmergencyTick,
    apply,
)
from field.emergency.moves import move, tell
from field.events import AlarmState
from field.talkgroups import store as group_store
from field.units import store as unit_store
from field.units.places import store as place_store

_log = logger("field")

_alarms = counter("field_emergencies", "Emergency messages of units by what became of them", ["fate"])

_places = counter("field_emergency_places", "Units in an emergency that were asked where they are", ["fate"])

MOST_NAMES = 50
"""So many ids of its unit an alarm remembers. One more is the same alarm, and a new one after its answer."""

LOOK_EVERY_S = 0.5

ASK_PLACE_EVERY_S: Final = 10.0

FRESH: Final = timedelta(seconds=30)
"""A unit whose position is older is asked where it is."""

ASKED_FOR: Final = timedelta(minutes=15)
"""So long after the acknowledgement; before it, always."""

KNOWN_BEFORE: Final = timedelta(minutes=10)
"""So long before the emergency a position still tells where it is."""

_CALLS: Final = "radio.emergency-call"


class AlarmCarrier(ReceiptSender, Protocol):
    """What brings a unit what became of its alarm, as `UnitDriver` does."""

    async def send_alarm(self, alarm: EmergencyAlarm, seq: int) -> bool: ...

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

    async def hear(self, said: EmergencyReceived, msg_id: UUID) -> None:
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

    async def keep(self, said: EmergencyReceived) -> tuple[EmergencyAlarm, int] | None:
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
            await tell(transaction, alarm, what, said.at)
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
                await move(transaction, alarm_id, EmergencyTick(now), self._answer_within)
        for alarm in unclear:
            placed = places.get(alarm.unit_id)
            if placed is not None:
                fix = placed.fix
                where = Position(lon=fix.lon, lat=fix.lat, accuracy_m=fix.accuracy_m)
                await self._place(alarm, placed.measured_at, where, now)
            await self._ask_where(alarm, now)
        self._asked_at = {one.alarm_id: at for one in unclear if (at := self._asked_at.get(one.alarm_id))}
        return len(late)

    async def _place(
        self, alarm: EmergencyAlarm, measured_at: datetime, position: Position, now: datetime
    ) -> None:
        """What another way than the emergency's own messages tells: the register's newest position."""
        if measured_at < alarm.raised_at - KNOWN_BEFORE:
            return
        if alarm.position_at is not None and measured_at <= alarm.position_at:
            return
        async with self._storage.write() as transaction:
            await move(transaction, alarm.alarm_id, EmergencyLocated(now, position, measured_at))

    async def _ask_where(self, alarm: EmergencyAlarm, now: datetime) -> None:
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


async def _known(
    transaction: Transaction, said: EmergencyReceived
) -> tuple[EmergencyAlarm | None, EmergencyReceived]:
    """The alarm of this id, or the one that the id has joined."""
    connection = transaction.connection
    alarm = await store.find(connection, said.alarm_id, change=True)
    if alarm is None:
        alarm = await store.find_named(connection, said.alarm_id)
    return alarm, said if alarm is None else replace(said, alarm_id=alarm.alarm_id)


async def _joined(
    transaction: Transaction, said: EmergencyReceived
) -> tuple[EmergencyAlarm | None, EmergencyReceived]:
    """While an alarm of the unit waits for its answer, another one of it is the same one said again: with its
    place and its job. Once somebody has answered, a new one is raised, and rings, as an alarm of its own.
    """
    alarm = await store.unanswered_of(transaction.connection, said.unit_id, said.kind)
    if alarm is None:
        return None, said
    await store.name(transaction, alarm.alarm_id, said.alarm_id, most=MOST_NAMES)
    _alarms.labels("joined").inc()
    return alarm, replace(said, alarm_id=alarm.alarm_id)


async def _same_call(
    transaction: Transaction, said: EmergencyReceived
) -> tuple[EmergencyAlarm | None, EmergencyReceived]:
    """Who presses again in an emergency call that is open goes on with it."""
    unclear = await store.open_ones(transaction.connection, said.unit_id)
    known = next((one for one in unclear if one.kind == "call"), None)
    if known is None:
        return None, said
    return await store.find(transaction.connection, known.alarm_id, change=True), replace(
        said, alarm_id=known.alarm_id
    )


async def _with_case_and_group(transaction: Transaction, said: EmergencyReceived) -> EmergencyReceived:
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
