"""Sound files for tests: written by the rules of RIFF and not by the code that reads them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]


def tone(hertz: float, seconds: float, rate: int, level: float = 0.5) -> Signal:
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def pcm16(*channels: Signal) -> bytes:
    whole = np.stack(channels, axis=1)
    return bytes((np.clip(whole, -1, 1) * 32767).astype("<i2").tobytes())


def riff(
    data: bytes,
    *,
    rate: int = 8000,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    size: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV file; `size` is what its header says of the audio, `before` are chunks before it."""
    frame = channels * bits // 8
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * frame, frame, bits)
    said = len(data) if size is None else size
    body = b"WAVE" + before + fmt + struct.pack("<4sI", b"data", said) + data
    return struct.pack("<4sI", b"RIFF", len(body) & 0xFFFFFFFF) + body


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
