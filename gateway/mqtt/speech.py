"""Speech nodes and the centre over MQTT: a node announces itself and sends text, the centre announces taps.

Topics: `v1/{tenant}/speech/{node}/{state,tap,segment}`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.events import Event
from core.log import logger
from core.metrics import counter
from core.room import Health
from gateway.mqtt.lane import Handler
from gateway.mqtt.link import MqttLink, PresenceTopic
from gateway.mqtt.message import Received, parse_event
from gateway.mqtt.topics import level
from speech.events import (
    AnswerHeard,
    SpeechCapacity,
    TapAnnounced,
    TapRefused,
    TapRetired,
    TranscriptEnded,
    TranscriptGap,
    TranscriptSegment,
)

_log = logger("mqtt")
_malformed = counter("mqtt_speech_malformed", "Messages between centre and speech that were none", ["topic"])

NODES_LIMIT = 256
PARTIAL_EXPIRY_S = 5.0
ANSWER_EXPIRY_S = 5.0
"""A caller does not wait longer for what he said; the broker forgets it."""
_LATE = "{} utterances wait: the transcript is behind; raise speech.workers or add a speech node"


def topic(tenant: str, node: str, what: str) -> str:
    """The topic of one node; `what` is `state`, `tap` or `segment`."""
    return f"v1/{level(tenant)}/speech/{level(node)}/{what}"


def presence(tenant: str, node: str) -> PresenceTopic:
    """A node's last will; its capacity, retained on the same topic, replaces the bare word."""
    return PresenceTopic(topic(tenant, node, "state"))


def _payload(event: Event) -> bytes:
    return json.dumps(event.envelope(), ensure_ascii=False).encode()


class SpeechNodeLink:
    """The speech node's ports `SegmentSink` and `CapacityBoard`, and what it hears about taps."""

    def __init__(
        self,
        link: MqttLink,
        node: str,
        *,
        announced: Callable[[TapAnnounced], None],
        retired: Callable[[TapRetired], None],
    ) -> None:
        self._link = link
        self._node = node
        self._announced = announced
        self._retired = retired
        link.subscribe(topic(link.tenant, node, "tap"), self._on_tap, name="taps")

    async def publish(self, event: TranscriptSegment | TranscriptGap | TranscriptEnded) -> None:
        """Raises when the broker has not taken it; a partial that nobody could use any more expires."""
        partial = isinstance(event, TranscriptSegment) and not event.final
        await self._link.publish(
            topic(self._link.tenant, self._node, "segment"),
            _payload(event),
            expiry_s=PARTIAL_EXPIRY_S if partial else None,
        )

    async def announce(self, capacity: SpeechCapacity) -> None:
        await self._link.publish(
            topic(self._link.tenant, self._node, "state"), _payload(capacity), retain=True
        )

    async def shed(self, event: TapRefused) -> None:
        await self._link.publish(topic(self._link.tenant, self._node, "segment"), _payload(event))

    async def answered(self, event: AnswerHeard) -> None:
        await self._link.publish(
            topic(self._link.tenant, self._node, "segment"), _payload(event), expiry_s=ANSWER_EXPIRY_S
        )

    async def _on_tap(self, message: Received) -> None:
        try:
            event = parse_event(message.payload)
        except ValueError:
            _malformed.labels("tap").inc()
            return
        if isinstance(event, TapAnnounced):
            self._announced(event)
        elif isinstance(event, TapRetired):
            self._retired(event)


@dataclass(frozen=True, slots=True)
class SpeechNode:
    """A speech node as the centre knows it; fills the hotline's port `TapNode`."""

    name: str
    host: str
    port: int
    free: int
    ready: bool
    behind: int = 0
    late_free: int = 0

    @classmethod
    def of(cls, capacity: SpeechCapacity) -> SpeechNode:
        """`behind` counts the utterances that wait for a recogniser beside those that have one."""
        behind = capacity.backlog if capacity.backlog > capacity.workers_ready else 0
        ready = capacity.workers_ready > 0
        return cls(
            capacity.node, capacity.host, capacity.port, capacity.room, ready, behind, capacity.late_free
        )


class SpeechCentreLink:
    """The centre's knowledge of speech nodes, and the text that comes from them."""

    name = "speech"

    def __init__(
        self,
        link: MqttLink,
        *,
        deliver: Callable[[Event], Awaitable[None]],
        show: Callable[[Event], None],
        admit: Callable[[TranscriptSegment], Event | None] = lambda words: words,
        nodes: Sequence[str] = (),
    ) -> None:
        """`admit` says what goes further of words: they, something in their place, or nothing. Of `nodes`
        alone is anything taken; without them of every node.
        """
        self._link = link
        self._only = frozenset(nodes)
        self._admit = admit
        self._deliver = deliver
        self._show = show
        self.changed: Callable[[], None] = lambda: None
        self._answers: dict[UUID, Callable[[AnswerHeard | TapRefused], None]] = {}
        self._nodes: dict[str, SpeechNode] = {}
        self._answered: set[str] = set()
        """Nodes that have understood an answer to its end since they told their capacity."""
        root = f"v1/{level(link.tenant)}/speech/+"
        link.subscribe(f"{root}/state", self._of_ours(self._on_state), name="speech-state")
        link.subscribe(f"{root}/segment", self._of_ours(self._on_segment), name="speech-segment")

    async def start(self) -> None:
        """The link brings the news."""

    async def stop(self) -> None:
        """Do nothing: there is no task."""

    def health(self) -> Health:
        online = self.online()
        if any(node.ready for node in online):
            waiting = sum(node.behind for node in online)
            return Health("speech", "up", _LATE.format(waiting) if waiting else "")
        why = "no speech node is ready: calls go on without transcripts; start the role speech"
        return Health("speech", "degraded", why)

    def online(self) -> Sequence[SpeechNode]:
        """Without the broker nothing can be announced: then there are no nodes."""
        return tuple(self._nodes.values()) if self._link.connected else ()

    def known(self) -> bool:
        return self._link.connected

    def late_node(self) -> SpeechNode | None:
        """The node that would rather than the others transcribe a recording now, None if none would."""
        able = [node for node in self.online() if node.late_free > 0]
        return max(able, key=lambda node: node.late_free, default=None)

    def answer_node(self) -> SpeechNode | None:
        """The node that would hear a caller's answer at once: with a place, and a worker that has time. The
        worker that has just understood an answer has: its node's word of that comes a little later.
        """
        able = [node for node in self.online() if node.free > 0 and self._has_time(node)]
        return max(able, key=lambda node: node.late_free, default=None)

    def spare_node(self) -> SpeechNode | None:
        """The node that would hear somebody who is no caller: its last place is kept for callers."""
        able = [node for node in self.online() if node.free > 1 and node.late_free > 0]
        return max(able, key=lambda node: node.free, default=None)

    def can_spare(self, name: str) -> bool:
        """Whether what this node hears of others costs no caller anything."""
        return any(node.name == name and node.free > 0 and node.behind == 0 for node in self.online())

    def _has_time(self, node: SpeechNode) -> bool:
        return node.late_free > 0 or (node.name in self._answered and node.behind == 0)

    def expect(self, tap_id: UUID, take: Callable[[AnswerHeard | TapRefused], None]) -> None:
        """Give `take` what is told of this tap, and nobody else."""
        self._answers[tap_id] = take

    def forget(self, tap_id: UUID) -> None:
        """What still comes of this answer goes nowhere."""
        self._answers.pop(tap_id, None)

    async def announce(self, node: str, event: TapAnnounced) -> None:
        """Raises when the broker has not taken it."""
        await self._link.publish(topic(self._link.tenant, node, "tap"), _payload(event), expiry_s=60)

    async def retire(self, node: str, event: TapRetired) -> None:
        """Raises when the broker has not taken it."""
        await self._link.publish(topic(self._link.tenant, node, "tap"), _payload(event), expiry_s=60)

    def _of_ours(self, handler: Handler) -> Handler:
        """What comes of other nodes is dropped: they hear another switch."""

        async def take(message: Received) -> None:
            if not self._only or message.topic.split("/")[3] in self._only:
                await handler(message)

        return take

    async def _on_state(self, message: Received) -> None:
        name = message.topic.split("/")[3]
        try:
            event = parse_event(message.payload)
        except ValueError:
            # The last will, the bare word of presence, or nonsense: nothing can be given to it.
            self._answered.discard(name)
            if self._nodes.pop(name, None) is not None:
                self.changed()
            return
        if not isinstance(event, SpeechCapacity) or event.node != name:
            _malformed.labels("state").inc()
            return
        if name not in self._nodes and len(self._nodes) >= NODES_LIMIT:
            _malformed.labels("state").inc()
            return
        before, self._nodes[name] = self._nodes.get(name), SpeechNode.of(event)
        self._answered.discard(name)
        if before is None or before.free != self._nodes[name].free:
            self.changed()

    async def _on_segment(self, message: Received) -> None:
        try:
            event = parse_event(message.payload)
        except ValueError:
            _malformed.labels("segment").inc()
            _log.warning("speech message dropped: it is no known event", topic=message.topic)
            return
        name = message.topic.split("/")[3]
        if isinstance(event, AnswerHeard) and event.over and name in self._nodes:
            self._answered.add(name)
        if isinstance(event, AnswerHeard) or (
            isinstance(event, TapRefused) and event.tap_id in self._answers
        ):
            take = self._answers.get(event.tap_id)
            if take is not None:
                take(event)
            return
        if isinstance(event, TranscriptSegment):
            final, admitted = event.final, self._admit(event)
            if admitted is None:
                return
            event = admitted
            if not final:
                self._show(event)
                return
        if isinstance(event, TranscriptSegment | TranscriptGap | TranscriptEnded):
            await self._deliver(event)
        elif isinstance(event, TapRefused):
            self._show(event)
        else:
            _malformed.labels("segment").inc()
