"""The link to the SMSC: carries the session's bytes over TCP or TLS, sends texts, hands up what comes."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final
from uuid import UUID

from citizen.messages.errors import MessageInDoubt, MessageRejected, MessageUnsent
from citizen.messages.ports import SmsConsumer, SmsPart, SmsReceipt
from core.clock import Clock, SystemClock
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.tasks import Tasks
from gateway.smpp.codec import BindRequest, ShortMessage, SmppStatus
from gateway.smpp.outcome import (
    SmppClose,
    SmppConnect,
    SmppDelivered,
    SmppDown,
    SmppDownReason,
    SmppEffect,
    SmppInDoubt,
    SmppRejected,
    SmppSend,
    SmppSubmitted,
    SmppUnsent,
    SmppUp,
)
from gateway.smpp.parts import contents, count_of, hex_of, part_of, receipt_of
from gateway.smpp.session import SmppSession, SmppState, SmppTiming
from gateway.smpp.settings import SmsSettings
from gateway.smpp.transport import SmppTransport
from gateway.wakeup import Wakeup

_log = logger("sms")
_up = gauge("sms_link_up", "1 while the SMSC has bound us")
_waiting = gauge("sms_link_waiting", "Short messages without an answer of the SMSC, those in line included")
_submitted = counter("sms_submitted", "Short messages by what the SMSC answered", ["answer"])
_throttled = counter("sms_throttled", "Answers of the SMSC that we are too fast")
_received = counter("sms_received", "Short messages from the SMSC by what they are", ["what"])
_downs = counter("sms_link_downs", "Ends of the link to the SMSC", ["reason"])

CONNECT_S: Final = 10.0
BYE_S: Final = 2.0
INTERNATIONAL: Final = 1
NATIONAL_NUMBER: Final = 2
ISDN: Final = 1
"""Type of number and numbering plan, sections 5.2.5 and 5.2.6."""
RECEIPT_WANTED: Final = 1
LATER: Final = frozenset({SmppStatus.SYSTEM_ERROR, SmppStatus.SUBMIT_FAILED, SmppStatus.NOT_BOUND})
"""Answers after which the same message may be taken later."""

Outcome = SmppSubmitted | SmppRejected | SmppUnsent | SmppInDoubt


class SmscLink:
    """Implements `citizen.messages.ports.SmsLink` for one SMSC."""

    def __init__(self, settings: SmsSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._session = SmppSession(
            BindRequest(settings.system_id, settings.password.get_secret_value(), settings.system_type),
            clock=self._clock,
            window=settings.window,
            per_s=settings.per_s,
            timing=SmppTiming(
                answer_s=settings.answer_s, idle_s=settings.enquire_link_s, last_retry_s=settings.retry_s,
                first_retry_s=min(1.0, settings.retry_s),
            ),
        )  # fmt: skip
        self._wakeup = Wakeup(self._clock, lambda: self._do(self._session.tick()))
        self._tasks = Tasks("sms")
        self._transport: SmppTransport | None = None
        self._outcomes: dict[object, asyncio.Future[Outcome]] = {}
        self._bound = asyncio.Event()
        self._ended = asyncio.Event()
        self._consumer: SmsConsumer | None = None
        self._why = "not started"

    # --- life -------------------------------------------------------------------------------------------

    def use(self, consumer: SmsConsumer) -> None:
        """Who takes what comes; before `start`."""
        self._consumer = consumer

    async def start(self) -> None:
        self._do(self._session.start())

    async def stop(self) -> None:
        self._ended.clear()
        self._do(self._session.close())
        if self._session.state is SmppState.UNBINDING:
            with suppress(TimeoutError):
                async with asyncio.timeout(BYE_S):
                    await self._ended.wait()
        self._wakeup.cancel()
        await self._tasks.stop()
        if self._transport is not None:
            self._transport.drop()
        self._bound.clear()
        _up.set(0)

    def health(self) -> Sequence[Health]:
        if self._bound.is_set():
            return (Health("sms", "up"),)
        return (Health("sms", "degraded", f"no text message leaves or comes: {self._why}"),)

    # --- texts ------------------------------------------------------------------------------------------

    @property
    def number(self) -> str:
        return self._settings.number

    @property
    def at_once(self) -> int:
        return self._settings.window * 2

    async def until_ready(self) -> None:
        await self._bound.wait()

    def parts_of(self, text: str) -> int:
        return count_of(text)

    def submits_of(self, text: str) -> int:
        try:
            return len(contents(text, 0, self._settings.long_messages))
        except ValueError:
            return 1

    async def send(self, message_id: UUID, number: str, text: str, valid_s: float) -> Sequence[str]:
        """The SMSC's ids of its parts. Raises `MessageUnsent`, `MessageRejected`, `MessageInDoubt`."""
        reference = zlib.crc32(message_id.bytes) & 0xFFFF
        try:
            parts = contents(text, reference, self._settings.long_messages)
        except ValueError as error:
            raise MessageRejected(str(error), remedy="shorten the template") from error
        found: list[str] = []
        for place, part in enumerate(parts):
            try:
                found.append(await self._submit((message_id, place), self._addressed(part, number, valid_s)))
            except (MessageUnsent, MessageInDoubt):
                if not found:
                    raise
                # A part of it has left: to send it once more is in doubt.
                raise MessageInDoubt("a part was taken", remedy="the rest was not", taken=found) from None
        return found

    def _addressed(self, part: ShortMessage, number: str, valid_s: float) -> ShortMessage:
        abroad = number.startswith("+")
        return replace(
            part, source=self._settings.number, source_npi=ISDN, destination=number.lstrip("+"),
            destination_ton=INTERNATIONAL if abroad else NATIONAL_NUMBER, destination_npi=ISDN,
            registered_delivery=RECEIPT_WANTED, validity_period=_relative(valid_s),
        )  # fmt: skip

    async def _submit(self, key: tuple[UUID, int], message: ShortMessage) -> str:
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._outcomes[key] = future
        try:
            self._do(self._session.submit(key, message))
            outcome = await future
        finally:
            self._outcomes.pop(key, None)
            if not future.done() or future.cancelled():
                self._do(self._session.withdraw(key))
        _submitted.labels(_WORDS[type(outcome)]).inc()
        match outcome:
            case SmppSubmitted(_, message_id):
                return message_id.lower() if self._settings.receipt_ids == "decimal" else message_id
            case SmppRejected(_, status) if status in LATER:
                raise MessageUnsent(f"command_status 0x{status:08x}", remedy="it is tried again")
            case SmppRejected(_, status):
                raise MessageRejected(f"command_status 0x{status:08x}", remedy="see the number")
            case SmppUnsent():
                raise MessageUnsent("the link went down", remedy="it is tried again")
            case _:
                raise MessageInDoubt("no answer", remedy="the receipt may tell")

    # --- the session's effects --------------------------------------------------------------------------

    def _do(self, effects: Sequence[SmppEffect]) -> None:
        for effect in effects:
            if isinstance(effect, Outcome):
                self._resolve(effect)
            else:
                self._carry_out(effect)
        if self._session.state is SmppState.CLOSED:
            self._ended.set()
        _waiting.set(self._session.waiting)
        self._count_throttled()
        self._wakeup.set(self._session.wakeup())

    def _resolve(self, outcome: Outcome) -> None:
        future = self._outcomes.get(outcome.key)
        if future is not None and not future.done():
            future.set_result(outcome)

    def _carry_out(self, effect: SmppEffect) -> None:
        match effect:
            case SmppConnect():
                self._tasks.spawn("connect", self._connect)
            case SmppSend(data):
                if self._transport is not None:
                    self._transport.send(data)
            case SmppClose():
                self._drop()
            case SmppUp():
                self._is_up()
            case SmppDown(reason, status):
                self._is_down(reason, status)
            case SmppDelivered():
                if not self._tasks.spawn("take", partial(self._take, effect)):
                    self._answer(effect, taken=False)

    async def _connect(self) -> None:
        settings = self._settings
        loop = asyncio.get_running_loop()
        made = partial(SmppTransport, received=self._received, lost=self._lost)
        try:
            context = None
            if settings.security == "tls":
                context = await asyncio.to_thread(ssl.create_default_context, cafile=settings.ca_file)
            async with asyncio.timeout(CONNECT_S):
                _, self._transport = await loop.create_connection(
                    made, settings.host, settings.port, ssl=context
                )
            self._do(self._session.link_up())
        except OSError as error:
            self._why = f"{settings.host}:{settings.port}: {error.strerror or type(error).__name__}"
            self._do(self._session.link_down())
        except Exception as error:  # noqa: BLE001  # else nothing tries again, and nobody knows
            _log.exception("the link to the SMSC could not be opened")
            self._drop()
            self._do(self._session.link_down())
            self._why = f"{settings.host}:{settings.port}: {type(error).__name__}"

    def _received(self, data: bytes) -> None:
        self._do(self._session.received(data))

    def _lost(self) -> None:
        self._transport = None
        self._do(self._session.link_down())

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.drop()
            self._transport = None

    def _is_up(self) -> None:
        self._bound.set()
        _up.set(1)
        _log.info("the SMSC has bound us")

    def _is_down(self, reason: SmppDownReason, status: int) -> None:
        self._bound.clear()
        _up.set(0)
        _downs.labels(reason.value).inc()
        if reason is not SmppDownReason.CONNECT:
            self._why = _SENTENCES[reason]
        _log.warning("the link to the SMSC is down", reason=reason.value, status=status)

    async def _take(self, delivered: SmppDelivered) -> None:
        taken = False
        try:
            await self._hand_up(delivered.message)
            taken = True
        finally:
            self._answer(delivered, taken=taken)

    def _answer(self, delivered: SmppDelivered, *, taken: bool) -> None:
        self._do(self._session.answer(delivered.epoch, delivered.sequence, taken=taken))

    async def _hand_up(self, message: ShortMessage) -> None:
        assert self._consumer is not None
        receipt = receipt_of(message)
        if receipt is not None:
            _received.labels("receipt").inc()
            await self._consumer.receipt(
                SmsReceipt(self._same(receipt.message_id), message.source, receipt.state)
            )
            return
        part = part_of(message)
        if part.text is None or not message.source:
            _received.labels("other").inc()
            return
        _received.labels("text").inc()
        await self._consumer.text(
            SmsPart(_number_of(message), part.text, part.reference, part.total, part.number)
        )

    def _same(self, message_id: str) -> str:
        """One spelling for the answer's id and the receipt's, whose operators differ in it."""
        if self._settings.receipt_ids == "same":
            return message_id
        return hex_of(message_id)

    def _count_throttled(self) -> None:
        seen = self._session.counts.throttled
        if seen:
            _throttled.inc(seen)
            self._session.counts.throttled = 0


_WORDS: Final = {
    SmppSubmitted: "taken", SmppRejected: "refused", SmppUnsent: "unsent", SmppInDoubt: "doubt",
}  # fmt: skip
_SENTENCES: Final = {
    SmppDownReason.REFUSED: "the SMSC does not let us in: see sms.system_id and sms.password",
    SmppDownReason.SILENT: "the SMSC does not answer",
    SmppDownReason.CLOSED: "the SMSC has ended the link",
    SmppDownReason.MALFORMED: "what answers is no SMSC: see sms.host, sms.port and sms.security",
}


def _number_of(message: ShortMessage) -> str:
    abroad = message.source_ton == INTERNATIONAL and not message.source.startswith("+")
    return f"+{message.source}" if abroad else message.source


def _relative(seconds: float) -> str:
    """A validity period, section 7.1.1.2: `YYMMDDhhmmss000R` from when the SMSC has it; a month at most."""
    whole = int(min(max(seconds, 60), 30 * 86_400))
    days, rest = divmod(whole, 86_400)
    return f"0000{days:02d}{rest // 3600:02d}{rest % 3600 // 60:02d}{rest % 60:02d}000R"
