"""The port to the broker: stays connected, publishes with the broker's verdict, hands out messages.

A link never loses a message silently: a publish that the broker has not confirmed raises, and a received
message is acknowledged after its handler. What was unconfirmed at a cut is the caller's to send again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from core.errors import SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.tasks import Tasks
from gateway.mqtt import topics
from gateway.mqtt.backoff import Backoff
from gateway.mqtt.connection import FAILURE, MqttConnection, Will
from gateway.mqtt.errors import BrokerAway, PublishDenied
from gateway.mqtt.lane import RUN_LIMIT, BatchHandler, Handler, Lane, one_by_one
from gateway.mqtt.message import Received
from gateway.mqtt.settings import BrokerSettings

_log = logger("mqtt")
_connected = gauge("mqtt_connected", "1 while this account is connected to the broker", ["client"])
_connects = counter("mqtt_connects", "Connections made", ["client"])
_cuts = counter("mqtt_cuts", "Connections that ended or could not be made", ["client"])
_published = counter("mqtt_published", "Publishes by the broker's verdict", ["client", "verdict"])
_strays = counter("mqtt_strays", "Messages on a topic that nobody here asked for", ["client"])

NO_MATCHING_SUBSCRIBERS = 0x10
WINDOW = 16
WAITING_LIMIT = 1000
STABLE_S = 5.0


TAKEN_OVER: Final = "Session taken over"
"""MQTT 5's reason code 142, as paho names it."""


@dataclass(frozen=True, slots=True)
class PresenceTopic:
    """A retained topic that says whether we are there: `online` after each connect, `offline` by the
    last will or by `stop`.
    """

    topic: str
    online: bytes = b'{"online": true}'
    offline: bytes = b'{"online": false}'


class MqttLink:
    """Subscribe and add `on_connect` callbacks before `start`; all in one event loop.

    `client_id` names the link. Its session at the broker is that name with a mark of its account: two links
    of one account with the same name push each other out, and nobody who lacks the password can.
    """

    name = "mqtt"

    def __init__(
        self, settings: BrokerSettings, *, client_id: str, presence: PresenceTopic | None = None
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._session = f"{client_id}.{_mark(settings)}"
        self._presence = presence
        self._lanes: list[Lane] = []
        self._callbacks: list[Callable[[], Awaitable[None]]] = []
        self._connection: MqttConnection | None = None
        self._ready = asyncio.Event()
        self._window = asyncio.Semaphore(WINDOW)
        self._waiting = 0
        self._tasks = Tasks("mqtt")
        self._backoff = Backoff(settings.retry_first_s, settings.retry_cap_s)
        self._why = "not started"
        self._denied: list[str] = []
        self._stopping = False
        self.on_taken_over: Callable[[], None] = lambda: None
        """Told when another link of this name and account pushed ours out."""
        self.epoch = 0
        """Rises by one with each connection."""

    @property
    def tenant(self) -> str:
        """The installation's name in topics."""
        return self._settings.tenant

    @property
    def connected(self) -> bool:
        return self._ready.is_set()

    def subscribe(self, topic_filter: str, handler: Handler, *, name: str) -> None:
        """Call `handler` for each message that matches, in order, at QoS 1 and at least once.

        The message is acknowledged when `handler` returns. Filters of one link must not overlap.
        """
        self._add(topic_filter, one_by_one(handler), name, at_once=1)

    def subscribe_batch(self, topic_filter: str, handler: BatchHandler, *, name: str) -> None:
        """Call `handler` with all messages that came while it was busy with those before, in order; nothing
        is waited for. They are acknowledged when it returns. It raises `Unavailable` when none can be taken
        now; at any other error each is handed over by itself, so that one that cannot be taken holds up no
        other. What it had taken of them comes again then.
        """
        self._add(topic_filter, handler, name, at_once=RUN_LIMIT)

    def on_connect(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Call after each connection, when the subscriptions stand; for catching up."""
        self._callbacks.append(callback)

    async def start(self) -> None:
        """Begin to connect; returns at once. A broker that is away is tried for ever."""
        for lane in self._lanes:
            self._tasks.forever(f"lane.{lane.name}", lane.run)
        self._tasks.forever("link", self._stay_connected)

    async def stop(self) -> None:
        """Say goodbye where possible, and end. The session stays at the broker."""
        self._stopping = True
        connection = self._connection
        if connection is not None and self.connected and self._presence is not None:
            await self._say(connection, self._presence.offline)
        await self._tasks.stop()
        if connection is not None:
            await connection.close()
        self._ready.clear()
        _connected.labels(self._client_id).set(0)

    async def wait_connected(self, timeout_s: float | None) -> None:
        """Raises `BrokerAway` when there is no connection within `timeout_s`; `None` waits for ever."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        except TimeoutError as error:
            raise BrokerAway(self._why, remedy="check that the broker runs and has this account") from error

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        """Publish and wait for the broker's answer; whether any session wants the message.

        False means that the broker has no subscriber for it: it was thrown away. Raises `BrokerAway`
        (no connection, or the answer is missing: it may have arrived) and `PublishDenied`.
        """
        connection = self._connection
        if not self.connected or connection is None:
            _published.labels(self._client_id, "away").inc()
            raise BrokerAway(self._why, remedy="it is tried again when the broker is back")
        if self._waiting >= WAITING_LIMIT:
            _published.labels(self._client_id, "full").inc()
            raise BrokerAway("too many publishes wait", remedy="publish slower")
        self._waiting += 1
        try:
            async with self._window:
                code = await connection.publish(topic, payload, qos=qos, retain=retain, expiry_s=expiry_s)
        except Unavailable:
            _published.labels(self._client_id, "away").inc()
            raise
        finally:
            self._waiting -= 1
        if code >= FAILURE:
            _published.labels(self._client_id, "denied").inc()
            raise PublishDenied(
                f"reason code {code}", remedy="check the access list of this account at the broker"
            )
        reached = code != NO_MATCHING_SUBSCRIBERS
        _published.labels(self._client_id, "reached" if reached else "nobody").inc()
        return reached

    def health(self) -> Health:
        if self._denied:
            return Health("mqtt", "degraded", f"the broker denies the subscription to {self._denied[0]}")
        if not self.connected:
            where = f"{self._settings.host}:{self._settings.port}"
            return Health(
                "mqtt",
                "degraded",
                f"no connection to the broker at {where}: {self._why}; it is tried again. "
                "See that it runs there (else set mqtt.host, mqtt.port) and knows the account of this role",
            )
        return Health("mqtt", "up")

    def _add(self, topic_filter: str, handler: BatchHandler, name: str, *, at_once: int) -> None:
        capacity = 4 * self._settings.receive_maximum
        self._lanes.append(Lane(topic_filter, handler, name=name, capacity=capacity, at_once=at_once))

    async def _stay_connected(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping:
            began = loop.time()
            connection = MqttConnection(
                self._settings, client_id=self._session, will=self._will(), on_message=self._sort
            )
            try:
                await connection.open()
                await self._set_up(connection)
                self._why = await connection.ended()
            except SonghuaError as error:
                self._why = f"{error.title}: {error.detail}"
            finally:
                self._ready.clear()
                _connected.labels(self._client_id).set(0)
                _cuts.labels(self._client_id).inc()
                connection.drop("link ended")
            _log.warning("broker connection ended", client=self._client_id, why=self._why)
            if self._why == TAKEN_OVER:
                self.on_taken_over()
            if loop.time() - began > STABLE_S:
                self._backoff.reset()
            await asyncio.sleep(self._backoff.next())

    async def _set_up(self, connection: MqttConnection) -> None:
        self._connection = connection
        for lane in self._lanes:
            lane.connected_again()
        if self._lanes:
            codes = await connection.subscribe([lane.topic_filter for lane in self._lanes])
            self._denied = [
                lane.topic_filter for lane, code in zip(self._lanes, codes, strict=True) if code >= FAILURE
            ]
        if self._presence is not None:
            await self._say(connection, self._presence.online)
        self.epoch += 1
        self._ready.set()
        _connected.labels(self._client_id).set(1)
        _connects.labels(self._client_id).inc()
        for number, callback in enumerate(self._callbacks):
            self._tasks.spawn(f"on_connect.{number}", callback)

    async def _say(self, connection: MqttConnection, payload: bytes) -> None:
        if self._presence is None:
            return
        try:
            await connection.publish(self._presence.topic, payload, qos=1, retain=True, expiry_s=None)
        except BrokerAway:
            _log.warning("presence not published", client=self._client_id)

    def _will(self) -> Will | None:
        if self._presence is None:
            return None
        return Will(self._presence.topic, self._presence.offline, self._settings.will_delay_s)

    def _sort(self, connection: MqttConnection, packet: int, message: Received) -> None:
        for lane in self._lanes:
            if topics.matches(lane.topic_filter, message.topic):
                lane.put(connection, packet, message)
                return
        # A subscription of an earlier version of this role: nobody here can want it.
        _strays.labels(self._client_id).inc()
        connection.ack(packet)


def _mark(settings: BrokerSettings) -> str:
    """The same for the same account and password; says nothing of either."""
    secret = f"{settings.user}\n{settings.password.get_secret_value()}"
    return hashlib.blake2b(secret.encode(), digest_size=8, person=b"mqtt-session").hexdigest()
