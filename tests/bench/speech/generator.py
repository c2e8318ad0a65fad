"""Many AudioSocket streams at speaking pace, as Asterisk's taps bring them: frames of 20 ms, each at its
time.

A companion (`companion.py`). First order: `port`, `streams`, `seconds`, `sound` (a function of `voices.py`),
`step_s` (how far each stream is ahead of the one before it in that sound). When all are connected it answers
with `began` (`time.monotonic()`); at the end with how many frames went and how late they were. The tap's UUID
tells when its first frame is due, so that who hears it knows how late each frame is.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from uuid import UUID

from core.sound.audiosocket import HEADER, FrameKind, encode
from speech.model import BYTES_PER_SECOND
from tests.bench.companion import asked, told
from tests.bench.speech import voices
from tests.bench.speech.figures import FRAME_S, shown

FRAME_BYTES = int(FRAME_S * BYTES_PER_SECOND)
SLOTS = 10
"""Streams do not all speak in the same moment: their frames are spread over the 20 ms."""
CONNECT_S = 1.0
CONNECTS_A_SECOND = 400.0
SOUNDS = {"talk": voices.talk, "conversation": voices.conversation}
_NAME = struct.Struct("!4sId")
_MARK = b"tap\0"


def named(number: int, due: float) -> UUID:
    return UUID(bytes=_NAME.pack(_MARK, number, due))


def number_and_due(tap: UUID) -> tuple[int, float]:
    _, number, due = _NAME.unpack(tap.bytes)
    return number, due


def framed(sound: bytes) -> list[bytes]:
    """A sound as AudioSocket frames that may be sent again and again."""
    whole = len(sound) // FRAME_BYTES * FRAME_BYTES
    return [encode(FrameKind.SLIN, sound[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]


class Stream:
    """One tap. What the other side does not take at once waits here, so that no frame is torn."""

    def __init__(self, port: int, number: int, due: float, frames: Sequence[bytes], first: int) -> None:
        self._frames = frames
        self._at = first
        self._rest = b""
        self.blocked = 0
        self.gone = False
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(encode(FrameKind.UUID, named(number, due).bytes))
        self._socket.setblocking(False)

    def speak(self) -> None:
        frame = self._frames[self._at]
        self._at = (self._at + 1) % len(self._frames)
        if self.gone:
            return
        try:
            data = self._rest + frame if self._rest else frame
            sent = self._socket.send(data)
            self._rest = data[sent:] if sent < len(data) else b""
        except BlockingIOError:
            self.blocked += 1
            self._rest += frame
        except OSError:
            self.gone = True

    def end(self) -> None:
        self._socket.settimeout(10)
        try:
            self._socket.sendall(self._rest + encode(FrameKind.HANGUP))
        except OSError:
            self.gone = True
        self._socket.close()


def run(streams: Sequence[Sequence[Stream]], began: float, count: int) -> list[float]:
    """`count` frames of every stream, slot after slot; how late each slot was, in seconds."""
    late: list[float] = []
    for frame in range(count):
        for slot, some in enumerate(streams):
            due = began + frame * FRAME_S + slot * FRAME_S / SLOTS
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            late.append(time.monotonic() - due)
            for stream in some:
                stream.speak()
    return late


def main() -> None:
    order = asked()
    if order is None:
        return
    frames = framed(SOUNDS[order["sound"]]())
    step = int(order["step_s"] / FRAME_S)
    began = time.monotonic() + CONNECT_S + order["streams"] / CONNECTS_A_SECOND
    slots: list[list[Stream]] = [[] for _ in range(SLOTS)]
    for number in range(order["streams"]):
        slot = number % SLOTS
        due = began + slot * FRAME_S / SLOTS
        slots[slot].append(Stream(order["port"], number, due, frames, number * step % len(frames)))
    count = int(order["seconds"] / FRAME_S)
    told({"began": began, "connected_late_s": max(0.0, time.monotonic() - began)})
    late = run(slots, began, count)
    every = [one for some in slots for one in some]
    for stream in every:
        stream.end()
    told(
        {
            "frames_each": count,
            "octets_each": count * (FRAME_BYTES + HEADER),
            "blocked": sum(one.blocked for one in every),
            "gone": sum(one.gone for one in every),
            "late_s": shown(late),
        }
    )
    asked()


if __name__ == "__main__":
    main()
