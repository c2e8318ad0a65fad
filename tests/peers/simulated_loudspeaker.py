"""A simulated loudspeaker: it listens to a multicast address for RTP with G.711, as telephones and IP
loudspeakers do that are set to multicast paging. It knows nothing of the product.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
PCMU, PCMA = 0, 8
HEAD = struct.Struct(">BBHII")


@dataclass
class PagedStream:
    """What came of one source (SSRC), in the order of its arrival; `kinds` are RTP payload types."""

    kinds: set[int] = field(default_factory=set)
    sequence: list[int] = field(default_factory=list)
    payload: bytearray = field(default_factory=bytearray)

    @property
    def seconds(self) -> float:
        return len(self.payload) / 8000

    def samples(self) -> list[int]:
        """16-bit samples of µ-law, 8 kHz (ITU-T G.711)."""
        return [_linear(code) for code in self.payload]


class SimulatedLoudspeaker:
    """`address` is a multicast address; it listens at a free even port of it, on loopback."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.streams: dict[int, PagedStream] = {}
        self.junk = 0
        self._socket = _listening(address)
        self.port = int(self._socket.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def _hear(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._socket, selectors.EVENT_READ)
            while not self._over.is_set():
                if waiting.select(0.2):
                    self._take(self._socket.recv(2048))

    def _take(self, packet: bytes) -> None:
        if len(packet) <= HEAD.size or packet[0] != 0x80:
            self.junk += 1
            return
        _, kind, sequence, _, source = HEAD.unpack_from(packet)
        stream = self.streams.setdefault(source, PagedStream())
        stream.kinds.add(kind & 0x7F)
        stream.sequence.append(sequence)
        stream.payload += packet[HEAD.size :]


def _listening(address: str) -> socket.socket:
    """At a free even port."""
    while True:
        heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        heard.bind((address, 0))
        if heard.getsockname()[1] % 2 == 0:
            joined = socket.inet_aton(address) + socket.inet_aton(LOOPBACK)
            heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
            return heard
        heard.close()


def _linear(code: int) -> int:
    code = ~code & 0xFF
    value = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return -value if code & 0x80 else value
