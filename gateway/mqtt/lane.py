"""One subscription: a bounded queue and one worker, so that messages of a filter are handled in order and a
slow handler holds back no other filter. A message is acknowledged after its handler returned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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

ATTEMPTS = 5
SET_ASIDE_LIMIT = 8
FIRST_RETRY_S = 0.1
LAST_RETRY_S = 2.0


class Acknowledger(Protocol):
    """The connection that a message came on."""

    def ack(self, packet: int) -> None: ...

    def drop(self, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Parcel:
    origin: Acknowledger
    packet: int
    message: Received


class Lane:
    """A handler that raises `Unavailable` is asked again until it works: nothing else would work either.

    After `ATTEMPTS` other failures the message is set aside: it stays with the broker, which gives it
    again on the next connection. Beyond `SET_ASIDE_LIMIT` of those it is given up, counted and logged.
    """

    def __init__(self, topic_filter: str, handler: Handler, *, name: str, capacity: int) -> None:
        self.topic_filter = topic_filter
        self.name = name
        self._handler = handler
        self._queue: asyncio.Queue[_Parcel] = asyncio.Queue(capacity)
        self._aside = 0

    def put(self, origin: Acknowledger, packet: int, message: Received) -> None:
        """Take a message. When full, a QoS 0 message is dropped, and for QoS 1 the connection is cut,
        so that the broker gives the message again later.
        """
        try:
            self._queue.put_nowait(_Parcel(origin, packet, message))
        except asyncio.QueueFull:
            _overflow.labels(self.name).inc()
            if message.qos > 0:
                origin.drop("queue full")

    def connected_again(self) -> None:
        self._aside = 0

    async def run(self) -> None:
        while True:
            parcel = await self._queue.get()
            if await self._handle(parcel.message):
                if parcel.message.qos > 0:
                    parcel.origin.ack(parcel.packet)
                _handled.labels(self.name).inc()

    async def _handle(self, message: Received) -> bool:
        """Whether to acknowledge."""
        backoff = Backoff(FIRST_RETRY_S, LAST_RETRY_S)
        failures = 0
        while True:
            try:
                await self._handler(message)
            except Unavailable as error:
                _failed.labels(self.name).inc()
                _log.warning("message waits for a part that is away", lane=self.name, error=error.kind)
            except Exception:  # noqa: BLE001  # isolated: logged, counted, tried again
                _failed.labels(self.name).inc()
                _log.exception("message handler failed", lane=self.name)
                failures += 1
                if failures >= ATTEMPTS:
                    return self._put_aside()
            else:
                return True
            await asyncio.sleep(backoff.next())

    def _put_aside(self) -> bool:
        if self._aside < SET_ASIDE_LIMIT:
            self._aside += 1
            _set_aside.labels(self.name).inc()
            return False
        _given_up.labels(self.name).inc()
        _log.error("message given up", lane=self.name)
        return True
