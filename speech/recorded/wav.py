"""WAV files of any kind that needs no decoder: PCM, floats, A-law, µ-law, any rate and channels. Pure.

A size that a killed writer left wrong, or that a pipe does not know, is not believed: what is there is read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.sound import alaw
from speech.recorded.errors import SoundRefused

Coding = Literal["u8", "s16", "s24", "s32", "f32", "f64", "alaw", "ulaw"]
Frames = NDArray[np.float32]

LEAST_RATE: Final = 4000
MOST_RATE: Final = 192_000
MOST_CHANNELS: Final = 32
_MOST_FORMAT: Final = 1024
_SKIP: Final = 1 << 16
_ENDLESS: Final = 0x7FFF_0000  # sizes from here on are placeholders of writers to a pipe
_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_CODINGS: Final[dict[tuple[int, int], Coding]] = {
    (_PCM, 8): "u8", (_PCM, 16): "s16", (_PCM, 24): "s24", (_PCM, 32): "s32",
    (_FLOAT, 32): "f32", (_FLOAT, 64): "f64", (_ALAW, 8): "alaw", (_ULAW, 8): "ulaw",
}  # fmt: skip
_WIDTHS: Final[dict[Coding, int]] = {
    "u8": 1, "s16": 2, "s24": 3, "s32": 4, "f32": 4, "f64": 8, "alaw": 1, "ulaw": 1,
}  # fmt: skip


class NotPlain(Exception):
    """No WAV file, or one that needs a decoder: ffmpeg may know it."""


class SampleReader(Protocol):
    def read(self, size: int, /) -> bytes:
        """The next bytes of sound, `size` at most; empty at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Form:
    """How samples lie in a file. `octets` of audio follow; None: to the end of the file."""

    coding: Coding
    channels: int
    rate: int
    octets: int | None = None

    @property
    def frame(self) -> int:
        """Bytes of one sample of every channel."""
        return _WIDTHS[self.coding] * self.channels


def header(file: SampleReader) -> Form:
    """Reads up to the first sample. Raises `NotPlain`, or `SoundRefused` for impossible values."""
    head = _exactly(file, 12)
    if head[:4] not in {b"RIFF", b"RF64"} or head[8:] != b"WAVE":
        raise NotPlain
    form: Form | None = None
    while True:
        name, size = struct.unpack("<4sI", _exactly(file, 8))
        if name == b"data":
            if form is None:
                raise NotPlain
            known = 0 < size < _ENDLESS
            return Form(form.coding, form.channels, form.rate, size if known else None)
        if name == b"fmt ":
            if size > _MOST_FORMAT:
                raise NotPlain
            form = _form(_exactly(file, size + size % 2))
        else:
            _skip(file, size + size % 2)


def _form(chunk: bytes) -> Form:
    if len(chunk) < 16:
        raise NotPlain
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")
    coding = _CODINGS.get((tag, bits))
    if coding is None:
        raise NotPlain
    if not LEAST_RATE <= rate <= MOST_RATE or not 1 <= channels <= MOST_CHANNELS:
        raise SoundRefused(
            f"its header says {channels} channels at {rate} Hz",
            remedy=f"write it again with 1 or 2 channels at {LEAST_RATE} to {MOST_RATE} Hz",
        )
    return Form(coding, channels, rate)


def frames(form: Form, raw: bytes) -> Frames:
    """Samples in -1..1, one row for each channel; a last frame that is not whole is left out."""
    whole = raw[: len(raw) // form.frame * form.frame]
    flat = _flat(form.coding, whole)
    found: Frames = np.ascontiguousarray(flat.reshape(-1, form.channels).T)
    return found


def _flat(coding: Coding, raw: bytes) -> Frames:
    match coding:
        case "u8":
            return _scaled(np.frombuffer(raw, "u1").astype(np.int16) - 128, 7)
        case "s24":
            wide = np.zeros((len(raw) // 3, 4), "u1")
            wide[:, 1:] = np.frombuffer(raw, "u1").reshape(-1, 3)
            return _scaled(wide.reshape(-1).view("<i4"), 31)
        case "s16" | "s32":
            bits = 8 * _WIDTHS[coding]
            return _scaled(np.frombuffer(raw, f"<i{bits // 8}"), bits - 1)
        case "f32" | "f64":
            return _finite(np.frombuffer(raw, f"<f{_WIDTHS[coding]}"))
        case "alaw" | "ulaw":
            table = _alaw() if coding == "alaw" else _ulaw()
            looked_up: Frames = table[np.frombuffer(raw, "u1")]
            return looked_up


def _scaled(samples: NDArray[Any], bits: int) -> Frames:
    scaled: Frames = samples.astype(np.float32) / np.float32(1 << bits)
    return scaled


def _finite(samples: NDArray[Any]) -> Frames:
    known = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    bounded: Frames = np.clip(known, -1, 1).astype(np.float32)
    return bounded


@cache
def _alaw() -> Frames:
    """ITU-T G.711, A-law."""
    return np.array(alaw.LEVELS, np.float32) / np.float32(32768)


@cache
def _ulaw() -> Frames:
    """ITU-T G.711, µ-law."""
    code = ~np.arange(256) & 0xFF
    size = (((code & 15) << 3) + 0x84 << ((code >> 4) & 7)) - 0x84
    return (np.where(code & 0x80, -size, size) / 32768).astype(np.float32)


def _exactly(file: SampleReader, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = file.read(count - len(found))
        if not piece:
            raise NotPlain
        found += piece
    return found


def _skip(file: SampleReader, count: int) -> None:
    while count > 0:
        piece = file.read(min(count, _SKIP))
        if not piece:
            raise NotPlain
        count -= len(piece)
