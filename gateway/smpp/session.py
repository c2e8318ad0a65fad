"""An SMPP session as a pure state machine: bytes, time and messages in, effects out.

It keeps these rules: each message that is submitted gets exactly one outcome; at most `window` of them wait
for an answer; a link that does not answer is ended; after ESME_RTHROTTLED nothing is submitted for a while.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from core.clock import Clock
from gateway.smpp.codec import (
    LAST_SEQUENCE,
    RESPONSE,
    BindRequest,
    Pdu,
    ShortMessage,
    SmppCommand,
    SmppDecoder,
    SmppMalformed,
    SmppStatus,
    bind_body,
    encoded,
    message_body,
    message_id_body,
    message_id_of,
    message_of,
)
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

BUSY: Final = frozenset({SmppStatus.THROTTLED, SmppStatus.QUEUE_FULL})
"""The SMSC has too much to do: the same message is submitted again after a pause."""
MOST_UNANSWERED: Final = 500
"""Messages from the SMSC that we have not answered; further ones are refused, and it keeps them."""


@dataclass(frozen=True, slots=True)
class SmppTiming:
    """Seconds. `answer_s`: so long any request waits; `idle_s`: after so much silence the link is tested."""

    answer_s: float = 15.0
    idle_s: float = 30.0
    first_retry_s: float = 1.0
    last_retry_s: float = 60.0
    first_pause_s: float = 0.5
    last_pause_s: float = 30.0


class SmppState(Enum):
    CLOSED = "closed"
    WAITING = "waiting"
    """For the next attempt."""
    CONNECTING = "connecting"
    BINDING = "binding"
    BOUND = "bound"
    UNBINDING = "unbinding"


@dataclass(slots=True)
class SmppCounts:
    binds: int = 0
    throttled: int = 0
    malformed: int = 0
    refused_deliveries: int = 0


@dataclass(frozen=True, slots=True)
class _Submitted:
    key: Hashable
    message: ShortMessage
    deadline: float


@dataclass(slots=True)
class _Pace:
    """At most `per_s` messages a second, and none before `paused_until`."""

    per_s: float
    next_at: float = float("-inf")
    paused_until: float = 0.0
    pause_s: float = field(default=0.0)

    def at(self) -> float:
        return max(self.next_at, self.paused_until)

    def took(self, now: float) -> None:
        # A tenth of a second may be made up for: timers are late.
        self.next_at = max(self.next_at, now - 0.1) + 1 / self.per_s

    def throttled(self, now: float, timing: SmppTiming) -> None:
        if now < self.paused_until:
            return  # more answers to what was under way already
        self.pause_s = min(timing.last_pause_s, self.pause_s * 2 or timing.first_pause_s)
        self.paused_until = now + self.pause_s


class SmppSession:
    """One transceiver to one SMSC, through any number of connections.

    The caller carries out the effects in their order, calls `tick` at `wakeup()`, and tells what becomes of
    the connection with `link_up` and `link_down`.
    """

    def __init__(
        self,
        request: BindRequest,
        *,
        clock: Clock,
        window: int = 20,
        per_s: float = 100.0,
        most_waiting: int = 1000,
        timing: SmppTiming | None = None,
    ) -> None:
        self._request = request
        self._clock = clock
        self._window = window
        self._pace = _Pace(per_s)
        self._most_waiting = most_waiting
        self._timing = timing or SmppTiming()
        self._decoder = SmppDecoder()
        self._sequence = 0
        self._queue: deque[tuple[Hashable, ShortMessage]] = deque()
        self._outstanding: dict[int, _Submitted] = {}
        self._asked: dict[int, float] = {}
        """Our other requests, by sequence, with the time by which they are answered."""
        self._unanswered: set[int] = set()
        self._heard_at = 0.0
        self._wake: float | None = None
        self._failures = 0
        self.state = SmppState.CLOSED
        self.epoch = 0
        self.counts = SmppCounts()
        self._takers: Mapping[int, Callable[[Pdu], list[SmppEffect]]] = {
            SmppCommand.BIND_TRANSCEIVER_RESP: self._bound,
            SmppCommand.SUBMIT_SM_RESP: self._submitted,
            SmppCommand.GENERIC_NACK: self._refused,
            SmppCommand.DELIVER_SM: self._deliver,
            SmppCommand.ENQUIRE_LINK: lambda pdu: [_answer(pdu, SmppCommand.ENQUIRE_LINK_RESP)],
            SmppCommand.ENQUIRE_LINK_RESP: self._alive,
            SmppCommand.UNBIND: self._unbound,
            SmppCommand.UNBIND_RESP: self._unbind_answered,
        }

    @property
    def waiting(self) -> int:
        """Messages without an outcome."""
        return len(self._queue) + len(self._outstanding)

    def _linked(self) -> bool:
        return self.state in {SmppState.BINDING, SmppState.BOUND, SmppState.UNBINDING}

    # --- what the transport tells -----------------------------------------------------------------------

    def start(self) -> list[SmppEffect]:
        return self._connect() if self.state is SmppState.CLOSED else []

    def link_up(self) -> list[SmppEffect]:
        """The connection that `SmppConnect` asked for is open."""
        if self.state is not SmppState.CONNECTING:
            return [SmppClose()]
        self._decoder = SmppDecoder()
        self._sequence = 0
        self.epoch += 1
        self.state = SmppState.BINDING
        return [self._ask(SmppCommand.BIND_TRANSCEIVER, bind_body(self._request))]

    def link_down(self) -> list[SmppEffect]:
        """The connection ended, or could not be opened."""
        if self.state is SmppState.CONNECTING:
            return self._down(SmppDownReason.CONNECT)
        if self.state is SmppState.UNBINDING:
            return self._closed()
        if self.state in {SmppState.CLOSED, SmppState.WAITING}:
            return []
        return self._down(SmppDownReason.CLOSED)

    def received(self, data: bytes) -> list[SmppEffect]:
        if not self._linked():
            return []
        self._heard_at = self._clock.monotonic()
        effects: list[SmppEffect] = []
        for pdu in self._decoder.feed(data):
            effects += self._pdu(pdu)
            if not self._linked():
                return effects
        if self._decoder.broken:
            self.counts.malformed += 1
            return [*effects, SmppClose(), *self._down(SmppDownReason.MALFORMED)]
        return effects + self._pump()

    # --- what the link wants ----------------------------------------------------------------------------

    def submit(self, key: Hashable, message: ShortMessage) -> list[SmppEffect]:
        """Submit it as soon as the window and the pace allow; exactly one outcome follows."""
        if self.state is not SmppState.BOUND or self.waiting >= self._most_waiting:
            return [SmppUnsent(key)]
        self._queue.append((key, message))
        return self._pump()

    def withdraw(self, key: Hashable) -> list[SmppEffect]:
        """Take a message back that has not left; nothing where it is under way."""
        kept = [one for one in self._queue if one[0] != key]
        if len(kept) == len(self._queue):
            return []
        self._queue = deque(kept)
        return [SmppUnsent(key)]

    def answer(self, epoch: int, sequence: int, *, taken: bool) -> list[SmppEffect]:
        """Answer a deliver_sm: the SMSC forgets it once it was taken, and brings it again otherwise."""
        if epoch != self.epoch or sequence not in self._unanswered:
            return []  # of a connection that is gone: it comes again
        self._unanswered.discard(sequence)
        status = SmppStatus.OK if taken else SmppStatus.TEMPORARY_APPLICATION_ERROR
        return [_delivered_answer(sequence, status)]

    def close(self) -> list[SmppEffect]:
        """Unbind; the connection ends with the answer."""
        if self.state is not SmppState.BOUND:
            effects: list[SmppEffect] = [] if self.state is SmppState.CLOSED else [SmppClose()]
            return [*effects, *self._closed()]
        self.state = SmppState.UNBINDING
        return [self._ask(SmppCommand.UNBIND, b"")]

    def wakeup(self) -> float | None:
        """When `tick` has something to do, monotonic; None while there is nothing."""
        times = [*self._asked.values(), *(one.deadline for one in self._outstanding.values())]
        if self._wake is not None:
            times.append(self._wake)
        if self.state is SmppState.BOUND:
            times.append(self._heard_at + self._timing.idle_s)
            if self._queue and len(self._outstanding) < self._window:
                times.append(self._pace.at())
        return min(times, default=None)

    def tick(self) -> list[SmppEffect]:
        now = self._clock.monotonic()
        if self._wake is not None and now >= self._wake and self.state is SmppState.WAITING:
            return self._connect()
        late = [at for at in self._asked.values() if now >= at]
        late += [one.deadline for one in self._outstanding.values() if now >= one.deadline]
        if late:
            if self.state is SmppState.UNBINDING:
                return [SmppClose(), *self._closed()]
            return [SmppClose(), *self._down(SmppDownReason.SILENT)]
        effects: list[SmppEffect] = []
        if self.state is SmppState.BOUND and now >= self._heard_at + self._timing.idle_s and not self._asked:
            self._heard_at = now
            effects.append(self._ask(SmppCommand.ENQUIRE_LINK, b""))
        return effects + self._pump()

    # --- PDUs -------------------------------------------------------------------------------------------

    def _pdu(self, pdu: Pdu) -> list[SmppEffect]:
        take = self._takers.get(pdu.command)
        if take is not None:
            return take(pdu)
        if pdu.command & RESPONSE:
            return []  # an answer to nothing
        return [_answer(pdu, SmppCommand.GENERIC_NACK, SmppStatus.INVALID_COMMAND)]

    def _refused(self, pdu: Pdu) -> list[SmppEffect]:
        """A generic_nack: the SMSC makes nothing of the request with this number."""
        self._asked.pop(pdu.sequence, None)
        if self.state is SmppState.BINDING:
            return [SmppClose(), *self._down(SmppDownReason.REFUSED, pdu.status)]
        return self._submitted(pdu)

    def _unbound(self, pdu: Pdu) -> list[SmppEffect]:
        answer = _answer(pdu, SmppCommand.UNBIND_RESP)
        if self.state is SmppState.UNBINDING:
            return [answer]
        return [answer, SmppClose(), *self._down(SmppDownReason.CLOSED)]

    def _unbind_answered(self, _pdu: Pdu) -> list[SmppEffect]:
        return [SmppClose(), *self._closed()] if self.state is SmppState.UNBINDING else []

    def _alive(self, pdu: Pdu) -> list[SmppEffect]:
        self._asked.pop(pdu.sequence, None)
        return []

    def _bound(self, pdu: Pdu) -> list[SmppEffect]:
        if self.state is not SmppState.BINDING or self._asked.pop(pdu.sequence, None) is None:
            return []
        if pdu.status != SmppStatus.OK:
            return [SmppClose(), *self._down(SmppDownReason.REFUSED, pdu.status)]
        self.state = SmppState.BOUND
        self._failures = 0
        self.counts.binds += 1
        return [SmppUp()]

    def _submitted(self, pdu: Pdu) -> list[SmppEffect]:
        asked = self._outstanding.pop(pdu.sequence, None)
        if asked is None:
            return []
        if pdu.status in BUSY:
            self.counts.throttled += 1
            self._pace.throttled(self._clock.monotonic(), self._timing)
            self._queue.appendleft((asked.key, asked.message))
            return []
        if pdu.status != SmppStatus.OK:
            return [SmppRejected(asked.key, pdu.status)]
        self._pace.pause_s = 0.0
        try:
            return [SmppSubmitted(asked.key, message_id_of(pdu.body))]
        except SmppMalformed:
            # The SMSC has it all the same; its receipt cannot be matched.
            self.counts.malformed += 1
            return [SmppSubmitted(asked.key, "")]

    def _deliver(self, pdu: Pdu) -> list[SmppEffect]:
        if self.state is not SmppState.BOUND or len(self._unanswered) >= MOST_UNANSWERED:
            self.counts.refused_deliveries += 1
            return [_delivered_answer(pdu.sequence, SmppStatus.TEMPORARY_APPLICATION_ERROR)]
        try:
            message = message_of(pdu.body)
        except SmppMalformed:
            self.counts.malformed += 1
            return [_delivered_answer(pdu.sequence, SmppStatus.INVALID_COMMAND_LENGTH)]
        self._unanswered.add(pdu.sequence)
        return [SmppDelivered(self.epoch, pdu.sequence, message)]

    # --- inside -----------------------------------------------------------------------------------------

    def _pump(self) -> list[SmppEffect]:
        """Submit what window and pace allow now."""
        effects: list[SmppEffect] = []
        now = self._clock.monotonic()
        while (
            self.state is SmppState.BOUND
            and self._queue
            and len(self._outstanding) < self._window
            and now >= self._pace.at()
        ):
            key, message = self._queue.popleft()
            sequence = self._next()
            self._outstanding[sequence] = _Submitted(key, message, now + self._timing.answer_s)
            self._pace.took(now)
            effects.append(SmppSend(encoded(Pdu(SmppCommand.SUBMIT_SM, sequence, 0, message_body(message)))))
        return effects

    def _ask(self, command: SmppCommand, body: bytes) -> SmppSend:
        sequence = self._next()
        self._asked[sequence] = self._clock.monotonic() + self._timing.answer_s
        return SmppSend(encoded(Pdu(command, sequence, 0, body)))

    def _next(self) -> int:
        self._sequence = self._sequence % LAST_SEQUENCE + 1
        return self._sequence

    def _connect(self) -> list[SmppEffect]:
        self.state = SmppState.CONNECTING
        self._wake = None
        return [SmppConnect()]

    def _down(self, reason: SmppDownReason, status: int = 0) -> list[SmppEffect]:
        self.state = SmppState.WAITING
        self._failures += 1
        refused = reason is SmppDownReason.REFUSED
        wait = (
            self._timing.last_retry_s
            if refused
            else self._timing.first_retry_s * 2 ** min(self._failures - 1, 16)
        )
        self._wake = self._clock.monotonic() + min(self._timing.last_retry_s, wait)
        return [*self._forget(), SmppDown(reason, status)]

    def _closed(self) -> list[SmppEffect]:
        self.state = SmppState.CLOSED
        self._wake = None
        return self._forget()

    def _forget(self) -> list[SmppEffect]:
        """The outcome of each message that waits."""
        effects: list[SmppEffect] = [SmppInDoubt(one.key) for one in self._outstanding.values()]
        effects += [SmppUnsent(key) for key, _ in self._queue]
        self._outstanding.clear()
        self._queue.clear()
        self._asked.clear()
        self._unanswered.clear()
        return effects


def _answer(pdu: Pdu, command: SmppCommand, status: int = 0) -> SmppSend:
    return SmppSend(encoded(Pdu(command, pdu.sequence, status)))


def _delivered_answer(sequence: int, status: int) -> SmppSend:
    body = message_id_body("")
    return SmppSend(encoded(Pdu(SmppCommand.DELIVER_SM_RESP, sequence, status, body)))
