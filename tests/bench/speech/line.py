"""A citizen on the telephone whose mouth and ear are this process: it knows when each sample left and came.

SIPp speaks SIP for him; sound goes both ways from the first packet of the switch on, silence until he is to
say something.
"""

from __future__ import annotations

import random
import struct
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.speech.figures import FRAME_S, Packet
from tests.peers.earpiece import HEADER, Earpiece
from tests.peers.handset import FRAME, SILENCE
from tests.peers.sipp import SippCaller

PCMU: Final = 0
_RTP = struct.Struct("!BBHII")


class Line(Earpiece):
    """`said_at` is when the first sample of what he was last told to say left (`time.monotonic`)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._peer: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._saying: Sequence[bytes] = ()
        self._at = 0
        self._again = False
        self._begun = threading.Event()
        self._source = random.randrange(1 << 32)
        self.packets: list[Packet] = []
        self.said_at = 0.0
        super().__init__(port)
        self._mouth = threading.Thread(target=self._talk, name="line", daemon=True)
        self._mouth.start()

    def say(self, ulaw: bytes, *, again: bool = False, within: float = 5.0) -> float:
        """Say this from the next frame on (`again`: and again); when its first sample left.

        Raises `TimeoutError` when there is no peer to say it to.
        """
        frames = [ulaw[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(ulaw), FRAME)]
        self._begun.clear()
        with self._lock:
            self._saying, self._at, self._again = frames, 0, again
        if not self._begun.wait(within):
            raise TimeoutError("no packet has come from the switch: there is nobody to speak to")
        return self.said_at

    def close(self) -> None:
        self._open = False
        self._mouth.join(2)
        super().close()

    def _next(self) -> bytes:
        with self._lock:
            if self._at >= len(self._saying):
                return SILENCE
            if self._at == 0 and not self._begun.is_set():
                self.said_at = time.monotonic()
                self._begun.set()
            frame = self._saying[self._at]
            self._at += 1
            if self._again and self._at == len(self._saying):
                self._at = 0
            return frame

    def _talk(self) -> None:
        sequence, stamp = random.randrange(1000), random.randrange(1 << 31)
        due = time.monotonic()
        while self._open:
            if self._peer is not None:
                head = _RTP.pack(0x80, PCMU, sequence & 0xFFFF, stamp & 0xFFFFFFFF, self._source)
                self._socket.sendto(head + self._next(), self._peer)
                sequence += 1
                stamp += FRAME
            due += FRAME_S
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            elif wait < -1:
                due = time.monotonic()  # this process was held up: no burst of frames

    def _listen(self) -> None:
        while self._open:
            try:
                packet, self._peer = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            if len(packet) > HEADER and packet[1] & 0x7F == PCMU:
                at = time.monotonic()
                _, _, sequence, stamp, _ = _RTP.unpack(packet[:HEADER])
                self.packets.append(Packet(at, sequence, stamp))
                self._packets.append((at, packet[HEADER:]))


class Citizen(SippCaller):
    """Dials as `SippCaller` does, µ-law; `line` speaks and hears."""

    def __init__(
        self, folder: Path, *, switch_port: int, caller: str, seconds: float, called: str = "12345"
    ) -> None:
        super().__init__(folder, switch_port=switch_port, caller=caller, called=called, seconds=seconds)
        assert self._ear is not None
        self._ear.close()
        self.line = Line(self.media)
        self._ear = self.line
