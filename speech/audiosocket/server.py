"""The AudioSocket server: bounded connections, read in place; a listener for each tap gets the audio.

A connection whose sound nobody has announced gives way to a new one when there is no place left. The server
only reads, and prods a tap that says nothing; one that is slow, full or gone ends a tap and never a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from core.clock import Clock
from core.errors import Unavailable
from core.listening import Addresses, ConnectionSlots, listen
from core.listening.descriptors import limit, shares
from core.listening.listener import BACKLOG, peer_of
from core.listening.places import Peer
from core.log import logger
from core.metrics import counter, gauge
from core.sound.audiosocket import HEADER, AudioSocketDecoder, FrameError, FrameKind, encode
from speech.audiosocket.session import (
    AudioReceived,
    AudioSocketClosed,
    AudioSocketOpened,
    AudioSocketSession,
    CloseReason,
    Ignored,
)

_log = logger("speech")
_ended = counter("speech_connections_ended", "AudioSocket connections ended", ["why"])
_ignored = counter("speech_frames_ignored", "AudioSocket frames that mean nothing here")
_octets = counter("speech_audio_bytes", "Audio received")
_open = gauge("speech_connections", "Open AudioSocket connections")

SWEEP_S = 0.25
GATHERED = 4 * (HEADER + 320)
"""Bytes that the kernel gathers of a tap before it wakes us: four frames of 20 ms cost little more than one.
What lies there for longer than a sweep, and the last of a connection, is read however little it is.
"""
SILENT_SWEEPS = 4
"""After so many without a frame nothing comes any more: a telephone sends nothing while nobody speaks.
Counted in sweeps, for one that was late itself has the frames of meanwhile before the next.
"""
PROD = encode(FrameKind.SLIN, bytes(320))
"""20 ms of silence. Nobody hears it: a tap's channel throws away what comes to it."""


class TapListener(Protocol):
    """The receiver of one tap's audio."""

    def audio(self, pcm: bytes, now: float) -> None:
        """s16le at 8 kHz that arrived at `now` (monotonic)."""
        ...

    def silent(self) -> None:
        """Nothing has come for a while; audio may come again."""
        ...

    def closed(self, now: float) -> None:
        """No more audio comes. Called once."""
        ...

    @property
    def patient(self) -> bool:
        """Its sound is no live one: it is read piece by piece, as far as `ready` says."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a patient one takes another piece now."""
        ...

    @property
    def known(self) -> bool:
        """Whether the tap was announced: its connection gives way to no other."""
        ...


class AudioSocketServer:
    """`accept` says who listens to a tap, or None to refuse it. Nobody but this machine and the addresses
    `only` may come.
    """

    def __init__(
        self,
        clock: Clock,
        accept: Callable[[UUID], TapListener | None],
        *,
        max_connections: int,
        hello_within: float,
        idle_for: float,
        only: Addresses | None = None,
    ) -> None:
        self.clock = clock
        self.accept = accept
        self.hello_within = hello_within
        self.idle_for = idle_for
        # A connection without a UUID has the session's deadline.
        self.places = ConnectionSlots(min(max_connections, shares(limit()).calls), first_s=math.inf)
        self._only = only or Addresses()
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port that was taken. Raises `Unavailable` when it cannot be."""
        loop = asyncio.get_running_loop()
        try:
            listener = listen(host, port, self.places, of="audiosocket", only=self._only)
            self._server = await loop.create_server(lambda: _Connection(self), sock=listener, backlog=BACKLOG)
        except OSError as error:
            raise Unavailable(
                f"cannot listen for AudioSocket on {host}:{port}: {error.strerror or error}",
                remedy="set speech.port to 0 or a free port, and speech.host to an address of this machine",
            ) from error
        taken: int = self._server.sockets[0].getsockname()[1]
        return taken

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.end("server stops")
        await asyncio.sleep(0)  # connection_lost runs

    async def sweep(self) -> None:
        """Close what has missed its deadline, until cancelled."""
        while True:
            now = self.clock.monotonic()
            for connection in list(self._connections):
                connection.expire(now)
                connection.prod(now)
                connection.go_on()
                connection.take_rest()
            await asyncio.sleep(SWEEP_S)

    def came(self, connection: _Connection) -> None:
        self._connections.add(connection)
        _open.set(len(self._connections))

    def keep(self, tap_id: UUID) -> None:
        """The tap was announced: its connection, if there is one, keeps its place."""
        for connection in self._connections:
            if connection.is_of(tap_id):
                connection.keep_place()

    def close_tap(self, tap_id: UUID) -> None:
        """Close this tap, if it is connected."""
        for connection in list(self._connections):
            if connection.is_of(tap_id):
                connection.end("retired")

    def forget(self, connection: _Connection) -> None:
        self._connections.discard(connection)
        _open.set(len(self._connections))


class _Connection(asyncio.BufferedProtocol):
    def __init__(self, server: AudioSocketServer) -> None:
        self._server = server
        self._decoder = AudioSocketDecoder()
        self._transport: asyncio.Transport | None = None
        self._session: AudioSocketSession | None = None
        self._listener: TapListener | None = None
        self._resting = False
        self._gathers = False
        self._read_lately = False
        self._sweeps_silent = 0
        self._peer: Peer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        name = transport.get_extra_info("peername")
        self._peer = None if name is None else peer_of(name)
        self._server.came(self)
        now = self._server.clock.monotonic()
        self._session = AudioSocketSession(
            now, hello_within=self._server.hello_within, idle_for=self._server.idle_for
        )

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # asyncio's signature
        return self._decoder.space()

    def buffer_updated(self, nbytes: int) -> None:
        now = self._server.clock.monotonic()
        self._read_lately = True
        self._decoder.filled(nbytes)
        heard: list[bytes] = []
        try:
            over = self._read(now, heard)
        except FrameError:
            over = "malformed"
        if heard:
            self._hand_over(b"".join(heard), now)
            self._rest()
        if over:
            self.end(over)
        elif self._listener is not None and not self._gathers:
            self._gather(GATHERED)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # a reset is an end like any other
        self._finish()
        self._server.forget(self)

    def go_on(self) -> None:
        """Read on where a patient listener is ready for more."""
        if self._resting and self._transport is not None and (self._listener is None or self._listener.ready):
            self._resting = False
            self._transport.resume_reading()

    def take_rest(self) -> None:
        """Read what has come since the last sweep, if it was too little to be told of; where nothing comes,
        say so.
        """
        self._sweeps_silent = 0 if self._read_lately else self._sweeps_silent + 1
        if self._gathers and not self._read_lately:
            self._gather(1)
        self._read_lately = False
        if self._sweeps_silent >= SILENT_SWEEPS and self._listener is not None and not self._listener.patient:
            self._listener.silent()

    def keep_place(self) -> None:
        if self._peer is not None:
            self._server.places.served(self._peer)

    def is_of(self, tap_id: UUID) -> bool:
        return self._session is not None and self._session.tap_id == tap_id

    def _gather(self, least: int) -> None:
        self._gathers = least > 1
        link = self._transport.get_extra_info("socket") if self._transport is not None else None
        if link is not None:
            with contextlib.suppress(OSError):  # a system without it tells of each frame
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, least)

    def _rest(self) -> None:
        """A patient listener gets one piece at each sweep: who speaks now comes first."""
        if self._transport is None or self._transport.is_closing() or self._resting:
            return
        if self._listener is not None and self._listener.patient:
            self._resting = True
            self._transport.pause_reading()

    def expire(self, now: float) -> None:
        if self._session is not None and (closed := self._session.expire(now)):
            self.end(closed.end.name.lower())

    def prod(self, now: float) -> None:
        """Wake the channel of a tap that has said nothing for a while; one that does not read is left alone.

        A patient listener's sound comes from a recording and from no channel.
        """
        if (
            self._session is None
            or self._transport is None
            or self._listener is None
            or self._listener.patient
        ):
            return
        if self._session.prod(now) and self._transport.get_write_buffer_size() == 0:
            self._transport.write(PROD)

    def end(self, why: str) -> None:
        """Say good-bye and close; the channel that feeds this tap ends by itself."""
        if self._transport is None or self._transport.is_closing():
            return
        _ended.labels(why).inc()
        if why != CloseReason.HANGUP.name.lower():
            self._transport.write(encode(FrameKind.HANGUP))
        self._transport.close()
        self._finish()

    def _read(self, now: float, heard: list[bytes]) -> str:
        """Collect the audio of the whole frames; why the connection is over, or nothing."""
        assert self._session is not None
        for kind, payload in self._decoder.frames():
            match self._session.frame(kind, payload, now):
                case AudioReceived(pcm):
                    heard.append(bytes(pcm))
                case AudioSocketOpened(tap_id):
                    self._listener = self._server.accept(tap_id)
                    if self._listener is None:
                        return "refused"
                    if self._listener.known:
                        self.keep_place()
                case Ignored():
                    _ignored.inc()
                case AudioSocketClosed(end):
                    return end.name.lower()
        return ""

    def _hand_over(self, pcm: bytes, now: float) -> None:
        if self._listener is None:
            return
        _octets.inc(len(pcm))
        try:
            self._listener.audio(pcm, now)
        except Exception:  # noqa: BLE001  # counted and logged; only this tap ends
            _log.exception("a tap's audio could not be handled")
            self.end("listener failed")

    def _finish(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.closed(self._server.clock.monotonic())
