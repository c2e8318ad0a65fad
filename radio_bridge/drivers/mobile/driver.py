"""Mobile terminals over MQTT: the topics of the contract on one side, the room's own words on the other.

What is malformed is counted and dropped; what the room cannot take now is not acknowledged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.log import logger
from core.metrics import counter
from core.place import Position
from core.room import Health
from radio_bridge.dispatches.model import Job, Report
from radio_bridge.drivers.capabilities import Can, Caps
from radio_bridge.drivers.port import SaidText, UnitSink
from radio_bridge.emergency.model import Alarm, AlarmState, Heard
from radio_bridge.errors import Malformed
from radio_bridge.mobile import codec, crew, topics
from radio_bridge.mobile.messages import (
    ELSEWHERE_UP,
    UP,
    Acknowledgement,
    CaseMessage,
    Command,
    Hello,
    JobBody,
    Payload,
    Presence,
    Status,
    Sync,
    aged,
    said_at,
)
from radio_bridge.photos.model import Announced, Photo
from radio_bridge.ports import Link, Message
from radio_bridge.texts.model import Seen, Text

_log = logger("radio_bridge")
_dropped = counter("radio_bridge_up_dropped", "Messages of terminals that were dropped", ["why"])


CAPS: Final = Caps(
    frozenset(
        {
            Can.PRESENCE,
            Can.JOB,
            Can.TEXT,
            Can.TEXT_REPORT,
            Can.TEXT_DISPLAYED,
            Can.STATUS,
            Can.LOCATION,
            Can.EMERGENCY_ALARM,
            Can.GROUPS,
        }
    )
)

Taker = Callable[[str, bytes], Awaitable[None]]


class MobileDriver:
    """Implements `radio_bridge.drivers.port.UnitDriver` on a link to the broker."""

    network = "app"
    kind = "mobile"
    caps = CAPS

    def __init__(self, link: Link, clock: Clock, *, tenant: str, receipt_expiry_s: float) -> None:
        self._link = link
        self._clock = clock
        self._tenant = tenant
        self._receipt_expiry_s = receipt_expiry_s
        self._sink: UnitSink | None = None
        self._takers: dict[str, Taker] = dict.fromkeys(ELSEWHERE_UP, _leave)

    def take(self, kind: str, taker: Taker) -> None:
        """Give what comes on `up/{kind}` to `taker`: the unit and the payload. Before the link starts.

        It returns when the message may be acknowledged, and raises `Malformed` for what is no message.
        """
        self._takers[kind] = taker

    async def send(self, unit_id: str, kind: str, message: Payload, *, expiry_s: float | None = None) -> bool:
        """Send on `down/{kind}`: True when the broker holds it for the unit, False when it is not there.

        Raises `Unavailable`.
        """
        topic = topics.down(self._tenant, unit_id, kind)
        return await self._link.publish(topic, codec.encode(message), expiry_s=expiry_s)

    def attach(self, sink: UnitSink, on_up: Callable[[], Awaitable[None]]) -> None:
        self._sink = sink
        root = f"v1/{self._tenant}/unit/+"
        self._link.subscribe(f"{root}/up/#", self.on_message, name="unit-up")
        self._link.subscribe(f"{root}/state", self.on_message, name="unit-state")
        self._link.on_connect(on_up)

    async def on_message(self, message: Message) -> None:
        """Returns when the message may be acknowledged."""
        try:
            await self._take(topics.parse(self._tenant, message.topic), message.payload)
        except Malformed as error:
            _dropped.labels("malformed").inc()
            _log.warning("terminal's message dropped", why=str(error))

    async def send_job(self, job: Job) -> bool:
        message = CaseMessage(msg_id=job.msg_id, seq=job.seq, ts=self._clock.now(), job=_body(job))
        return await self.send(job.unit_id, "case", message)

    async def send_recall(self, job: Job) -> bool:
        message = Command(
            msg_id=job.msg_id,
            seq=job.seq,
            ts=self._clock.now(),
            cmd="recall",
            dispatch_id=job.dispatch_id,
            reason=job.reason[:2000],
        )
        return await self.send(job.unit_id, "cmd", message)

    async def send_receipt(self, unit_id: str, of: UUID, seq: int) -> bool:
        message = Command(seq=seq, ts=self._clock.now(), cmd="receipt", of=of)
        return await self.send(unit_id, "cmd", message, expiry_s=self._receipt_expiry_s)

    async def send_open_jobs(self, unit_id: str, jobs: Sequence[Job], seq: int, *, complete: bool) -> bool:
        bodies = [_body(job) for job in jobs]
        message = Sync(seq=seq, ts=self._clock.now(), jobs=bodies, complete=complete)
        while len(codec.encode(message)) > codec.MAX_DOWN_BYTES:
            bodies.pop()
            message = message.model_copy(update={"jobs": bodies, "complete": False})
        return await self.send(unit_id, "sync", message, expiry_s=self._receipt_expiry_s)

    async def send_text(self, text: Text) -> bool:
        left = (text.expires_at - self._clock.now()).total_seconds()
        message = crew.TextMessage(
            msg_id=text.text_id, seq=text.seq, ts=text.at, text=text.text, by=text.by_name[:200]
        )
        return await self.send(text.unit_id, "text", message, expiry_s=max(1.0, left))

    async def send_alarm(self, alarm: Alarm, seq: int) -> bool:
        cleared = alarm.state is AlarmState.CLEARED
        by = alarm.cleared_by if cleared else alarm.acknowledged_by
        message = Command(
            seq=seq,
            ts=self._clock.now(),
            cmd="clear" if cleared else "acknowledge",
            alarm_id=alarm.alarm_id,
            by="" if by is None else by.name[:200],
            reason=alarm.note,
        )
        return await self.send(alarm.unit_id, "cmd", message, expiry_s=self._receipt_expiry_s)

    async def ask_place(self, unit_id: str, seq: int) -> bool:
        message = Command(seq=seq, ts=self._clock.now(), cmd="locate")
        return await self.send(unit_id, "cmd", message, expiry_s=self._receipt_expiry_s)

    async def send_ticket(self, photo: Photo, ticket: str, seq: int, of: UUID) -> bool:
        message = Command(
            seq=seq,
            ts=self._clock.now(),
            cmd="ticket",
            of=of,
            photo_id=photo.photo_id,
            ticket=ticket,
            reason="" if ticket else photo.state.value,
        )
        return await self.send(photo.unit_id, "cmd", message, expiry_s=self._receipt_expiry_s)

    def health(self) -> Health:
        return self._link.health()

    async def _take(self, address: topics.Address, payload: bytes) -> None:
        if self._sink is None:
            raise RuntimeError("the driver is not attached")
        if address.way == "state":
            # An empty retained message is how a topic is cleared.
            online = bool(payload) and codec.decode(Presence, payload).online
            await self._sink.presence(address.uid, online=online)
            return
        taker = self._takers.get(address.kind)
        if address.way == "up" and taker is not None:
            await taker(address.uid, payload)
            return
        model = UP.get(address.kind) or crew.UP.get(address.kind)
        if address.way != "up" or model is None:
            _dropped.labels("kind").inc()
            return
        match codec.decode(model, payload):
            case Acknowledgement() | Status() as said:
                await self._sink.report(_report(address.uid, said, self._clock.now()))
            case Hello() as said:
                await self._sink.hello(address.uid, said.last_seq)
            case other:
                await self._take_crew(self._sink, address.uid, other)

    async def _take_crew(self, sink: UnitSink, uid: str, message: Payload) -> None:
        """What the crew says beside its jobs."""
        now = self._clock.now()
        match message:
            case crew.TextMessage() as said:
                await sink.text(SaidText(uid, said.msg_id, said.text, said_at(said, now)))
            case crew.Seen() as said:
                await sink.seen(uid, said.msg_id, said.of, Seen(said.step, said_at(said, now)))
            case crew.Emergency() as said:
                await sink.emergency(_heard(uid, said, now), said.msg_id)
            case crew.PhotoNotice() as said:
                await sink.photo(_announced(uid, said, now))


async def _leave(_uid: str, _payload: bytes) -> None:
    """Another part takes it."""


def _report(uid: str, said: Acknowledgement | Status, now: datetime) -> Report:
    return Report(
        unit_id=uid,
        dispatch_id=said.dispatch_id,
        step=said.step,
        reason=said.reason,
        note=said.note if isinstance(said, Status) else "",
        msg_id=said.msg_id,
        seq=said.seq,
        reported_at=said_at(said, now),
    )


def _announced(uid: str, said: crew.PhotoNotice, now: datetime) -> Announced:
    return Announced(
        photo_id=said.photo_id,
        unit_id=uid,
        size=said.size,
        sha256=said.sha256,
        taken_at=aged((said.sent or said.ts) - said.taken_at, now),
        msg_id=said.msg_id,
        dispatch_id=said.dispatch_id,
        place=None if said.fix is None else said.fix.position(),
    )


def _heard(uid: str, said: crew.Emergency, now: datetime) -> Heard:
    """Its times by the centre's clock: the alarm is as old as it was when the message was sent."""
    sent = said.sent or said.ts
    fix = said.fix
    return Heard(
        alarm_id=said.alarm_id,
        unit_id=uid,
        at=now,
        said_at=aged(sent - said.raised_at, now),
        dispatch_id=said.dispatch_id,
        position=None if fix is None else fix.position(),
        position_at=None if fix is None else aged(sent - fix.fix_at, now),
    )


def _body(job: Job) -> JobBody:
    content = job.content
    if content is None:
        raise ValueError("a job without content cannot be sent")
    position = None
    if content.lon is not None and content.lat is not None and content.accuracy_m is not None:
        position = Position(lon=content.lon, lat=content.lat, accuracy_m=content.accuracy_m)
    return JobBody(
        dispatch_id=job.dispatch_id,
        case_number=content.case_number[:200],
        category=content.category[:200],
        place=content.place[:200],
        position=position,
        description=content.description[:1000],
        urgent=content.urgent,
        confidential=content.confidential,
        with_units=[name[:200] for name in content.with_units[:20]],
    )
