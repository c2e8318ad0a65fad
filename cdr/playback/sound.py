"""Composes the sound of a time span from a talkgroup's recordings while it is read. Blocking code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cdr.playback.model import PlaybackPart
from cdr.recordings import audio
from cdr.recordings.sound import RecordedSound

SILENCE: Final = b"\xd5"
"""A-law of nothing (ITU-T G.711)."""
_BLOCK: Final = 1 << 16
_FORM: Final = "recall.alaw"


@dataclass(frozen=True, slots=True)
class ComposedPlayback:
    """A WAV file of A-law. `sounds` by the keys of the parts."""

    parts: Sequence[PlaybackPart]
    sounds: Mapping[str, RecordedSound]

    @property
    def size(self) -> int:
        return sum(part.samples for part in self.parts)

    @property
    def head(self) -> bytes:
        return audio.player_head(_FORM, self.size)

    def play(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The head, then the sound. `start` and `end` count from the head's first byte. Raises as
        `RecordedSound.read`.
        """
        before = len(self.head)
        if part := self.head[start:end]:
            yield part
        if end is None or end > before:
            yield from self.read(max(0, start - before), self.size if end is None else end - before)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        at = 0
        for part in self.parts:
            first, last = max(start, at), min(end, at + part.samples)
            if first < last:
                yield from self._part(part, first - at, last - at)
            at += part.samples

    def _part(self, part: PlaybackPart, start: int, end: int) -> Iterator[bytes]:
        """Always as many bytes as were asked for: what a file has lost since is silence."""
        left = end - start
        if part.key is not None:
            for block in self.sounds[part.key].read(part.start + start, part.start + end):
                left -= len(block)
                yield block
        while left > 0:
            count = min(left, _BLOCK)
            left -= count
            yield SILENCE * count
