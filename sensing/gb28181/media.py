"""What a camera sends to a port of ours: RTP over UDP with a program stream; and its first keyframe."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.metrics import counter
from sensing.errors import CameraFault, CamerasBusy, NoPicture
from sensing.gb28181.key_picture import KeyPicture, PictureTooLarge
from sensing.gb28181.program_stream import ProgramStream
from sensing.gb28181.rtp_order import RtpOrder
from sensing.snapshots.keyframe import RtpPacket, parse_rtp
from sensing.snapshots.rtsp_camera import CodedPicture

MOST_WAITING: Final = 1_024
"""Datagrams that wait to be looked at; further ones are lost, as on the line."""
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a stream in which no keyframe was found."""
_packets = counter("sensing_gb28181_packets", "Packets of pictures by what became of them", ["fate"])


def taken(data: bytes, ssrc: int) -> RtpPacket | None:
    """The packet of the stream that we asked for; None for another, which is counted."""
    packet = parse_rtp(data)
    if packet is None or struct.unpack_from(">I", data, 8)[0] != ssrc:
        _packets.labels("not-rtp" if packet is None else "ssrc").inc()
        return None
    _packets.labels("taken").inc()
    return packet


def lost(many: int) -> None:
    """So many packets of a stream never came."""
    _packets.labels("lost").inc(many)


@dataclass(slots=True)
class StreamReader:
    """Packets to the first keyframe. Pure; takes any bytes. `ssrc` is the number that we asked for."""

    ssrc: int
    _order: RtpOrder = field(default_factory=RtpOrder)
    _stream: ProgramStream = field(default_factory=ProgramStream)
    _picture: KeyPicture = field(default_factory=KeyPicture)
    _bytes: int = 0

    def add(self, data: bytes) -> CodedPicture | None:
        """Raises `NoPicture` for a codec that is not read, and for a stream that is too large."""
        packet = taken(data, self.ssrc)
        if packet is None:
            return None
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise NoPicture(CameraFault.TOO_LARGE, "it sends much, and no whole keyframe")
        before = self._order.lost
        for payload in self._order.add(packet.sequence, packet.payload):
            found = self._piece(payload)
            if found is not None:
                return found
        lost(self._order.lost - before)
        return None

    def _piece(self, payload: bytes | None) -> CodedPicture | None:
        if payload is None:
            self._stream.gap()
            self._picture.gap()
            return None
        video = self._stream.feed(payload)
        if self._stream.codec == "other":
            raise NoPicture(CameraFault.CODEC)
        self._picture.codec = self._picture.codec or self._stream.codec
        try:
            found = self._picture.feed(video)
        except PictureTooLarge:
            raise NoPicture(CameraFault.TOO_LARGE) from None
        return None if found is None else CodedPicture(self._picture.codec, found, "udp")


class _PictureDatagrams(asyncio.DatagramProtocol):
    def __init__(self, senders: Collection[str]) -> None:
        self._senders = senders
        self.packets: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] not in self._senders:
            _packets.labels("sender").inc()
            return
        with contextlib.suppress(asyncio.QueueFull):
            self.packets.put_nowait(data)


class MediaPort:
    """One port of ours for one stream; `senders` are addresses whose packets are taken."""

    def __init__(self, made: socket.socket, senders: set[str]) -> None:
        self.senders = senders
        self.port = int(made.getsockname()[1])
        self._socket = made
        self._protocol = _PictureDatagrams(senders)

    @asynccontextmanager
    async def heard(self) -> AsyncIterator[asyncio.Queue[bytes]]:
        """What comes, as it comes."""
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self._protocol, sock=self._socket
        )
        try:
            yield self._protocol.packets
        finally:
            transport.abort()

    def end(self) -> None:
        """Nothing more comes: who hears it is told by an empty one."""
        with contextlib.suppress(asyncio.QueueFull):
            self._protocol.packets.put_nowait(b"")

    async def keyframe(self, ssrc: int) -> CodedPicture:
        """Waits for it; the caller limits the time. Raises `NoPicture`."""
        async with self.heard() as packets:
            reader = StreamReader(ssrc)
            while True:
                found = reader.add(await packets.get())
                if found is not None:
                    return found


@contextmanager
def media_port(host: str, first: int, last: int, senders: set[str]) -> Iterator[MediaPort]:
    """A free port of the range. Raises `CamerasBusy` when there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(first, last + 1):
        made = socket.socket(family, socket.SOCK_DGRAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 << 20)
            made.setblocking(False)
            made.bind((host, port))
        except OSError:
            made.close()
            continue
        try:
            yield MediaPort(made, senders)
        finally:
            made.close()
        return
    raise CamerasBusy(remedy="more ports: [sensing.gb28181] media_last")
