"""What floor control says over the broker: in order for each receiver, bounded, and never late.

Nobody waits for it. While the broker is away a word is tried again until it is two seconds old and then not
said at all: the watchdog ends what it was about. What is retained and was not taken by the broker is given
back to be said again.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.clock import Clock
from core.errors import SonghuaError, Unavailable
from core.link import BrokerLink
from core.metrics import counter, histogram
from core.tasks import Tasks

_said = counter("radio_bridge_floor_said", "Messages of floor control by what became of them", ["fate"])
_delay = histogram(
    "radio_bridge_floor_said_seconds",
    "From a floor's decision to the broker's answer for its message",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2),
)

LANES: Final = 4
CAPACITY: Final = 2000
CROWD: Final = 32
"""Words that wait for one receiver: a terminal that presses without end takes nobody else's answer away."""
AGAIN_S: Final = 0.05
EXPIRY_S: Final = 2.0
"""How long a word about the floor is worth anything."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """`payload` is made when its turn comes; None: there is nothing to say any more."""

    topic: str
    payload: Callable[[], bytes | None]
    made: float
    retain: bool = False
    nobody: Callable[[], None] | None = None
    """Called when the broker has no session that wants it."""
    lost: Callable[[], None] | None = None
    """Called when the broker did not take it."""


class FloorSender:
    """`put` returns at once. One lane for each of a few groups of receivers, so that none holds up all."""

    def __init__(self, link: BrokerLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._lanes: list[asyncio.Queue[Parcel]] = [asyncio.Queue(CAPACITY) for _ in range(LANES)]
        self._waiting: Counter[str] = Counter()
        self._tasks = Tasks("floor-out")

    def put(self, parcel: Parcel) -> bool:
        """False when it was dropped: too much waits for the broker."""
        if self._waiting[parcel.topic] >= CROWD:
            _said.labels("crowded").inc()
            return False
        lane = self._lanes[zlib.crc32(parcel.topic.encode()) % LANES]
        try:
            lane.put_nowait(parcel)
        except asyncio.QueueFull:
            _said.labels("full").inc()
            return False
        self._waiting[parcel.topic] += 1
        return True

    async def start(self) -> None:
        for number, lane in enumerate(self._lanes):
            self._tasks.forever(f"lane.{number}", lambda lane=lane: self._run(lane))  # type: ignore[misc]

    async def stop(self) -> None:
        """Say what waits, for at most a second, and end."""
        try:
            async with asyncio.timeout(1.0):
                for lane in self._lanes:
                    await lane.join()
        except TimeoutError:
            _said.labels("stopped").inc()
        await self._tasks.stop()

    async def _run(self, lane: asyncio.Queue[Parcel]) -> None:
        while True:
            parcel = await lane.get()
            self._left(parcel.topic)
            try:
                await self._send(parcel)
            finally:
                lane.task_done()

    def _left(self, topic: str) -> None:
        self._waiting[topic] -= 1
        if self._waiting[topic] <= 0:
            del self._waiting[topic]

    async def _send(self, parcel: Parcel) -> None:
        while parcel.retain or self._clock.monotonic() - parcel.made < EXPIRY_S:
            payload = parcel.payload()
            if payload is None:
                return
            try:
                reached = await self._publish(parcel, payload)
            except SonghuaError as error:
                _said.labels(error.kind).inc()
                if parcel.lost is not None:
                    parcel.lost()
                if parcel.retain or not isinstance(error, Unavailable):
                    return
                # Also between a new connection's first messages and its being ready.
                await asyncio.sleep(AGAIN_S)
                continue
            _said.labels("reached" if reached else "nobody").inc()
            _delay.observe(self._clock.monotonic() - parcel.made)
            if not reached and parcel.nobody is not None:
                parcel.nobody()
            return
        _said.labels("late").inc()

    async def _publish(self, parcel: Parcel, payload: bytes) -> bool:
        expiry_s = None if parcel.retain else EXPIRY_S
        return await self._link.publish(parcel.topic, payload, retain=parcel.retain, expiry_s=expiry_s)
