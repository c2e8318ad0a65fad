"""A telephone's handset over RTP: hears, speaks a tone, a file or nothing, presses keys (RFC 4733).

It answers to where the switch's packets come from; until the first of them it is silent.
"""

from __future__ import annotations

import math
import random
import struct
import threading
import time
from collections import deque

import numpy as np

from tests.peers.audio import RATE
from tests.peers.earpiece import HEADER, Earpiece

FRAME = 160  # samples, 20 ms
SILENCE = b"\xff" * FRAME
EVENT = 101
KEYS = "0123456789*#"
STEPS = 5  # packets of 20 ms for each key, then three that end it
PAUSE = 5  # frames between two keys


class Handset(Earpiece):
    """Everything that `Earpiece` hears, and a mouth. `close` ends both."""

    def __init__(self, port: int) -> None:
        self._peer: tuple[str, int] | None = None
        self._pressed: deque[str] = deque()
        self._tone: deque[bytes] = deque()
        self._sequence = random.randrange(1000)
        self._stamp = 0
        self._source = random.randrange(1 << 32)
        super().__init__(port)
        self._speaker = threading.Thread(target=self._talk, name="handset", daemon=True)
        self._speaker.start()

    def key_in(self, keys: str) -> None:
        """Each key for 100 ms, one after the other; returns at once."""
        self._pressed.extend(keys)

    def speak(self, frequency: float, seconds: float) -> None:
        """A tone, from now on; returns at once."""
        times = np.arange(int(seconds * RATE)) / RATE
        coded = encode(0.3 * np.sin(2 * math.pi * frequency * times))
        self._tone.extend(coded[at : at + FRAME] for at in range(0, len(coded) - FRAME + 1, FRAME))

    def say(self, ulaw: bytes) -> None:
        """Headerless µ-law at 8 kHz, from now on; returns at once."""
        self._tone.extend(ulaw[at : at + FRAME] for at in range(0, len(ulaw) - FRAME + 1, FRAME))

    @property
    def left_s(self) -> float:
        """How many seconds of what it was told to say are still to come."""
        return len(self._tone) * FRAME / RATE

    def close(self) -> None:
        self._open = False
        self._speaker.join(2)
        super().close()

    def _listen(self) -> None:
        while self._open:
            try:
                packet, self._peer = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            if len(packet) > HEADER and packet[1] & 0x7F == 0:
                self._packets.append((time.monotonic(), packet[HEADER:]))

    def _talk(self) -> None:
        due = time.monotonic()
        pause = 0
        while self._open:
            if self._pressed and not pause and self._peer is not None:
                due = self._key(self._pressed.popleft(), due)
                pause = PAUSE
                continue
            pause = max(0, pause - 1)
            self._send(0, self._tone.popleft() if self._tone and self._peer else SILENCE, self._stamp)
            due = self._next(due)

    def _key(self, key: str, due: float) -> float:
        code = KEYS.index(key)
        stamp = self._stamp
        for step in range(1, STEPS + 1):
            self._send(EVENT, struct.pack("!BBH", code, 10, step * FRAME), stamp, marker=step == 1)
            due = self._next(due)
        for _ in range(3):
            self._send(EVENT, struct.pack("!BBH", code, 0x80 | 10, STEPS * FRAME), stamp)
        return due

    def _next(self, due: float) -> float:
        self._stamp += FRAME
        due += FRAME / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        return due

    def _send(self, kind: int, payload: bytes, stamp: int, *, marker: bool = False) -> None:
        if self._peer is None:
            return
        self._sequence += 1
        head = struct.pack(
            "!BBHII",
            0x80,
            kind | (0x80 if marker else 0),
            self._sequence & 0xFFFF,
            stamp & 0xFFFFFFFF,
            self._source,
        )
        self._socket.sendto(head + payload, self._peer)


def encode(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bytes:
    """ITU-T G.711, linear between -1 and 1 to µ-law."""
    linear = np.clip(samples * 32767, -32635, 32635).astype(np.int32)
    sign = np.where(linear < 0, 0x80, 0)
    magnitude = np.abs(linear) + 0x84
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))
