"""What arrives at a telephone that sends nothing: RTP with G.711, kept by its time of arrival.

A switch's own recording skips the time in which no frame flows in either direction; this ear does not.
"""

from __future__ import annotations

import socket
import struct
import threading
import time

import numpy as np

from tests.peers.audio import RATE, Samples

HEADER = 12
EVENTS, KEYS = 101, "0123456789*#ABCD"
LATE = 0.1  # a packet later than this leaves a gap, an earlier one follows without one


class Earpiece:
    """Listens on a UDP port from `open` to `close`; `samples` is what was heard from the first packet on."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.2)
        self._packets: list[tuple[float, bytes]] = []
        self._keys: dict[bytes, str] = {}
        self._open = True
        self._thread = threading.Thread(target=self._listen, name="earpiece", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._open = False
        self._thread.join(2)
        self._socket.close()

    def send_keys(self, digits: str, to: tuple[str, int]) -> None:
        """Send keys from this port as RFC 4733 events: 100 ms each, the end told three times."""
        sequence, stamp = 1000, 8000
        for digit in digits:
            event = "0123456789*#ABCD".index(digit)
            for step in range(8):
                held, last = min(step + 1, 6) * 160, step >= 5
                head = struct.pack("!BBHII", 0x80, 101 | (0x80 if step == 0 else 0), sequence, stamp, 0x51FF)
                self._socket.sendto(head + struct.pack("!BBH", event, 0x8A if last else 0x0A, held), to)
                sequence += 1
                time.sleep(0.02)
            stamp += 2400
            time.sleep(0.14)

    def samples(self, since: float | None = None) -> Samples:
        """Heard since the first packet, or from `since` on (`time.monotonic`); silence where nothing came."""
        packets = [one for one in list(self._packets) if since is None or one[0] >= since]
        if not packets:
            return np.zeros(0)
        begin = packets[0][0] if since is None else since
        parts: list[Samples] = []
        end = 0.0
        for at, payload in packets:
            gap = at - begin - end
            if gap > LATE:
                parts.append(np.zeros(int(gap * RATE)))
                end += gap
            parts.append(_ULAW[np.frombuffer(payload, dtype=np.uint8)])
            end += len(payload) / RATE
        return np.concatenate(parts)

    def keys(self) -> str:
        """Keys that came as telephone events (RFC 4733), each once, in order."""
        return "".join(self._keys.values())

    def _listen(self) -> None:
        while self._open:
            try:
                packet = self._socket.recv(2048)
            except TimeoutError:
                continue
            if len(packet) > HEADER and packet[1] & 0x7F == 0:
                self._packets.append((time.monotonic(), packet[HEADER:]))
            elif len(packet) > HEADER and packet[1] & 0x7F == EVENTS and packet[HEADER] < len(KEYS):
                self._keys.setdefault(packet[4:8], KEYS[packet[HEADER]])  # one event has one timestamp


def decode(ulaw: bytes) -> Samples:
    """Samples between -1 and 1."""
    return _ULAW[np.frombuffer(ulaw, dtype=np.uint8)]


def _ulaw_table() -> Samples:
    """ITU-T G.711, µ-law to linear, between -1 and 1."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)
    linear = np.where(code & 0x80, 0x84 - magnitude, magnitude - 0x84)
    return np.asarray(linear / 32768, dtype=np.float64)


_ULAW = _ulaw_table()
