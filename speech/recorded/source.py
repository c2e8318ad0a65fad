"""A sound file as pieces of 8 kHz for each speaker: at most half a second of it is in memory at a time.

One channel is the citizen; of two the first is the citizen and the second the agent, and neither is guessed.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Self

import numpy as np

from speech.model import SAMPLE_RATE, Speaker
from speech.recorded import ffmpeg
from speech.recorded.errors import SoundRefused
from speech.recorded.rates import ToTelephone
from speech.recorded.wav import Form, Frames, NotPlain, header
from speech.recorded.wav import frames as decoded
from speech.resample import Samples

PIECE_S: Final = 0.5
MOST_HOURS: Final = 4.0
SPEAKERS: Final[tuple[Speaker, ...]] = ("citizen", "agent")
_BARE: Final = {
    ".alaw": Form("alaw", 1, SAMPLE_RATE), ".al": Form("alaw", 1, SAMPLE_RATE),
    ".ulaw": Form("ulaw", 1, SAMPLE_RATE), ".ul": Form("ulaw", 1, SAMPLE_RATE),
    ".sln": Form("s16", 1, SAMPLE_RATE), ".slin": Form("s16", 1, SAMPLE_RATE),
}  # fmt: skip
"""Files without a header, as Asterisk writes them."""


@dataclass(slots=True)
class SoundFile:
    """An open file. `seconds` is None until it is read when nothing says how long it is."""

    name: str
    form: Form
    seconds: float | None
    most_seconds: float
    _file: BinaryIO
    _closing: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """The speaker of each channel; a single channel is the citizen's."""
        return SPEAKERS if self.form.channels == 2 else SPEAKERS[:1]

    def pieces(self) -> Iterator[tuple[bytes, ...]]:
        """s16le at 8 kHz for each of `speakers`, in step. Raises `SoundRefused` where it is too long."""
        rate = self.form.rate
        rates = [ToTelephone(rate) for _ in self.speakers]
        left, heard = self.form.octets, 0
        while raw := self._read(int(rate * PIECE_S) * self.form.frame, left):
            left = None if left is None else left - len(raw)
            channels = _speakers(decoded(self.form, raw))
            heard += channels.shape[1]
            if heard / rate > self.most_seconds:
                raise _too_long(self.most_seconds)
            if rate == SAMPLE_RATE:
                yield tuple(_pcm(one) for one in channels)
            else:
                yield tuple(_pcm(one.feed(row)) for one, row in zip(rates, channels, strict=True))
        self._check_whole(heard)
        if rate != SAMPLE_RATE:
            yield tuple(_pcm(one.flush()) for one in rates)

    def _read(self, most: int, left: int | None) -> bytes:
        wanted = most if left is None else min(most, left)
        found = bytearray()
        while len(found) < wanted:
            piece = self._file.read(wanted - len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def _check_whole(self, heard: int) -> None:
        self._closing.close()  # ffmpeg tells by its exit status whether it understood the file
        if not heard:
            raise SoundRefused(f"{self.name} has no audio in it", remedy="check how it was recorded")
        self.seconds = heard / self.form.rate


def open_sound(path: Path, *, most_hours: float = MOST_HOURS) -> SoundFile:
    """A WAV file of any kind, a headerless one by its ending, or whatever ffmpeg reads.

    Raises `SoundRefused`.
    """
    size = _size(path)
    most = most_hours * 3600
    bare = _BARE.get(path.suffix.lower())
    closing = ExitStack()
    try:
        file = closing.enter_context(path.open("rb"))
        form = bare or header(file)
    except OSError as error:
        raise SoundRefused(f"{path} cannot be read: {error.strerror}") from error
    except NotPlain:
        closing.close()
        return _decoded(path, most)
    except SoundRefused:
        closing.close()
        raise
    there = size - file.tell()
    octets = there if form.octets is None else min(form.octets, there)
    seconds = octets // form.frame / form.rate
    if seconds > most:
        closing.close()
        raise _too_long(most)
    form = Form(form.coding, form.channels, form.rate, octets)
    return SoundFile(path.name, form, seconds, most, file, closing)


def _decoded(path: Path, most: float) -> SoundFile:
    closing = ExitStack()
    file = closing.enter_context(ffmpeg.opened(path))
    try:
        form = header(file)
    except NotPlain:
        closing.close()  # raises when ffmpeg says that it is no sound
        raise SoundRefused(f"{path.name} has no audio in it", remedy=ffmpeg.REMEDY) from None
    return SoundFile(path.name, form, None, most, file, closing)


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except OSError as error:
        raise SoundRefused(f"{path}: {error.strerror}", remedy="check the name of the file") from error
    if not stat.S_ISREG(found.st_mode):
        raise SoundRefused(f"{path} is not a file", remedy="give one sound file")
    if not found.st_size:
        raise SoundRefused(f"{path.name} is empty", remedy="check how it was recorded")
    return found.st_size


def _speakers(channels: Frames) -> Frames:
    """Two channels are two people; more are mixed to one."""
    if channels.shape[0] <= 2:
        return channels
    mixed: Frames = channels.mean(axis=0, keepdims=True, dtype=np.float32)
    return mixed


def _pcm(samples: Samples) -> bytes:
    return bytes((np.clip(samples * 32768, -32768, 32767)).round().astype("<i2").tobytes())


def _too_long(most: float) -> SoundRefused:
    return SoundRefused(
        f"it is longer than {most / 3600:g} hours",
        remedy="cut it (ffmpeg -ss START -t LENGTH -i FILE PART.wav), or raise --most-hours",
    )
