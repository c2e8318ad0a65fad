"""One subscription: a bounded queue and one worker, so that messages of a filter are handled in order and a
slow handler holds back no other filter. Messages are acknowledged after their handler returned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import Unavailable
from core.log import logger
from core.metrics import counter
from gateway.mqtt.backoff import Backoff
from gateway.mqtt.message import Received

_log = logger("mqtt")
_handled = counter("mqtt_handled", "Messages handled and acknowledged", ["lane"])
_failed = counter("mqtt_handler_failures", "Failed attempts to handle a message, each tried again", ["lane"])
_set_aside = counter("mqtt_set_aside", "Messages left unacknowledged after repeated failure", ["lane"])
_given_up = counter(
    "mqtt_given_up", "Messages acknowledged without success: too many were set aside", ["lane"]
)
_overflow = counter("mqtt_overflow", "Messages that met a full queue", ["lane"])

Handler = Callable[[Received], Awaitable[None]]
BatchHandler = Callable[[Sequence[Received]], Awaitable[None]]

ATTEMPTS = 5
SET_ASIDE_LIMIT = 8
FIRST_RETRY_S = 0.1
LAST_RETRY_S = 2.0
RUN_LIMIT = 200
"""Messages in one run: so many cost a transaction of less than a tenth of a second."""


class Acknowledger(Protocol):
    """The connection that a message came on."""

    def ack(self, packet: int) -> None:
        """Send PUBACK for this packet id."""
        ...

    def drop(self, why: str) -> None:
        """Close the connection: messages that were not acknowledged come again with the next one."""
        ...


@dataclass(frozen=True, slots=True)
class _LaneItem:
    origin: Acknowledger
    packet: int
    message: Received


def one_by_one(handler: Handler) -> BatchHandler:
    """For a lane that hands over one message at a time."""

    async def take(messages: Sequence[Received]) -> None:
        for message in messages:
            await handler(message)

    return take


class Lane:
    """Hands over what has come while the handler was busy, `at_once` messages at most, in order.

    A handler that raises `Unavailable` is asked again until it works: nothing else would work either. After
    another failure of several, each is handed over by itself. One that has failed `ATTEMPTS` times by itself
    is set aside: it stays with the broker, which gives it again on the next connection. Beyond
    `SET_ASIDE_LIMIT` of those it is given up, counted and logged.
    """

    def __init__(
        self, topic_filter: str, handler: BatchHandler, *, name: str, capacity: int, at_once: int = 1
    ) -> None:
        self.topic_filter = topic_filter
        self.name = name
        self._handler = handler
        self._queue: asyncio.Queue[_LaneItem] = asyncio.Queue(capacity)
        self._at_once = at_once
        self._aside = 0

    def put(self, origin: Acknowledger, packet: int, message: Received) -> None:
        """Take a message. When full, a QoS 0 message is dropped, and for QoS 1 the connection is cut,
        so that the broker gives the message again later.
        """
        try:
            self._queue.put_nowait(_LaneItem(origin, packet, message))
        except asyncio.QueueFull:
            _overflow.labels(self.name).inc()
            if message.qos > 0:
                origin.drop("queue full")

    def connected_again(self) -> None:
        """A new connection: messages that were set aside come again from the broker."""
        self._aside = 0

    async def run(self) -> None:
        while True:
            parcels = [await self._queue.get()]
            while len(parcels) < self._at_once and not self._queue.empty():
                parcels.append(self._queue.get_nowait())
            if len(parcels) > 1 and await self._taken_together(parcels):
                continue
            for parcel in parcels:
                if await self._taken(parcel):
                    self._settle([parcel])

    async def _taken_together(self, parcels: Sequence[_LaneItem]) -> bool:
        """False where each is to be tried by itself."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        while (failure := await self._hand_over(parcels)) is not None:
            if not isinstance(failure, Unavailable):
                return False
            await asyncio.sleep(backoff.next())
        self._settle(parcels)
        return True

    async def _taken(self, parcel: _LaneItem) -> bool:
        """Whether to acknowledge."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        failures = 0
        while (failure := await self._hand_over([parcel])) is not None:
            if not isinstance(failure, Unavailable):
                failures += 1
                if failures >= ATTEMPTS:
                    return self._put_aside()
            await asyncio.sleep(backoff.next())
        return True

    async def _hand_over(self, parcels: Sequence[_LaneItem]) -> Exception | None:
        """Why they were not taken; logged and counted."""
        try:
            await self._handler([parcel.message for parcel in parcels])
        except Unavailable as error:
            _failed.labels(self.name).inc()
            _log.warning("message waits for a part that is away", lane=self.name, error=error.kind)
            return error
        except Exception as error:  # noqa: BLE001  # isolated: logged, counted, tried again
            _failed.labels(self.name).inc()
            _log.exception("message handler failed", lane=self.name, messages=len(parcels))
            return error
        return None

    def _settle(self, parcels: Sequence[_LaneItem]) -> None:
        for parcel in parcels:
            if parcel.message.qos > 0:
                parcel.origin.ack(parcel.packet)
        _handled.labels(self.name).inc(len(parcels))

    def _put_aside(self) -> bool:
        if self._aside < SET_ASIDE_LIMIT:
            self._aside += 1
            _set_aside.labels(self.name).inc()
            return False
        _given_up.labels(self.name).inc()
        _log.error("message given up", lane=self.name)
        return True
