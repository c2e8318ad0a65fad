"""What a radio's receiver is fed with, as a program of its own: 20 ms of sound each 20 ms, silence unless
somebody speaks. Nothing else in it can hold up its clock.

Its first word is the port. An order `{"say": FILE}` has the sound in the file (16 kHz, s16le) said from now
on; `{"late": true}` asks by how much a block was late at most since the question before. Each is answered by
`{"late_s"}`.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import deque
from pathlib import Path

from tests.bench.companion import asked, told
from tests.peers.svxlink import BLOCK, CARD_RATE

STEP_S = BLOCK / CARD_RATE
MOST_S = 0.2
"""What came later is not made up for, as with the mouths of other tests."""


class Microphone(threading.Thread):
    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._to_say: deque[bytes] = deque()
        self._late_s = 0.0

    def say(self, sound: bytes) -> None:
        self._to_say.extend(sound[at : at + 2 * BLOCK] for at in range(0, len(sound), 2 * BLOCK))

    def late_s(self) -> float:
        """The most since this was asked last."""
        late, self._late_s = self._late_s, 0.0
        return late

    def run(self) -> None:
        silence = bytes(2 * BLOCK)
        due = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as antenna:
            while True:
                time.sleep(max(0.0, due - time.monotonic()))
                late = time.monotonic() - due
                self._late_s = max(self._late_s, late)
                block = self._to_say.popleft() if self._to_say else silence
                antenna.sendto(block, ("127.0.0.1", self._port))
                due = max(due, time.monotonic() - MOST_S) + STEP_S


def main() -> None:
    microphone = Microphone(int(sys.argv[1]))
    microphone.start()
    while (order := asked()) is not None:
        if "say" in order:
            microphone.say(Path(order["say"]).read_bytes())
        told({"late_s": microphone.late_s()})


if __name__ == "__main__":
    main()
