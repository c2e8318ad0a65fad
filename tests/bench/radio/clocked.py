"""Mouths and ears with their times, as blocks for `onsets.looks`.

A mouth's frame is sent when its last sample was said: its first one was said 20 ms before. An ear hears a
frame's first sample when the frame comes: what a telephone or a radio keeps for late ones is not in it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Final

import numpy as np

from tests.bench.radio.onsets import Block
from tests.bench.speech.line import Line
from tests.peers.audio import Samples
from tests.peers.earpiece import decode
from tests.peers.handset import encode
from tests.peers.svxlink import BLOCK, CARD_RATE, SvxLinkPeer

KEPT: Final = 6_000
FRAME_S: Final = 0.02


class ClockedLine(Line):
    """A telephone's µ-law, both ways."""

    def __init__(self, port: int) -> None:
        self._said: deque[tuple[float, bytes]] = deque(maxlen=KEPT)
        super().__init__(port)

    @property
    def connected(self) -> bool:
        return bool(self._packets)

    def say_sound(self, samples: Samples, *, again: bool = False) -> None:
        """At 8 kHz, from now on; returns when it has begun. Raises `TimeoutError` without a peer."""
        self.say(encode(samples), again=again)

    def hush(self) -> None:
        """Nothing any more."""
        self.say(b"\xff")

    def said(self, since: float = 0.0) -> list[Block]:
        return [(at - FRAME_S, decode(frame)) for at, frame in list(self._said) if at >= since]

    def heard(self, since: float = 0.0) -> list[Block]:
        return [(at, decode(frame)) for at, frame in list(self._packets) if at >= since]

    def _next(self) -> bytes:
        frame = super()._next()
        self._said.append((time.monotonic(), frame))
        return frame


def said_at_radio(radio: SvxLinkPeer, since: float = 0.0) -> list[Block]:
    """At 16 kHz."""
    length = BLOCK / CARD_RATE
    return [(at - length, s16(block)) for at, block in list(radio.said) if at >= since]


def heard_at_radio(radio: SvxLinkPeer) -> list[Block]:
    """What its transmitter gave since `listen_anew`, at 16 kHz."""
    return [(at, s16(block)) for at, block in list(radio.sent)]


def s16(block: bytes) -> Samples:
    """Little-endian 16 bit as samples between -1 and 1."""
    return np.frombuffer(block[: len(block) // 2 * 2], dtype="<i2").astype(np.float64) / 32768
