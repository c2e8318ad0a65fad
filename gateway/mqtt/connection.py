"""One connection to the broker on paho, from CONNECT to its end; never used again afterwards.

Acknowledgements are ours to send (`ack`), and every reason code of the broker is given to the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket as sockets
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any, TypeVar

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from gateway.mqtt.errors import BrokerAway, BrokerRefused
from gateway.mqtt.message import Received
from gateway.mqtt.settings import BrokerSettings

T = TypeVar("T")

TCP_CORK: int | None = getattr(sockets, "TCP_CORK", None)
READ_AT_ONCE = 100
"""Packets that are read before anything else has its turn, some ten milliseconds at most."""
FAILURE = 0x80
"""Reason codes from here on are refusals (MQTT 5, 2.4)."""
_AWAY = "see that the broker runs and that its address in the settings is right"
_NO_AUTHORITY = "see that [mqtt] ca_file is a PEM file that this role may read"
_REFUSED = "check user and password of this account, and that the broker knows it"


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us, retained, when we are gone for longer than `delay_s`."""

    topic: str
    payload: bytes
    delay_s: int


class MqttConnection:
    """`on_message(packet id, message)` is called in the loop's thread and must return at once."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        client_id: str,
        will: Will | None,
        on_message: Callable[[MqttConnection, int, Received], None],
    ) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._deliver = on_message
        self._opened: asyncio.Future[bool] = self._loop.create_future()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._published: dict[int, asyncio.Future[int]] = {}
        self._subscribed: dict[int, asyncio.Future[list[int]]] = {}
        self._pulse: asyncio.Task[None] | None = None
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = settings.connect_timeout_s
        client.username_pw_set(settings.user, settings.password.get_secret_value())
        if will is not None:
            properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
            properties.WillDelayInterval = will.delay_s
            client.will_set(will.topic, will.payload, qos=1, retain=True, properties=properties)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        self._client = client

    @property
    def alive(self) -> bool:
        """Whether the broker has accepted it and it has not ended."""
        return self._opened.done() and not self._ended.done()

    async def open(self) -> bool:
        """Connect; whether the broker still had our session. Raises `BrokerAway` or `BrokerRefused`."""
        if self._settings.tls:
            self._client.tls_set_context(_trust(self._settings.ca_file))
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        properties.ReceiveMaximum = self._settings.receive_maximum
        properties.MaximumPacketSize = self._settings.maximum_packet

        def connect() -> None:
            self._client.connect(
                self._settings.host,
                self._settings.port,
                self._settings.keepalive_s,
                clean_start=False,
                properties=properties,
            )

        # paho resolves and connects in blocking calls, bounded by `connect_timeout_s`.
        attempt = self._loop.run_in_executor(None, connect)
        try:
            await asyncio.shield(attempt)
            self._pulse = self._loop.create_task(self._beat(), name="mqtt.pulse")
            async with asyncio.timeout(self._settings.connect_timeout_s):
                return await self._opened
        except asyncio.CancelledError:
            await asyncio.gather(attempt, return_exceptions=True)
            raise
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            raise BrokerAway(type(error).__name__, remedy=_AWAY) from error

    async def subscribe(self, filters: Sequence[str]) -> list[int]:
        """Subscribe at QoS 1; the broker's reason code for each filter. Raises `BrokerAway`."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)
        result, packet = self._client.subscribe([(name, options) for name in filters])
        return await self._answer(self._subscribed, packet, result)

    async def publish(
        self, topic: str, payload: bytes, *, qos: int, retain: bool, expiry_s: float | None
    ) -> int:
        """Publish and wait for the broker's reason code (0 for QoS 0). Raises `BrokerAway`."""
        properties = None if expiry_s is None else _expiring(max(1, int(expiry_s)))
        try:
            info = self._client.publish(topic, payload, qos, retain, properties)
        except ValueError as error:
            raise BrokerAway("the packet cannot be sent", remedy=_AWAY) from error
        if qos == 0 and info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            return 0
        return await self._answer(self._published, info.mid, info.rc)

    def ack(self, packet: int) -> None:
        """Tell the broker that the message is dealt with; it will not come again."""
        if self.alive:
            self._client.ack(packet, 1)

    async def ended(self) -> str:
        """Wait until the connection is over; why."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """End the connection. The broker keeps the session, and no will is sent."""
        if self._opened.done() and not self._ended.done():
            self._client.disconnect()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await asyncio.shield(self._ended)
        self._finish("closed")

    def drop(self, why: str) -> None:
        """Cut the connection without a word, so that the broker gives unacknowledged messages again."""
        self._finish(why)

    async def _answer(self, waiting: dict[int, asyncio.Future[T]], packet: int | None, rc: int) -> T:
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or packet is None or self._ended.done():
            raise BrokerAway("not connected", remedy=_AWAY)
        future: asyncio.Future[T] = self._loop.create_future()
        waiting[packet] = future
        try:
            async with asyncio.timeout(self._settings.publish_timeout_s):
                return await future
        except TimeoutError as error:
            raise BrokerAway("no answer in time", remedy=_AWAY) from error
        finally:
            waiting.pop(packet, None)

    def _finish(self, why: str) -> None:
        if self._pulse is not None:
            self._pulse.cancel()
        if not self._ended.done():
            self._ended.set_result(why)
        if not self._opened.done():
            self._opened.set_exception(BrokerAway(why, remedy=_AWAY))
            self._opened.exception()  # retrieved: `open` may no longer be waiting
        for published in self._published.values():
            _fail(published, why)
        for subscribed in self._subscribed.values():
            _fail(subscribed, why)
        # paho closes its socket once more when it is collected, in whichever thread: not ours to hear.
        for name in ("open", "close", "register_write", "unregister_write"):
            setattr(self._client, f"on_socket_{name}", None)
        socket = self._client.socket()
        if socket is not None and socket.fileno() >= 0:
            self._loop.remove_reader(socket.fileno())
            self._loop.remove_writer(socket.fileno())
            socket.close()

    async def _beat(self) -> None:
        # Pings, and notices a silent link; paho has no clock of its own here.
        while self._client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS:  # noqa: ASYNC110
            await asyncio.sleep(1.0)

    def _on_connect(
        self, _c: Client, _u: Any, flags: ConnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        if self._opened.done():
            return
        if reason.value < FAILURE:
            self._opened.set_result(bool(flags.session_present))
        else:
            self._opened.set_exception(BrokerRefused(str(reason), remedy=_REFUSED))

    def _on_disconnect(
        self, _c: Client, _u: Any, flags: DisconnectFlags, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self._finish(str(reason) if flags.is_disconnect_packet_from_server else "connection lost")

    def _on_message(self, _c: Client, _u: Any, message: MQTTMessage) -> None:
        received = Received(
            message.topic, bytes(message.payload), message.qos, bool(message.retain), bool(message.dup)
        )
        self._deliver(self, message.mid, received)

    def _on_publish(self, _c: Client, _u: Any, mid: int, reason: ReasonCode, _p: Properties | None) -> None:
        future = self._published.get(mid)
        if future is not None and not future.done():
            future.set_result(reason.value)

    def _on_subscribe(
        self, _c: Client, _u: Any, mid: int, reasons: list[ReasonCode], _p: Properties | None
    ) -> None:
        future = self._subscribed.get(mid)
        if future is not None and not future.done():
            future.set_result([reason.value for reason in reasons])

    # paho calls these four from the connecting thread as well as from the loop's own.
    def _on_socket_open(self, _c: Client, _u: Any, socket: Any) -> None:
        # A small message does not wait until the broker has acknowledged the one before.
        with contextlib.suppress(OSError):
            socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self._in_loop(self._watch_reads, socket)

    def _on_socket_close(self, _c: Client, _u: Any, socket: Any) -> None:
        self._in_loop(self._loop.remove_reader, socket.fileno())

    def _on_register_write(self, _c: Client, _u: Any, socket: Any) -> None:
        self._in_loop(self._watch_writes, socket)

    def _on_unregister_write(self, _c: Client, _u: Any, socket: Any) -> None:
        self._in_loop(self._loop.remove_writer, socket.fileno())

    def _in_loop(self, act: Callable[[Any], object], argument: Any) -> None:
        # At once where possible: a descriptor that is closed now may be another's a moment later.
        if threading.get_ident() == self._thread:
            act(argument)
        else:
            self._loop.call_soon_threadsafe(act, argument)

    def _watch_reads(self, socket: Any) -> None:
        if socket.fileno() >= 0 and not self._ended.done():
            self._loop.add_reader(socket.fileno(), self._read, socket)

    def _watch_writes(self, socket: Any) -> None:
        if socket.fileno() >= 0 and not self._ended.done():
            self._loop.add_writer(socket.fileno(), self._write, socket)

    def _read(self, socket: Any) -> None:
        try:
            # All that has come in, so that who takes several messages at a time has them together.
            for _ in range(READ_AT_ONCE):
                self._client.loop_read()
                if socket.fileno() < 0 or not _has_more(socket):
                    break
        except Exception as error:  # noqa: BLE001  # paho raises what the socket or a broken packet raises
            self._finish(type(error).__name__)

    def _write(self, socket: Any) -> None:
        try:
            # paho sends each packet by itself: what waits leaves together.
            with _corked(socket):
                self._client.loop_write()
        except Exception as error:  # noqa: BLE001  # as above
            self._finish(type(error).__name__)


@lru_cache(64)
def _expiring(seconds: int) -> Properties:
    """To make one costs as much as to publish with it; nobody changes it."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = seconds
    return properties


@contextlib.contextmanager
def _corked(socket: Any) -> Iterator[None]:
    """What is written meanwhile leaves at its end in as few segments as it fits; where the system can."""
    if TCP_CORK is None:
        yield
        return
    socket.setsockopt(IPPROTO_TCP, TCP_CORK, 1)
    try:
        yield
    finally:
        if socket.fileno() >= 0:
            socket.setsockopt(IPPROTO_TCP, TCP_CORK, 0)


def _has_more(socket: Any) -> bool:
    """Whether something can be read now."""
    if isinstance(socket, ssl.SSLSocket) and socket.pending():
        return True
    waiting = select.poll()
    waiting.register(socket, select.POLLIN)
    return bool(waiting.poll(0))


def _trust(authority: Path | None) -> ssl.SSLContext:
    """Checks the broker's certificate and its name. Raises `BrokerAway` for a file that is no authority's."""
    try:
        context = ssl.create_default_context(cafile=None if authority is None else str(authority))
    except OSError as error:  # ssl.SSLError is one
        why = f"{authority}: {error.strerror or 'no certificate'}"
        raise BrokerAway(why, remedy=_NO_AUTHORITY) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _fail(future: asyncio.Future[Any], why: str) -> None:
    if not future.done():
        future.set_exception(BrokerAway(why, remedy=_AWAY))
