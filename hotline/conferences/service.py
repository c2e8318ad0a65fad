"""Incident conferences: what people ask for, what the switch says, and what is written down.

Who is in a conference is what the switch has: its messages, and its list after each connection and every few
seconds. So it is known after a restart of this process, and whoever vanished is seen to be gone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

from sqlalchemy import Row

from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.clock import Clock
from core.errors import Conflict, SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter, gauge
from core.numbers import PhoneNumber, dialled
from core.operations import OperationReused
from core.storage import Storage, StorageAway, Transaction
from core.switch import SwitchMessage
from core.tasks import Tasks
from hotline import rights
from hotline.conferences import store
from hotline.conferences.errors import (
    AlreadyInConference,
    ConferenceFull,
    ConferenceIsLocked,
    ConferencesElsewhere,
    NoSuchConference,
    NoSuchMember,
    NotReachable,
)
from hotline.conferences.events import CaseConferenceChanged
from hotline.conferences.model import (
    RECORDER_LEG,
    ConferenceParty,
    Conferences,
    IncidentConference,
    MemberKind,
    room_of,
)
from hotline.conferences.ports import ConferencePorts
from hotline.conferences.reduce import ConferenceFact, ConferenceOver, PartyMissed, RecordingBegan, apply
from hotline.conferences.signals import (
    ClockTold,
    ConferenceLocked,
    ConferenceOpened,
    ConferenceSignal,
    EndAsked,
    PartyAsked,
    PartyNotReached,
    RoomSeen,
    signal_of,
)
from hotline.conferences.view import ConferenceView, view
from hotline.outbound.callbacks.reachable import reachable
from hotline.outbound.conferences.policy import CallWay, ConferenceCall, ConferenceTarget
from hotline.outbound.conferences.settings import ConferenceSettings
from hotline.outbound.writing import CallStep, StepWriter
from hotline.ports import NamedCases

_log = logger("hotline")
_open = gauge("hotline_conferences_open", "Incident conferences that are open")
_here = gauge("hotline_conference_members", "Members who are in an incident conference now")
_ended = counter("hotline_conferences_ended", "Incident conferences that ended", ["cause"])
_missed = counter("hotline_conference_members_missed", "Members who did not come", ["outcome"])
_dropped = counter("hotline_conference_lines_dropped", "Steps of conferences that were not written down")
_waiting = gauge("hotline_conference_lines_waiting", "Steps of conferences that wait for the database")
_failed = counter("hotline_conference_room_messages_failed", "Messages that conferences failed on", ["event"])

LOOKS_EVERY_S: Final = 1.0
COMPARED_EVERY_S: Final = 5.0
NOBODYS_LEG_S: Final = 10.0
"""A talkgroup's or a recorder's leg that is not there after so long is not coming."""
MOST_WAITING: Final = 5_000
PRUNED_EVERY_S: Final = 3_600.0
CLEARED_WITHIN: Final = timedelta(days=1)
"""Rooms of conferences that ended so lately are looked into after a start: the end was cut short perhaps."""

ConferenceVerb = Literal["mute", "unmute", "remove", "lock", "unlock", "record", "stop-record", "end"]


class IncidentConferences:
    """The one writer of its tables. All methods run in the event loop's thread."""

    name = "incident-conferences"

    def __init__(
        self,
        settings: ConferenceSettings,
        ports: ConferencePorts,
        *,
        storage: Storage,
        clock: Clock,
        bus: Bus,
        audit: Audit,
        cases: NamedCases,
        area_code: str,
        way_out: Callable[[str], bool],
    ) -> None:
        self._settings = settings
        self._ports = ports
        self._storage = storage
        self._clock = clock
        self._bus = bus
        self._audit = audit
        self._cases = cases
        self._area_code = area_code
        self._way_out = way_out
        self.state: Conferences = {}
        self._targets: dict[UUID, ConferenceTarget] = {}
        self._line: dict[UUID, str] = {}
        """Which member has which telephone or talkgroup."""
        self._group_legs: dict[UUID, float] = {}
        """Legs to talkgroups that were asked for, and when."""
        self._recorders: dict[UUID, float] = {}
        """Conferences whose recorder was asked for and was not seen yet, and when."""
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._changes: dict[UUID, int] = {}
        """Counts what the switch said of a room: a list that was asked for before is of no use after."""
        self._compared: dict[UUID, float] = {}
        self._ends: dict[UUID, ConferenceOver] = {}
        """How conferences ended lately."""
        self._clearing: set[str] = set()
        """Rooms of conferences that are over, of which the switch has not said yet that nobody is there."""
        self._loaded = False
        self._loading = asyncio.Lock()
        self._soon = asyncio.Event()
        self.call_soon: Callable[[], None] = lambda: None
        """Told when somebody is to be called."""
        self._tasks = Tasks(self.name)
        self._writer = StepWriter(
            storage, clock, what="a step of a conference", limit=MOST_WAITING, dropped=_dropped,
            waiting=_waiting,
        )  # fmt: skip

    async def start(self) -> None:
        self._tasks.forever("write", self._writer.write_behind.run)
        self._tasks.forever("look", self._run)
        self._tasks.forever("prune", self._prune)

    async def stop(self) -> None:
        """Conferences go on without this process."""
        await self._tasks.stop()
        await self._writer.write_behind.write_last()

    # --- what people ask --------------------------------------------------------------------------------

    async def open(self, actor: Actor, case_id: UUID, op_id: UUID, *, join: bool) -> ConferenceView:
        """The case's open conference, a new one when it has none; `join`: the person's own telephone rings.

        Raises `Forbidden`, what the case refuses, `OperationReused`, `StorageAway`.
        """
        rights.HOLD_CONFERENCE.check(actor)
        await self._load()
        await self._cases.require(actor, [case_id])
        await self._audit.record(actor, "conference-open", f"case:{case_id}")
        now = self._clock.now()
        async with self._storage.write() as transaction:
            conference_id = await store.open_one(transaction.connection, op_id, case_id, actor.id, now)
            row = await store.find(transaction.connection, conference_id)
            if row is not None and row.case_id != case_id:
                raise OperationReused
        if row is not None and row.ended_at is None:
            self._take(
                ConferenceOpened(IncidentConference(conference_id, case_id, row.opened_at.timestamp()))
            )
        live = self.state.get(conference_id)
        if join and live is not None and self._ports.people.desk(actor.id) is not None:
            try:
                await self.add(actor, conference_id, _own(op_id), "desk", actor.id)
            except AlreadyInConference:
                _log.info("who opens a conference is in it already")
        return await self.show(actor, conference_id)

    async def add(
        self, actor: Actor, conference_id: UUID, op_id: UUID, kind: MemberKind, who: str
    ) -> ConferenceView:
        """Ask somebody in; the member's id is `op_id`, so asked twice it is one, and rings once. `who` is a
        user's id (`me`: the own), a number, a unit's name, or a talkgroup's.

        Raises `Forbidden`, `NoSuchConference`, `OperationReused`, `ConferenceIsLocked`, `ConferenceFull`,
        `AlreadyInConference`, `NotReachable`, what the talkgroup refuses, `StorageAway`.
        """
        who = actor.id if kind == "desk" and who == "me" else who
        async with self._alone(actor, conference_id) as conference:
            async with self._storage.read() as connection:
                first = await store.member(connection, op_id)
            if first is not None:
                self._require_same(first, conference_id, kind, who)
            if op_id not in conference.parties:
                await self._ask(actor, conference, op_id, kind, who)
        return await self.show(actor, conference_id)

    async def act(
        self, actor: Actor, conference_id: UUID, op_id: UUID, verb: ConferenceVerb, member_id: UUID | None
    ) -> ConferenceView:
        """Each may be asked twice: it is done once, or brings the same. Raises `Forbidden`,
        `NoSuchConference`, `NoSuchMember`, `OperationReused`, `core.errors.Unavailable`, `StorageAway`.
        """
        async with self._alone(actor, conference_id) as conference:
            async with self._storage.read() as connection:
                first = await store.find_act(connection, op_id)
            if first not in {None, (conference_id, verb, member_id)}:
                raise OperationReused
            detail = {"act": verb, **({} if member_id is None else {"member": str(member_id)})}
            await self._audit.record(actor, f"conference-{verb}", f"case:{conference.case_id}", detail)
            await self._do(self._now(conference_id), op_id, verb, member_id)
            async with self._storage.write() as transaction:
                if verb in {"lock", "unlock"}:
                    await store.set_locked(transaction.connection, conference_id, locked=verb == "lock")
                await store.add_act(
                    transaction.connection, op_id, conference_id, self._clock.now(), actor.id, verb, member_id
                )
            if verb == "end":
                self._take(EndAsked(conference_id, self._at()))
        return await self.show(actor, conference_id)

    async def show(self, actor: Actor, conference_id: UUID) -> ConferenceView:
        """One that is open or over. Raises `Forbidden`, `NoSuchConference`, what the case refuses."""
        rights.SEE_CONFERENCES.check(actor)
        async with self._storage.read() as connection:
            row = await store.find(connection, conference_id)
            members = await store.members_of(connection, [conference_id])
        if row is None:
            raise NoSuchConference(remedy="see GET /api/conferences")
        await self._cases.require(actor, [row.case_id])
        return self._view(row, members[conference_id])

    async def listed(self, actor: Actor, *, case_id: UUID | None, ended: bool) -> Sequence[ConferenceView]:
        """Those of cases that the person sees, the newest first. Raises `Forbidden`."""
        rights.SEE_CONFERENCES.check(actor)
        async with self._storage.read() as connection:
            rows = await store.listed(connection, case_id=case_id, ended=ended)
            members = await store.members_of(connection, [row.conference_id for row in rows])
        out = []
        for row in rows:
            try:
                await self._cases.require(actor, [row.case_id])
            except StorageAway:
                raise
            except SonghuaError:
                continue
            out.append(self._view(row, members[row.conference_id]))
        return out

    def _view(self, row: Row[Any], members: Sequence[Row[Any]]) -> ConferenceView:
        """What is over may not be written down yet."""
        live, over = self.state.get(row.conference_id), self._ends.get(row.conference_id)
        return view(row, members, live, None if live is not None or row.ended_at is not None else over)

    # --- whom the one engine calls: hotline.outbound.requests.CallRequests -------------------------------

    async def wanted(self) -> Sequence[ConferenceTarget]:
        """Members who are to be called, are being called, or have picked up."""
        # Those of an earlier run as well, from the first time on: who is in would be sent away.
        await self._load()
        return [
            target
            for conference in self.state.values()
            for one in conference.parties.values()
            if (one.awaited or one.present) and (target := self._targets.get(one.member_id)) is not None
        ]

    async def came(self, call: ConferenceCall) -> None:
        target = call.target
        if call.stage == "over":
            self._take(
                PartyNotReached(target.conference_id, target.call_id, call.outcome or "unknown", self._at())
            )

    async def press(self, call: ConferenceCall) -> Literal["done", "gone"]:  # noqa: ARG002  # no key counts
        return "gone"

    # --- what the switch says ---------------------------------------------------------------------------

    def on_message(self, message: SwitchMessage) -> None:
        """One live message. Never raises."""
        try:
            signal = signal_of(message, self._at())
            if signal is None:
                return
            self._changes[signal.conference_id] = self._changes.get(signal.conference_id, 0) + 1
            self._take(signal)
        except Exception:  # noqa: BLE001  # one message must never end the stream
            _failed.labels(message.name).inc()
            _log.exception("message failed", event_name=message.name)

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None:  # noqa: ARG002  # rooms are asked for
        """A new connection: each room is asked who is there."""
        self._compared.clear()
        self._soon.set()

    def on_link_down(self) -> None:
        """What was last seen stands until the next list."""

    # --- inside -----------------------------------------------------------------------------------------

    def _at(self) -> float:
        return self._clock.now().timestamp()

    def _now(self, conference_id: UUID) -> IncidentConference:
        conference = self.state.get(conference_id)
        if conference is None:
            raise NoSuchConference(remedy="see GET /api/conferences")
        return conference

    @asynccontextmanager
    async def _alone(self, actor: Actor, conference_id: UUID) -> AsyncIterator[IncidentConference]:
        """One request at a time changes a conference: what it has checked stands until it is done. Raises
        `Forbidden`, `NoSuchConference`, what the case refuses.
        """
        rights.HOLD_CONFERENCE.check(actor)
        await self._load()
        await self._cases.require(actor, [self._now(conference_id).case_id])
        # It exists as long as it is held or waited for.
        lock = self._locks.get(conference_id)
        if lock is None:
            lock = self._locks[conference_id] = asyncio.Lock()
        async with lock:
            yield self._now(conference_id)

    def _require_same(self, first: Row[Any], conference_id: UUID, kind: MemberKind, who: str) -> None:
        """Raises `OperationReused` when this id asked for somebody else, or into another conference."""
        if kind == "telephone":
            number = reachable(who, self._area_code)
            same = number is not None and first.line == _outside(number)
        else:
            same = first.who == who
        if not same or (first.conference_id, first.kind) != (conference_id, kind):
            raise OperationReused

    async def _ask(
        self, actor: Actor, conference: IncidentConference, member_id: UUID, kind: MemberKind, who: str
    ) -> None:
        conference_id = conference.conference_id
        if conference.locked:
            raise ConferenceIsLocked(remedy="unlock it first")
        here = [one for one in conference.parties.values() if one.present or one.awaited]
        if len(here) >= self._settings.most_members:
            raise ConferenceFull(remedy="see the setting hotline.conferences.most_members")
        new = await self._member(actor, conference_id, member_id, kind, who)
        if new.line in {self._line.get(one.member_id) for one in here}:
            raise AlreadyInConference
        detail = {"kind": kind, "member": str(member_id)}
        await self._audit.record(actor, "conference-add", f"case:{conference.case_id}", detail)
        async with self._storage.write() as transaction:
            first = await store.add_member(transaction.connection, new)
            if first is not None:
                # Written and not called, or by a request to another conference at this moment.
                self._require_same(first, conference_id, kind, who)
        self._line[member_id] = new.line
        self._expect(conference_id, new)

    async def _member(
        self, actor: Actor, conference_id: UUID, member_id: UUID, kind: MemberKind, who: str
    ) -> store.NewMember:
        make = partial(
            store.NewMember, member_id, conference_id, kind, added_by=actor.id, added_at=self._clock.now()
        )
        if not self._settings.enabled and kind != "talkgroup":
            raise NotReachable(remedy="the setting hotline.conferences.enabled keeps telephones from ringing")
        if kind == "desk":
            desk = self._ports.people.desk(who)
            if desk is None:
                raise NotReachable(remedy="this person has no telephone at the centre")
            return make(who=who, name=desk.name, phone=desk.phone, line=f"desk:{desk.phone}")
        if kind == "talkgroup":
            name = await self._ports.talkgroups.check(actor, who)
            return make(who=who, name=name, phone="", line=f"talkgroup:{who}")
        unit = await self._ports.people.unit(who) if kind == "unit" else None
        if kind == "unit" and unit is None:
            raise NotReachable(remedy="the unit has no telephone in its register")
        written = who if unit is None else unit.phone
        number = reachable(written, self._area_code)
        if number is None or not self._way_out(number.national):
            raise NotReachable(remedy="see that it is a number that the trunks lead to")
        phone = dialled(number, area_code=self._area_code)
        name = f"…{number.national[-4:]}" if unit is None else unit.name
        return make(who=name if unit is None else who, name=name, phone=phone, line=_outside(number))

    def _expect(self, conference_id: UUID, new: store.NewMember) -> None:
        """It is written down: it may be called."""
        self._take(PartyAsked(conference_id, ConferenceParty(new.member_id, new.kind)))
        self._remember(conference_id, new.member_id, new.kind, new.phone, new.line)
        if new.kind == "talkgroup":
            self._group_legs[new.member_id] = self._clock.monotonic()
            self._tasks.spawn("talkgroup", partial(self._place_group, conference_id, new.member_id, new.who))
        else:
            self.call_soon()

    def _remember(self, conference_id: UUID, member_id: UUID, kind: str, phone: str, line: str) -> None:
        if kind != "talkgroup" and phone:
            way: CallWay = "desk" if kind == "desk" else "outside"
            self._targets[member_id] = ConferenceTarget(
                member_id, conference_id, way, phone, line, room_of(conference_id)
            )

    async def _place_group(self, conference_id: UUID, member_id: UUID, group: str) -> None:
        try:
            await self._ports.bridge.place_talkgroup(room_of(conference_id), group, member_id)
        except SonghuaError as error:
            _log.warning("a talkgroup does not come into a conference", error=error.kind, talkgroup=group)
            self._take(PartyNotReached(conference_id, member_id, "not_placed", self._at()))

    async def _do(
        self, conference: IncidentConference, op_id: UUID, verb: ConferenceVerb, member_id: UUID | None
    ) -> None:
        bridge, room = self._ports.bridge, room_of(conference.conference_id)
        if verb in {"mute", "unmute", "remove"}:
            await self._do_to(conference, verb, member_id)
        elif verb in {"lock", "unlock"}:
            await bridge.lock(room, locked=verb == "lock")
            self._take(ConferenceLocked(conference.conference_id, verb == "lock"))
        elif verb == "record":
            await self._record(conference, op_id)
        elif verb == "stop-record":
            for leg in await bridge.legs(room):
                if leg.uniqueid.startswith(RECORDER_LEG):
                    await self._send_out(room, leg.channel)

    async def _record(self, conference: IncidentConference, op_id: UUID) -> None:
        """One recorder at most. The switch shows it a moment after it was placed."""
        conference_id, now = conference.conference_id, self._clock.monotonic()
        asked = self._recorders.get(conference_id)
        if conference.recorders or (asked is not None and now - asked <= NOBODYS_LEG_S):
            return
        self._recorders[conference_id] = now
        try:
            await self._ports.bridge.place_recorder(room_of(conference_id), uuid5(op_id, "recorder"))
        except SonghuaError:
            self._recorders.pop(conference_id, None)
            raise

    async def _do_to(self, conference: IncidentConference, verb: str, member_id: UUID | None) -> None:
        one = None if member_id is None else conference.parties.get(member_id)
        if one is None or not (one.present or one.awaited):
            raise NoSuchMember(remedy="see GET /api/conferences")
        room, bridge = room_of(conference.conference_id), self._ports.bridge
        if verb == "remove":
            self._targets.pop(one.member_id, None)
            if one.present:
                await self._send_out(room, one.channel)
            else:
                missed = PartyNotReached(conference.conference_id, one.member_id, "stopped", self._at())
                self._take(missed)
            self.call_soon()
        elif not one.present:
            raise NoSuchMember(remedy="wait until the member is there")
        else:
            await bridge.mute(room, one.channel, muted=verb == "mute")

    async def _send_out(self, room: str, channel: str) -> None:
        try:
            await self._ports.bridge.send_out(room, channel)
        except Conflict:
            return

    def _take(self, signal: ConferenceSignal) -> None:
        before = self.state
        self.state, facts = apply(before, signal)
        for fact in facts:
            self._keep(fact, before)
        _open.set(len(self.state))
        _here.set(sum(one.present for room in self.state.values() for one in room.parties.values()))
        for conference_id in {*before, *self.state}:
            known, now = before.get(conference_id), self.state.get(conference_id)
            if known != now:
                case_id = (now or known).case_id  # type: ignore[union-attr]
                self._bus.publish(
                    CaseConferenceChanged(conference_id=conference_id, case_id=case_id, over=now is None)
                )

    def _keep(self, fact: ConferenceFact, before: Conferences) -> None:
        if isinstance(fact, RecordingBegan):
            self._recorders.pop(fact.conference_id, None)
        if isinstance(fact, PartyMissed):
            _missed.labels(fact.outcome).inc()
        if isinstance(fact, ConferenceOver):
            _ended.labels(fact.cause).inc()
            self._ends[fact.conference_id] = fact
            self._forget(before.get(fact.conference_id))

        async def write(transaction: Transaction) -> None:
            await store.keep(transaction.connection, fact)

        self._writer.add(CallStep(write))

    def _forget(self, conference: IncidentConference | None) -> None:
        """It is over: nobody is called any more, and who is still there is sent out."""
        if conference is None:
            return
        room = room_of(conference.conference_id)
        for one in conference.parties.values():
            self._targets.pop(one.member_id, None)
            self._line.pop(one.member_id, None)
            self._group_legs.pop(one.member_id, None)
        self._changes.pop(conference.conference_id, None)
        self._recorders.pop(conference.conference_id, None)
        self._clearing.add(room)
        self._soon.set()
        self.call_soon()

    async def _clear(self) -> None:
        """Send out who is still in rooms that are over, again and again until the switch says that each is
        empty: a talkgroup or a recorder that nobody sends out stays for ever.
        """
        for room in list(self._clearing):
            try:
                legs = await self._ports.bridge.legs(room)
                for leg in legs:
                    await self._send_out(room, leg.channel)
            except Unavailable:
                return
            if not legs:
                self._clearing.discard(room)

    # --- time -------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except StorageAway:
                _log.warning("conferences are not read: the database is away")
            try:
                async with asyncio.timeout(LOOKS_EVERY_S):
                    await self._soon.wait()
            except TimeoutError:
                pass
            self._soon.clear()

    async def _look(self) -> None:
        await self._load()
        if not self._ports.bridge.up:
            return
        await self._clear()
        now = self._clock.monotonic()
        for conference_id in list(self.state):
            if now - self._compared.get(conference_id, -COMPARED_EVERY_S) >= COMPARED_EVERY_S:
                await self._compare(conference_id)
        for member_id, asked in list(self._group_legs.items()):
            if now - asked > NOBODYS_LEG_S:
                self._group_missed(member_id)
        self._take(ClockTold(self._at()))

    async def _load(self) -> None:
        """Take up what an earlier run left open, once. Raises `ConferencesElsewhere` where another centre
        holds them: two would call the same people.
        """
        if not self._storage.leads:
            raise ConferencesElsewhere(remedy="work at the desk of the switch that leads")
        async with self._loading:
            if self._loaded:
                return
            async with self._storage.read() as connection:
                found = await store.open_ones(connection)
                over = await store.ended_since(connection, self._clock.now() - CLEARED_WITHIN)
            self._clearing |= {room_of(one) for one in over}
            for conference, rows in found:
                for row in rows:
                    self._line[row.member_id] = row.line
                    self._remember(conference.conference_id, row.member_id, row.kind, row.phone, row.line)
                    if row.kind == "talkgroup":
                        self._group_legs[row.member_id] = self._clock.monotonic()
                self._take(ConferenceOpened(conference))
            self._loaded = True

    async def _compare(self, conference_id: UUID) -> None:
        room, counted = room_of(conference_id), self._changes.get(conference_id, 0)
        try:
            legs = await self._ports.bridge.legs(room)
        except (Unavailable, Conflict):
            return
        self._compared[conference_id] = self._clock.monotonic()
        if self._changes.get(conference_id, 0) == counted:
            self._take(RoomSeen(conference_id, tuple(legs), self._at()))

    def _group_missed(self, member_id: UUID) -> None:
        del self._group_legs[member_id]
        for conference in list(self.state.values()):
            if member_id in conference.parties:
                self._take(PartyNotReached(conference.conference_id, member_id, "unreachable", self._at()))

    async def _prune(self) -> None:
        while True:
            lately = (self._clock.now() - CLEARED_WITHIN).timestamp()
            self._ends = {one: over for one, over in self._ends.items() if over.at >= lately}
            before = self._clock.now() - timedelta(days=self._settings.kept_days)
            async with self._storage.write() as transaction:
                await store.prune(transaction.connection, before)
            await asyncio.sleep(PRUNED_EVERY_S)


def _own(op_id: UUID) -> UUID:
    """The member's id of who opens a conference: the same for the same operation."""
    return uuid5(op_id, "own")


def _outside(number: PhoneNumber) -> str:
    """The line of a telephone outside: the same however its number is written."""
    return f"outside:{hashlib.sha256(number.key.encode()).hexdigest()[:24]}"
