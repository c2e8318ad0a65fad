"""Carries SIP over UDP and TCP on one port: messages in, bytes out. Strangers' addresses are left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from core.listening import Addresses, ConnectionSlots, listen
from core.listening.listener import BACKLOG, peer_of
from sensing.gb28181.registrar import GbSource
from sensing.gb28181.sip import MOST_HEAD, SipMalformed, SipMessage, SipStream, parse

MOST_CONNECTIONS: Final = 2_048
MOST_OF_ADDRESS: Final = 64
FIRST_S: Final = 10.0
MOST_UNSENT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class GbReceiver:
    """Who takes what comes; none of these may wait. `most` is how long a body from there may be, `takes` says
    whether so many more bytes are taken and `admits` whether one more message is, `received` whether somebody
    has proved who he is by it, `dropped` is told why one is not taken, `ended` that a connection is over.
    """

    most: Callable[[GbSource], int]
    takes: Callable[[GbSource, int], bool]
    admits: Callable[[GbSource], bool]
    received: Callable[[SipMessage, GbSource], bool]
    dropped: Callable[[str], None]
    ended: Callable[[int], None]


class GbSockets:
    """The port. `only` are the addresses that may send."""

    def __init__(self, host: str, port: int, only: Addresses, receiver: GbReceiver) -> None:
        self._host = host
        self._port = port
        self._only = only
        self._receiver = receiver
        self._slots = ConnectionSlots(MOST_CONNECTIONS, per_address=MOST_OF_ADDRESS, first_s=FIRST_S)
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._listener: Any = None
        self._lines: dict[int, asyncio.Transport] = {}
        self._numbers = count(1)

    @property
    def is_open(self) -> bool:
        return self._udp is not None and self._server is not None

    async def open(self) -> None:
        """Raises `OSError` when the port is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._udp, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=(self._host, self._port)
            )
            self._listener = listen(self._host, self._port, self._slots, of="gb28181", only=self._only)
            self._server = await loop.create_server(
                lambda: _Line(self, next(self._numbers)), sock=self._listener, backlog=BACKLOG
            )
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Every connection ends too."""
        if self._udp is not None:
            self._udp.abort()
        if self._server is not None:
            self._server.close()
        elif self._listener is not None:
            self._listener.close()
        for line in list(self._lines.values()):
            line.abort()
        self._udp = self._server = self._listener = None

    def tick(self) -> None:
        """End connections on which nobody proved in time who he is. To be called once or twice a second."""
        if self._listener is not None:
            self._listener.end_late()

    def send(self, data: bytes, to: GbSource) -> None:
        """What cannot be sent is lost, as any datagram may be; a connection that takes nothing ends."""
        if not to.connection:
            if self._udp is not None:
                self._udp.sendto(data, (to.ip, to.port))
            return
        line = self._lines.get(to.connection)
        if line is None:
            return
        if line.get_write_buffer_size() > MOST_UNSENT:
            line.abort()
        else:
            line.write(data)

    # What the sockets tell ---------------------------------------------------------------------------

    def datagram(self, data: bytes, source: GbSource) -> None:
        if source.ip not in self._only:
            self._receiver.dropped("stranger")
        elif len(data) > MOST_HEAD + self._receiver.most(source):
            self._receiver.dropped("too-large")
        # What is empty keeps the way open, and says nothing.
        elif data.strip(b"\r\n\0 ") and self._taken(source, data) and self._admitted(source):
            try:
                message = parse(data)
            except SipMalformed:
                self._receiver.dropped("malformed")
                return
            if len(message.body) > self._receiver.most(source):
                self._receiver.dropped("too-large")
                return
            self._receiver.received(message, source)

    def came(self, line: _Line, transport: asyncio.Transport) -> None:
        self._lines[line.number] = transport

    def said(self, line: _Line, data: bytes) -> bool:
        """False when the connection has to end."""
        if not self._taken(line.source, data):
            return False
        try:
            messages = line.stream.feed(data, self._receiver.most(line.source))
        except SipMalformed:
            self._receiver.dropped("malformed")
            return False
        for message in messages:
            if not self._admitted(line.source):
                return False
            if self._receiver.received(message, line.source):
                self._slots.served((line.source.ip, line.source.port))
        return True

    def left(self, line: _Line) -> None:
        self._lines.pop(line.number, None)
        self._receiver.ended(line.number)

    def _taken(self, source: GbSource, data: bytes) -> bool:
        taken = self._receiver.takes(source, len(data))
        if not taken:
            self._receiver.dropped("flood")
        return taken

    def _admitted(self, source: GbSource) -> bool:
        admitted = self._receiver.admits(source)
        if not admitted:
            self._receiver.dropped("flood")
        return admitted


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, sockets: GbSockets) -> None:
        self._sockets = sockets

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self._sockets.datagram(data, GbSource(*peer_of(addr)))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the device is away by its own time."""


class _Line(asyncio.Protocol):
    """A connection of a device."""

    def __init__(self, sockets: GbSockets, number: int) -> None:
        self._sockets = sockets
        self.number = number
        self.stream = SipStream()
        self.source = GbSource("", 0, number)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.source = GbSource(*peer_of(transport.get_extra_info("peername") or ("", 0)), self.number)
        self._sockets.came(self, transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None and not self._sockets.said(self, data):
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._sockets.left(self)
