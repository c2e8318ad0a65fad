"""Pictures that say their number: eight bars, white where the number's bit is set. Pure, but for ffmpeg."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from tests.peers.simulated_rtsp_camera import Recorded, packed

WIDTH, HEIGHT, RATE, BARS = 640, 360, 25, 8
PICTURES: Final = 4 * RATE
"""After so many the numbers begin anew: what is later than that is not told apart."""
WHITE, BLACK = 235, 16


@cache
def marked(codec: str) -> Recorded:
    """Four seconds, a keyframe in each."""
    raw = b"".join(_picture(number) for number in range(PICTURES))
    size = f"{WIDTH}x{HEIGHT}"
    source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", size, "-r", str(RATE), "-i", "pipe:0")
    return packed(source, codec, PICTURES, RATE, raw)


def _picture(number: int) -> bytes:
    bars = np.array([WHITE if number >> bit & 1 else BLACK for bit in range(BARS)], dtype=np.uint8)
    return np.tile(np.repeat(bars, WIDTH // BARS), HEIGHT).tobytes()


def number_of(bars: Sequence[int]) -> int:
    """Of the bars' brightness, 0 to 255."""
    return sum(1 << bit for bit, value in enumerate(bars) if value > 128)


def delays(sent: Sequence[tuple[float, int]], seen: Sequence[tuple[float, int]]) -> list[float]:
    """Seconds from the sending of each picture to the moment at which it was first seen; both are times of
    one clock with a number. What was not sent is passed over.
    """
    found, at, last = [], 0, -1
    latest: dict[int, float] = {}
    for moment, number in seen:
        while at < len(sent) and sent[at][0] <= moment:
            latest[sent[at][1]] = sent[at][0]
            at += 1
        if number != last and number in latest:
            found.append(moment - latest[number])
        last = number
    return found
