"""What a recording's file holds: size, SHA-256 and length of the sound. Blocking code.

Asterisk writes headerless A-law (ITU-T G.711), 8,000 samples a second of one byte each; older recordings are
WAV files of 16-bit samples. Which one it is stands in the file's name.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_BLOCK = 1 << 20
_MOST_CHUNKS = 64
_ALAW = ".alaw"
FORMS: Final = (_ALAW, ".wav")
_ALAW_RATE = 8_000
_PLAIN_8KHZ = 16_000
"""Bytes a second of 8 kHz s16le, assumed where a header is damaged."""


@dataclass(frozen=True, slots=True)
class AudioFacts:
    size: int
    sha256: str
    duration_s: float


def measure(path: Path, most: int | None = None) -> AudioFacts:
    """The whole file, or what its first `most` bytes are. Raises `OSError` when it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        begin, rate = (0, _ALAW_RATE) if path.suffix == _ALAW else _sound(stream)
        stream.seek(0)
        size = 0
        while block := stream.read(_BLOCK if most is None else min(_BLOCK, most - size)):
            digest.update(block)
            size += len(block)
    return AudioFacts(size, digest.hexdigest(), max(0, size - begin) / rate)


def player_head(path: str, size: int) -> bytes:
    """What stands before `size` bytes of the recording `path` when they are played: the header that makes a
    WAV file of A-law (format tag 6, with its `fact` chunk); nothing where the file has one of its own.
    """
    if not path.endswith(_ALAW):
        return b""
    return struct.pack(
        "<4sI4s4sIHHIIHHH4sII4sI",
        b"RIFF", 50 + size, b"WAVE", b"fmt ", 18, 6, 1, _ALAW_RATE, _ALAW_RATE, 1, 8, 0,
        b"fact", 4, size, b"data", size,
    )  # fmt: skip


def inside(root: Path, path: str) -> Path | None:
    """The file at `path` below `root`; None when the path leads out of it."""
    found = (root / path).resolve()
    return found if found.is_relative_to(root.resolve()) else None


def walk(root: Path, limit: int) -> list[tuple[str, os.stat_result]]:
    """Up to `limit` recordings in `root` and its folders of days, as paths below it."""
    found: list[tuple[str, os.stat_result]] = []
    folders = [root]
    try:
        folders += sorted(
            Path(entry.path) for entry in os.scandir(root) if entry.is_dir(follow_symlinks=False)
        )
    except OSError:
        return found
    for folder in folders:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if len(found) >= limit:
                return found
            if entry.name.endswith(FORMS) and entry.is_file(follow_symlinks=False):
                found.append((str(Path(entry.path).relative_to(root)), entry.stat(follow_symlinks=False)))
    return found


def _sound(stream: BinaryIO) -> tuple[int, int]:
    """Where the sound begins and its bytes a second. The header's own length is not believed: a killed
    Asterisk never wrote it.
    """
    head = stream.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return 0, _PLAIN_8KHZ
    rate = _PLAIN_8KHZ
    for _ in range(_MOST_CHUNKS):
        chunk = stream.read(8)
        if len(chunk) < 8:
            return stream.tell(), rate
        name, length = struct.unpack("<4sI", chunk)
        if name == b"data":
            return stream.tell(), rate
        if name == b"fmt " and length >= 16:
            body = stream.read(16)
            if len(body) == 16:
                rate = struct.unpack("<I", body[8:12])[0] or _PLAIN_8KHZ
            stream.seek(length - 16 + length % 2, os.SEEK_CUR)
        else:
            stream.seek(length + length % 2, os.SEEK_CUR)
    return stream.tell(), rate
