"""A field unit's terminal without a screen: takes jobs, says what the crew says, survives cuts and kills.

A job is acknowledged after it is on the disk; a message is sent again until the centre's receipt comes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar
from uuid import UUID

from cases.events import CrewStep, DispatchStep
from core.clock import Clock, SystemClock
from core.errors import Invalid, SonghuaError, Unavailable
from core.ids import uuid7
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from core.place import Position
from core.tasks import Tasks
from field.contract.mobile import codec, topics
from field.contract.mobile import whereabouts as field
from field.contract.mobile.messages import (
    DOWN,
    MAX_TEXT,
    Acknowledgement,
    CaseMessage,
    Command,
    Hello,
    JobBody,
    Payload,
    StatusMessage,
    Sync,
)
from gateway.mqtt import BrokerAway, BrokerSettings, MqttLink, PresenceTopic, Received
from gateway.unit_cli.jobs import ACK_STEPS, TerminalJob, UnconfirmedMessage
from gateway.unit_cli.store import UP_SEQ, TerminalStore

_log = logger("unit")
_dropped = counter("unit_down_dropped", "Messages for this terminal that were dropped", ["why"])

T = TypeVar("T")

LAST_SEQ = "last_down_seq"
POLL_S = 0.5
RESEND_S = 15.0
HELLO_PAUSE_S = 2.0
WATCH_S = 1.0
PLACE_S = 10.0


@dataclass(frozen=True, slots=True)
class TerminalChange:
    """What the terminal tells its screen."""

    kind: Literal["job", "recalled", "gone", "confirmed", "online", "offline", "denied", "groups"]
    dispatch_id: UUID | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TerminalIdentity:
    """What the terminal says of itself: the talkgroups that it listens to (None: nothing about them), on each
    connection, and where it is, every ten seconds.
    """

    groups: Sequence[str] | None = None
    place: Position | None = None


class UnitTerminal:
    """`uid` is the unit's name, also its account at the broker and its session there.

    One process at a time may be started for a store; others may `report` into it.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        uid: str,
        store: TerminalStore,
        itself: TerminalIdentity | None = None,
        clock: Clock | None = None,
        on_change: Callable[[TerminalChange], None] | None = None,
    ) -> None:
        self.uid = uid
        self.store = store
        self._itself = itself or TerminalIdentity()
        self._tenant = settings.tenant
        self._clock = clock or SystemClock()
        self._on_change = on_change or (lambda _change: None)
        self._changed = asyncio.Event()
        self._wake = asyncio.Event()
        self._sent: dict[UUID, float] = {}
        self._hello_due = asyncio.Event()
        self._place_due = asyncio.Event()
        self._tasks = Tasks("unit")
        self.link = MqttLink(
            settings, client_id=uid, presence=PresenceTopic(topics.state(settings.tenant, uid))
        )
        self.link.subscribe(topics.down(settings.tenant, uid, "#"), self._on_message, name=f"unit.{uid}")
        self.link.on_connect(self._on_connect)

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the terminal."""
        return self.link.connected

    async def start(self) -> None:
        """Begin to connect; returns at once, also without a broker."""
        self._tasks.forever("send", self._send)
        self._tasks.forever("hello", self._say_hello)
        self._tasks.forever("watch", self._watch)
        if self._itself.place is not None:
            self._tasks.forever("place", partial(self._say_place, self._itself.place))
        await self.link.start()

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.link.stop()

    def jobs(self) -> list[TerminalJob]:
        """Jobs that the terminal keeps, in the order in which they came."""
        return self.store.jobs()

    def report(self, dispatch_id: UUID, step: CrewStep, *, note: str = "", reason: str = "") -> UUID:
        """Say `step` about a job: kept at once, sent when possible, until the centre confirms it.

        Returns the message's id. The same step again is the same message. Raises `UnknownJob`, `JobClosed`.
        """
        msg_id = say(self.store, self._clock, dispatch_id, step, note=note, reason=reason)
        self._wake.set()
        return msg_id

    async def wait_for_job(self, dispatch_id: UUID | None = None, *, timeout_s: float = 10.0) -> TerminalJob:
        """The first open job that nothing but its delivery was said about, or the given one."""

        def found() -> TerminalJob | None:
            return next(
                (
                    job
                    for job in self.jobs()
                    if (job.dispatch_id == dispatch_id if dispatch_id else job.step in {"", "delivered"})
                ),
                None,
            )

        return await self._wait(found, timeout_s)

    async def wait_confirmed(self, *, timeout_s: float = 10.0) -> None:
        """Until the centre has confirmed all that was said. Raises `TimeoutError`."""
        await self._wait(lambda: None if self.store.unconfirmed() else True, timeout_s)

    async def _wait(self, found: Callable[[], T | None], timeout_s: float) -> T:
        async with asyncio.timeout(timeout_s):
            while True:
                self._changed.clear()
                result = found()
                if result is not None:
                    return result
                await self._changed.wait()

    async def _on_connect(self) -> None:
        self._sent.clear()
        self._tell(TerminalChange("online"))
        self._hello_due.set()
        self._wake.set()

    async def _on_message(self, message: Received) -> None:
        try:
            address = topics.parse(self._tenant, message.topic)
            # What this terminal does not show still counts as heard: nothing is missing before the next one.
            model = (DOWN | field.DOWN).get(address.kind, Payload)
            said = codec.decode(model, message.payload, limit=codec.MAX_DOWN_BYTES)
        except Malformed as error:
            _dropped.labels("malformed").inc()
            _log.warning("message dropped", why=str(error))
            return
        changes = self._take(said)
        for change in changes:
            self._tell(change)
        self._wake.set()

    def _take(self, said: Payload) -> list[TerminalChange]:
        """All that one message changes, kept together."""
        changes: list[TerminalChange] = []
        with self.store.writing():
            before = self.store.number(LAST_SEQ)
            if said.seq > before + 1 and before and not isinstance(said, Sync):
                # Something between is missing: the list of open jobs will say.
                self._hello_due.set()
            match said:
                case CaseMessage(job=job):
                    changes += self._take_job(job, said.seq)
                case Sync(jobs=jobs, complete=complete):
                    for job in jobs:
                        changes += self._take_job(job, said.seq)
                    if complete:
                        gone = self.store.end_missing({job.dispatch_id for job in jobs}, said.seq)
                        changes += [TerminalChange("gone", dispatch_id) for dispatch_id in gone]
                case Command():
                    changes += self._take_command(said)
                case field.GroupsMessage(groups=groups):
                    on = [group.tg_id for group in groups if group.on]
                    changes.append(TerminalChange("groups", detail=", ".join(on)))
                case _:
                    _dropped.labels("not_shown").inc()
            self.store.raise_number(LAST_SEQ, said.seq)
        return changes

    def _take_command(self, command: Command) -> list[TerminalChange]:
        match command:
            case Command(cmd="recall", dispatch_id=UUID() as dispatch_id, reason=reason):
                known = self.store.end(dispatch_id, "recalled", reason)
                return [TerminalChange("recalled", dispatch_id, reason)] if known else []
            case Command(cmd="locate"):
                self._place_due.set()
                return []
            case Command(cmd="receipt", of=UUID() as of):
                return [TerminalChange("confirmed", detail=str(of))] if self.store.confirm(of) else []
            case _:
                _dropped.labels("not_shown").inc()
                return []

    def _take_job(self, job: JobBody, seq: int) -> list[TerminalChange]:
        if not self.store.take(job, seq):
            return []
        say(self.store, self._clock, job.dispatch_id, DispatchStep.DELIVERED)
        return [TerminalChange("job", job.dispatch_id)]

    def _tell(self, change: TerminalChange) -> None:
        self._changed.set()
        self._on_change(change)

    async def _send(self) -> None:
        while True:
            self._wake.clear()
            if self.connected:
                await self._send_due()
            # Another process may have put something into the store.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()

    async def _send_due(self) -> None:
        now = self._clock.monotonic()
        for message in self.store.unconfirmed():
            last = self._sent.get(message.msg_id)
            if last is not None and now - last < RESEND_S:
                continue
            if not await self._publish(message):
                return
            self._sent[message.msg_id] = now

    async def _publish(self, message: UnconfirmedMessage) -> bool:
        try:
            await self.link.publish(topics.up(self._tenant, self.uid, message.kind), message.payload)
        except BrokerAway:
            return False
        except SonghuaError as error:
            _log.error("the broker refuses this terminal's message", error=error.kind)
            self._tell(TerminalChange("denied", message.dispatch_id, error.detail))
        return True

    async def _watch(self) -> None:
        """Tell why there is no connection, once for each cause."""
        told = ""
        while True:
            await asyncio.sleep(WATCH_S)
            health = self.link.health()
            if health.state != "up" and health.why != told:
                self._tell(TerminalChange("offline", detail=health.why))
            told = health.why

    async def _say_hello(self) -> None:
        while True:
            await self._hello_due.wait()
            self._hello_due.clear()
            last_seq = self.store.number(LAST_SEQ)
            seq = self.store.next_number(UP_SEQ)
            hello = Hello(msg_id=uuid7(), seq=seq, ts=self._clock.now(), last_seq=last_seq)
            try:
                await self.link.publish(topics.up(self._tenant, self.uid, "hello"), codec.encode(hello))
                await self._say_groups()
            except Unavailable:
                continue
            await asyncio.sleep(HELLO_PAUSE_S)

    async def _say_groups(self) -> None:
        """Raises `Unavailable`; the next hello says it again."""
        groups = self._itself.groups
        if groups is None:
            return
        seq = self.store.next_number(UP_SEQ)
        said = field.Affiliation(
            msg_id=uuid7(), seq=seq, ts=self._clock.now(), sent=self._clock.now(), groups=list(groups)
        )
        await self.link.publish(topics.up(self._tenant, self.uid, "affiliate"), codec.encode(said))

    async def _say_place(self, place: Position) -> None:
        """A position is news or nothing: without a connection it is not said. When asked for, at once."""
        while True:
            self._place_due.clear()
            if self.connected:
                now = self._clock.now()
                said = field.Location(
                    msg_id=uuid7(), seq=self.store.next_number(UP_SEQ), ts=now, sent=now, fix_at=now,
                    lon=place.lon, lat=place.lat, accuracy_m=place.accuracy_m,
                )  # fmt: skip
                topic = topics.up(self._tenant, self.uid, "location")
                with contextlib.suppress(Unavailable):
                    await self.link.publish(topic, codec.encode(said), expiry_s=field.LOCATION_EXPIRY_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PLACE_S if self.connected else POLL_S):
                    await self._place_due.wait()


def say(
    store: TerminalStore, clock: Clock, dispatch_id: UUID, step: CrewStep, *, note: str = "", reason: str = ""
) -> UUID:
    """Put a report into the store, for whichever process sends from it. Raises `Invalid` for a long text."""
    if len(note) > MAX_TEXT or len(reason) > MAX_TEXT:
        raise Invalid(f"a note or reason has at most {MAX_TEXT} characters")

    def compose(msg_id: UUID, seq: int) -> bytes:
        if step in ACK_STEPS:
            return codec.encode(
                Acknowledgement(
                    msg_id=msg_id, seq=seq, ts=clock.now(), dispatch_id=dispatch_id, step=step, reason=reason
                )
            )
        return codec.encode(
            StatusMessage(
                msg_id=msg_id, seq=seq, ts=clock.now(), dispatch_id=dispatch_id, step=step,
                note=note, reason=reason,
            )
        )  # fmt: skip

    return store.say(dispatch_id, step, "ack" if step in ACK_STEPS else "status", compose)
