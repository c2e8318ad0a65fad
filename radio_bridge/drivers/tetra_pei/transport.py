"""Carries the bytes of one session over TCP or a serial line, and keeps the session's time.

The serial line is the operating system's own (termios), raw, 8 bits, without parity and flow control.
"""

from __future__ import annotations

import asyncio
import os
import termios
import tty
from collections.abc import Callable
from typing import Final, Protocol

from core.clock import Clock
from radio_bridge.drivers.carrier import LinkCarrier
from radio_bridge.drivers.tetra_pei.effects import Effect, PeiClose, PeiConnect, PeiDownReason, PeiWrite
from radio_bridge.drivers.tetra_pei.session import PeiSession

OPEN_S: Final = 10.0
UNSENT_MOST: Final = 65_536
"""So much that is not taken means that nobody reads."""
_CHUNK: Final = 4_096
_TCP: Final = "tcp://"
_SPEEDS: Final = {
    9600: termios.B9600,
    19200: termios.B19200,
    38400: termios.B38400,
    57600: termios.B57600,
    115200: termios.B115200,
}


class Wire(Protocol):
    """An open line."""

    def write(self, data: bytes) -> bool:
        """Whether the line still takes something."""
        ...

    def close(self) -> None:
        """Close the line; nothing is received afterwards."""
        ...


class PeiCarrier(LinkCarrier[Effect]):
    """`told` gets what the session tells, in order, and must not wait. Run `run` for as long as it lives."""

    session: PeiSession

    def __init__(
        self, session: PeiSession, device: str, speed: int, *, clock: Clock, told: Callable[[Effect], None]
    ) -> None:
        super().__init__(session, clock)
        self._device = device
        self._speed = speed
        self._told = told
        self._wire: Wire | None = None

    def _do(self, effect: Effect) -> None:
        match effect:
            case PeiConnect():
                self._connect()
            case PeiClose():
                self._drop()
            case PeiWrite(data):
                if self._wire is not None and not self._wire.write(data):
                    self.do(self.session.link_down(PeiDownReason.STALLED))
            case told:
                self._told(told)

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(OPEN_S):
                wire = await self._wire_to()
        except (OSError, TimeoutError, termios.error):
            self.do(self.session.link_down(PeiDownReason.UNREACHABLE))
            return
        self._wire = wire
        self.do(self.session.link_up())

    async def _wire_to(self) -> Wire:
        if not self._device.startswith(_TCP):
            return SerialWire(self._device, self._speed, self)
        host, _, port = self._device.removeprefix(_TCP).rpartition(":")
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: TcpWire(self), host.strip("[]"), int(port))
        return wire

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def received(self, wire: Wire, data: bytes) -> None:
        """Bytes of the line that stands now."""
        if wire is self._wire:
            self.do(self.session.received(data))

    def lost(self, wire: Wire) -> None:
        """The line is gone; one that was replaced already does not count."""
        if wire is self._wire:
            self._drop()
            self.do(self.session.link_down(PeiDownReason.CLOSED))


class TcpWire(asyncio.Protocol):
    """A radio that is served over TCP."""

    def __init__(self, carrier: PeiCarrier) -> None:
        self._carrier = carrier
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._carrier.received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._carrier.lost(self)

    def write(self, data: bytes) -> bool:
        if self._transport is None:
            return False
        self._transport.write(data)
        return self._transport.get_write_buffer_size() <= UNSENT_MOST

    def close(self) -> None:
        """Close the connection; what was not sent is dropped."""
        if self._transport is not None:
            self._transport.abort()


class SerialWire:
    """A radio at a serial line. Raises `OSError` or `termios.error` where it cannot be opened."""

    def __init__(self, device: str, speed: int, carrier: PeiCarrier) -> None:
        self._carrier = carrier
        self._loop = asyncio.get_running_loop()
        self._unsent = b""
        self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            _set_raw(self._fd, speed)
            self._loop.add_reader(self._fd, self._readable)
        except BaseException:
            os.close(self._fd)
            raise

    def write(self, data: bytes) -> bool:
        self._unsent += data
        self._send()
        return len(self._unsent) <= UNSENT_MOST

    def close(self) -> None:
        if self._fd < 0:
            return
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        fd, self._fd = self._fd, -1
        os.close(fd)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self._carrier.received(self, data)
        else:
            self._carrier.lost(self)

    def _send(self) -> None:
        if self._fd < 0:
            return
        try:
            sent = os.write(self._fd, self._unsent) if self._unsent else 0
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            # Reading says it, too, and in its turn.
            self._unsent, sent = b"", 0
        self._unsent = self._unsent[sent:]
        if self._unsent:
            self._loop.add_writer(self._fd, self._send)
        else:
            self._loop.remove_writer(self._fd)


def _set_raw(fd: int, speed: int) -> None:
    """Eight bits, no parity, one stop bit, no flow control, no modem lines, nothing changed on the way."""
    tty.setraw(fd, termios.TCSANOW)
    iflag, oflag, cflag, lflag, _, _, cc = termios.tcgetattr(fd)
    cflag = (cflag & ~(termios.CSTOPB | termios.PARENB | termios.CRTSCTS)) | termios.CLOCAL | termios.CREAD
    cflag = (cflag & ~termios.CSIZE) | termios.CS8
    iflag &= ~(termios.IXON | termios.IXOFF)
    rate = _SPEEDS[speed]
    termios.tcsetattr(fd, termios.TCSANOW, [iflag, oflag, cflag, lflag, rate, rate, cc])
    termios.tcflush(fd, termios.TCIOFLUSH)
