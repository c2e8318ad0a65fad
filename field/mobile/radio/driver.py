"""Mobile terminals over MQTT: the topics of the contract on one side, the room's own words on the other.

What is malformed is counted and dropped; what the room cannot take now is not acknowledged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from annotated_types import MaxLen

from core.clock import Clock
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from core.place import Position
from core.room import Health
from field.contract.capabilities import Can, Caps
from field.contract.mobile import NETWORK, codec, crew, topics
from field.contract.mobile.messages import (
    ELSEWHERE_UP,
    MAX_LINE,
    UP,
    Acknowledgement,
    CaseMessage,
    Command,
    Hello,
    JobBody,
    Payload,
    PresenceMessage,
    StatusMessage,
    Sync,
    aged,
    said_at,
)
from field.contract.port import SaidSeen, SaidText, UnitSink
from field.dispatches.model import JobContent, UnitJob, UnitReportEntry
from field.emergency.model import EmergencyAlarm, EmergencyReceived
from field.events import AlarmState
from field.mobile.radio.steps import steps
from field.photos.model import Announced, Photo
from field.texts.model import TextReceived, UnitText

_log = logger("field")
_dropped = counter("field_up_dropped", "Messages of terminals that were dropped", ["why"])


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


@dataclass(frozen=True, slots=True)
class _Left:
    """Another part reads it."""

    taker: Taker
    payload: bytes


class _Unwanted(Exception):
    """A topic that no terminal has a word for."""


_Word = UnitReportEntry | SaidText | SaidSeen | PresenceMessage | Payload | _Left
_RUNS: Final = {UnitReportEntry: "reports", SaidText: "texts", SaidSeen: "seen"}
"""What is taken several at a time."""


class MobileDriver:
    """Implements `field.contract.port.UnitDriver` on a link to the broker."""

    network = NETWORK
    kind = "mobile"
    caps = CAPS

    def __init__(self, link: BrokerLink, clock: Clock, *, tenant: str, receipt_expiry_s: float) -> None:
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
        self._link.subscribe_batch(f"{root}/up/#", self.on_batch, name="unit-up")
        self._link.subscribe(f"{root}/state", self.on_message, name="unit-state")
        self._link.on_connect(on_up)

    async def on_message(self, message: BrokerMessage) -> None:
        """Returns when the message may be acknowledged."""
        await self.on_batch([message])

    async def on_batch(self, messages: Sequence[BrokerMessage]) -> None:
        """Returns when all may be acknowledged. Where it raises, some may have been taken; they may come
        again.
        """
        if self._sink is None:
            raise RuntimeError("the driver is not attached")
        now = self._clock.now()
        said = [one for one in (self._read(message, now) for message in messages) if one is not None]
        for step in steps(said, whose=lambda one: one[0], kind=lambda one: _RUNS.get(type(one[1]))):
            await self._take(self._sink, step)

    async def send_job(self, job: UnitJob) -> bool:
        message = CaseMessage(msg_id=job.msg_id, seq=job.seq, ts=self._clock.now(), job=_body(job))
        return await self.send(job.unit_id, "case", message)

    async def send_recall(self, job: UnitJob) -> bool:
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

    async def send_open_jobs(
        self, unit_id: str, jobs: Sequence[UnitJob], seq: int, *, complete: bool, inspector: bool = False
    ) -> bool:
        bodies = [_body(job) for job in jobs]
        message = Sync(seq=seq, ts=self._clock.now(), jobs=bodies, complete=complete, inspector=inspector)
        while len(codec.encode(message)) > codec.MAX_DOWN_BYTES:
            bodies.pop()
            message = message.model_copy(update={"jobs": bodies, "complete": False})
        return await self.send(unit_id, "sync", message, expiry_s=self._receipt_expiry_s)

    async def send_text(self, text: UnitText) -> bool:
        left = (text.expires_at - self._clock.now()).total_seconds()
        message = crew.TextMessage(
            msg_id=text.text_id, seq=text.seq, ts=text.at, text=text.text, by=text.by_name[:200]
        )
        return await self.send(text.unit_id, "text", message, expiry_s=max(1.0, left))

    async def send_alarm(self, alarm: EmergencyAlarm, seq: int) -> bool:
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

    def _read(self, message: BrokerMessage, now: datetime) -> tuple[str, _Word] | None:
        """Whose it is, and what it says; None for what is dropped."""
        try:
            address = topics.parse(self._tenant, message.topic)
            return address.uid, self._word(address, message.payload, now)
        except Malformed as error:
            _drop(error)
            return None
        except _Unwanted:
            _dropped.labels("kind").inc()
            return None

    def _word(self, address: topics.TopicAddress, payload: bytes, now: datetime) -> _Word:
        """Raises `Malformed`, `_Unwanted`."""
        uid = address.uid
        if address.way == "state":
            # An empty retained message is how a topic is cleared.
            return codec.decode(PresenceMessage, payload) if payload else PresenceMessage(online=False)
        taker = self._takers.get(address.kind)
        if address.way == "up" and taker is not None:
            return _Left(taker, payload)
        model = UP.get(address.kind) or crew.UP.get(address.kind)
        if address.way != "up" or model is None:
            raise _Unwanted
        match codec.decode(model, payload):
            case Acknowledgement() | StatusMessage() as said:
                return _report(uid, said, now)
            case crew.TextMessage() as said:
                return SaidText(uid, said.msg_id, said.text, said_at(said, now))
            case crew.TextReceipt() as said:
                return SaidSeen(uid, said.msg_id, said.of, TextReceived(said.step, said_at(said, now)))
            case other:
                return other

    async def _take(self, sink: UnitSink, step: Sequence[tuple[str, _Word]]) -> None:
        """All of one kind: those that are kept together, or one after the other."""
        words = [word for _, word in step]
        if reports := [one for one in words if isinstance(one, UnitReportEntry)]:
            await sink.reports(reports)
        elif texts := [one for one in words if isinstance(one, SaidText)]:
            await sink.texts(texts)
        elif seen := [one for one in words if isinstance(one, SaidSeen)]:
            await sink.seen(seen)
        else:
            for uid, word in step:
                await self._take_one(sink, uid, word)

    async def _take_one(self, sink: UnitSink, uid: str, word: _Word) -> None:
        now = self._clock.now()
        match word:
            case PresenceMessage(online=online):
                await sink.presence(uid, online=online)
            case _Left(taker, payload):
                try:
                    await taker(uid, payload)
                except Malformed as error:
                    _drop(error)
            case Hello() as said:
                await sink.hello(uid, said.last_seq)
            case crew.EmergencyMessage() as said:
                await sink.emergency(_heard(uid, said, now), said.msg_id)
            case crew.PhotoNotice() as said:
                await sink.photo(_announced(uid, said, now))


def _drop(error: Malformed) -> None:
    _dropped.labels("malformed").inc()
    _log.warning("terminal's message dropped", why=str(error))


async def _leave(_uid: str, _payload: bytes) -> None:
    """Another part takes it."""


def _report(uid: str, said: Acknowledgement | StatusMessage, now: datetime) -> UnitReportEntry:
    return UnitReportEntry(
        unit_id=uid,
        dispatch_id=said.dispatch_id,
        step=said.step,
        reason=said.reason,
        note=said.note if isinstance(said, StatusMessage) else "",
        msg_id=said.msg_id,
        seq=said.seq,
        reported_at=said_at(said, now),
        finding=said.finding if isinstance(said, StatusMessage) else None,
        position=said.fix.position() if isinstance(said, StatusMessage) and said.fix else None,
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


def _heard(uid: str, said: crew.EmergencyMessage, now: datetime) -> EmergencyReceived:
    """Its times by the centre's clock: the alarm is as old as it was when the message was sent."""
    sent = said.sent or said.ts
    fix = said.fix
    return EmergencyReceived(
        alarm_id=said.alarm_id,
        unit_id=uid,
        at=now,
        said_at=aged(sent - said.raised_at, now),
        dispatch_id=said.dispatch_id,
        position=None if fix is None else fix.position(),
        position_at=None if fix is None else aged(sent - fix.fix_at, now),
    )


def _body(job: UnitJob) -> JobBody:
    content = job.content
    if content is None:
        raise ValueError("a job without content cannot be sent")
    position = None
    if content.lon is not None and content.lat is not None and content.accuracy_m is not None:
        position = Position(lon=content.lon, lat=content.lat, accuracy_m=content.accuracy_m)
    return JobBody(
        **{name: _cut(name, getattr(content, name)) for name in _AS_HELD},
        dispatch_id=job.dispatch_id,
        position=position,
        with_units=[name[:MAX_LINE] for name in content.with_units[:20]],
    )


_AS_HELD = tuple(
    field.name for field in fields(JobContent) if field.name in JobBody.model_fields.keys() - {"with_units"}
)
"""What a job and its message have under the same name."""


def _cut(name: str, value: Any) -> Any:
    """A text no longer than the message may hold."""
    limits = (mark.max_length for mark in JobBody.model_fields[name].metadata if isinstance(mark, MaxLen))
    return value[: next(limits, None)] if isinstance(value, str) else value
