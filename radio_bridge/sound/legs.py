"""The switch's AudioSocket legs: one for each conference whose talkgroup has a network with voice.

A leg is known by the UUID that it begins with, which the role `centre` has told before. Each gets 20 ms each
20 ms for as long as it lasts.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.errors import Unavailable
from core.listening import Addresses, ConnectionSlots, listen
from core.listening.descriptors import limit, shares
from core.listening.listener import BACKLOG, peer_of
from core.listening.places import Peer
from core.metrics import counter, gauge
from core.sound.audiosocket import UUID_BYTES, AudioSocketDecoder, FrameError, FrameKind, encode
from radio_bridge.sound.measures import frames
from radio_bridge.sound.pace import FRAME_S, Cutter, FramePacer
from radio_bridge.sound.settings import SoundSettings

_open = gauge("radio_bridge_conference_legs", "Legs of the switch to the role radio, by whose", ["of"])
_ended = counter("radio_bridge_conference_legs_ended", "Legs to the role radio that ended", ["of", "why"])

HELLO_S: Final = 2.0
"""The UUID comes within this time, and the role `centre` has said by then whose it is."""
IDLE_S: Final = 5.0
UNEXPECTED_MOST: Final = 32
"""So many connections may be there that no conference has announced: they take no place of one."""
UNSENT_MOST: Final = 50 * (3 + 320)
"""Bytes that may wait for a switch that does not read: a second."""
LATE_S: Final = 0.2
"""A clock that is so late begins anew: a frozen process does not catch up."""

Outwards = Callable[[str, bytes], object]
There = Callable[[UUID, bool], None]


class Legs:
    """`outwards(group, frame)` gets the sound of conferences; `there` is told of each leg that was expected:
    True with its first sound, False when it has ended. `of` is whose they are, for the metrics.
    """

    def __init__(
        self,
        settings: SoundSettings,
        clock: Clock,
        outwards: Outwards,
        there: There = lambda _leg, _there: None,
        *,
        of: str = "conference",
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._outwards = outwards
        self._there = there
        self.of = of
        self._group_of: dict[UUID, str] = {}
        self._leg_of: dict[str, UUID] = {}
        self._connections: set[_LegConnection] = set()
        most = min(settings.legs_most + UNEXPECTED_MOST, shares(limit()).calls)
        # Who has not brought an expected UUID has a deadline of his own, below.
        self.places = ConnectionSlots(most, first_s=math.inf)
        self._server: asyncio.Server | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; where the switch is to come. Raises `Unavailable`."""
        loop = asyncio.get_running_loop()
        host = self._settings.host
        try:
            only = Addresses(self._settings.switches)
            listener = listen(host, self._settings.port, self.places, of=f"{self.of}-sound", only=only)
            self._server = await loop.create_server(
                lambda: _LegConnection(self), sock=listener, backlog=BACKLOG
            )
        except OSError as error:
            raise Unavailable(
                f"cannot listen for the sound of conferences on {host}:{self._settings.port}",
                remedy="set radio.sound.port to 0 or a free port, and host to an address of this machine",
            ) from error
        return self._settings.public_host or host, int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.end("stopped")
        await asyncio.sleep(0)

    def expect(self, group: str, leg: UUID | None) -> None:
        """The role `centre` says which leg is this talkgroup's; any other one of it ends."""
        before = self._leg_of.get(group)
        if before == leg:
            return
        if before is not None:
            del self._group_of[before], self._leg_of[group]
            for connection in [one for one in self._connections if one.leg == before]:
                connection.end("replaced")
        if leg is not None:
            self._group_of[leg], self._leg_of[group] = group, leg

    def heard(self, group: str, frame: bytes) -> None:
        for connection in self._of(group):
            if not connection.pace.heard(frame):
                frames.labels("in", "late").inc()

    def ended(self, group: str) -> None:
        for connection in self._of(group):
            connection.pace.ended()

    def flush(self, group: str) -> None:
        """Drop what waits to be played in the talkgroup's conference."""
        for connection in self._of(group):
            connection.pace.flush()

    async def run(self) -> None:
        """Give each leg its 20 ms, until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += FRAME_S
            now = loop.time()
            if now - due > LATE_S:
                due = now
            await asyncio.sleep(max(0.0, due - now))
            moment = self._clock.monotonic()
            for connection in list(self._connections):
                connection.step(moment)

    # --- for its connections --------------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self._clock.monotonic()

    def came(self, connection: _LegConnection) -> None:
        self._connections.add(connection)
        _open.labels(self.of).set(len(self._connections))

    def forget(self, connection: _LegConnection) -> None:
        self._connections.discard(connection)
        _open.labels(self.of).set(len(self._connections))
        if connection.known and connection.leg is not None:
            self._there(connection.leg, False)

    def knows(self, connection: _LegConnection) -> None:
        """It has brought its first sound."""
        connection.known = True
        self.keep(connection)
        if connection.leg is not None:
            self._there(connection.leg, True)

    def keep(self, connection: _LegConnection) -> None:
        """It was expected: it gives way to no other from now on."""
        if connection.peer is not None:
            self.places.served(connection.peer)

    def group_of(self, leg: UUID | None) -> str | None:
        """The talkgroup of an AudioSocket leg; None for an unknown one."""
        return None if leg is None else self._group_of.get(leg)

    def take(self, group: str, frame: bytes) -> None:
        """A frame of 20 ms from the talkgroup's conference."""
        self._outwards(group, frame)

    def _of(self, group: str) -> list[_LegConnection]:
        leg = self._leg_of.get(group)
        return [] if leg is None else [one for one in self._connections if one.leg == leg]


class _LegConnection(asyncio.BufferedProtocol):
    def __init__(self, legs: Legs) -> None:
        self._legs = legs
        self._decoder = AudioSocketDecoder()
        self._cutter = Cutter()
        self._transport: asyncio.Transport | None = None
        self._deadline = legs.now + HELLO_S
        self.pace = FramePacer()
        self.peer: Peer | None = None
        self.leg: UUID | None = None
        self.known = False
        """It was expected, and has brought sound."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self.peer = None if name is None else peer_of(name)
        self._legs.came(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # a reset is an end like any other
        self._legs.forget(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # asyncio's signature
        return self._decoder.space()

    def buffer_updated(self, nbytes: int) -> None:
        self._decoder.filled(nbytes)
        try:
            for kind, payload in self._decoder.frames():
                self._take(kind, payload)
        except FrameError:
            self.end("malformed")

    def step(self, now: float) -> None:
        """These 20 ms of it."""
        if self._transport is None or self._transport.is_closing():
            return
        if now >= self._deadline:
            self.end("idle" if self.leg is not None else "silent")
        elif self._transport.get_write_buffer_size() > UNSENT_MOST:
            self.end("unread")
        else:
            self._transport.write(encode(FrameKind.SLIN, self.pace.next()))

    def end(self, why: str) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        _ended.labels(self._legs.of, why).inc()
        self._transport.write(encode(FrameKind.HANGUP))
        self._transport.close()

    def _take(self, kind: int, payload: memoryview) -> None:
        now = self._legs.now
        if kind in {FrameKind.HANGUP, FrameKind.ERROR}:
            self.end("hangup" if kind == FrameKind.HANGUP else "peer_error")
        elif kind == FrameKind.UUID and self.leg is None and len(payload) == UUID_BYTES:
            # The role `centre` may say a moment later whose it is: until then it has the time of a hello.
            self.leg = UUID(bytes=bytes(payload))
            if self._legs.group_of(self.leg) is not None:
                self._legs.keep(self)
        elif kind == FrameKind.SLIN and len(payload) % 2 == 0:
            self._sound(payload, now)

    def _sound(self, payload: memoryview, now: float) -> None:
        group = self._legs.group_of(self.leg)
        if group is None:
            return
        self._deadline = now + IDLE_S
        if not self.known:
            self._legs.knows(self)
        for frame in self._cutter.cut(payload):
            self._legs.take(group, frame)
