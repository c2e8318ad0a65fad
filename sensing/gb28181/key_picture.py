"""The first whole keyframe of a video in the form of Annex B: H.264, H.265. Pure; takes any bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

START: Final = b"\0\0\0\1"
_CODE: Final = b"\0\0\1"
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one picture as it is coded."""
MOST_SET: Final = 4_096


class PictureTooLarge(ValueError):
    """A picture, or a piece of one, has no end."""


@dataclass(frozen=True, slots=True)
class _Grammar:
    """Kinds of NAL units: parameter sets, slices of a keyframe, slices of other pictures."""

    sets: frozenset[int]
    key: frozenset[int]
    other: frozenset[int]
    head: int
    aside: frozenset[int] = frozenset()
    """Units that may stand behind a slice and belong to its picture."""

    def kind(self, unit: bytes) -> int:
        return unit[0] & 0x1F if self.head == 1 else (unit[0] >> 1) & 0x3F

    def first_slice(self, unit: bytes) -> bool:
        """Whether a picture begins with this slice."""
        return len(unit) > self.head and bool(unit[self.head] & 0x80)


_GRAMMARS: Final = {
    "h264": _Grammar(frozenset({7, 8}), frozenset({5}), frozenset({1, 2, 3, 4}), 1, frozenset({12})),
    "hevc": _Grammar(
        frozenset({32, 33, 34}), frozenset(range(16, 22)), frozenset(range(10)), 2, frozenset({38, 40})
    ),
}


@dataclass(slots=True)
class KeyPicture:
    """`feed` the video; it returns the keyframe, with what a decoder needs before it, when the next picture
    begins. `codec` may be told at first or found out: the parameter sets of the two differ.
    """

    codec: str = ""
    _data: bytearray = field(default_factory=bytearray)
    _searched: int = 0
    _sets: dict[int, bytes] = field(default_factory=dict)
    _slices: list[bytes] = field(default_factory=list)
    _size: int = 0

    def gap(self) -> None:
        """Something is missing here: the picture is given up, the parameter sets stay."""
        self._data.clear()
        self._searched = 0
        self._slices, self._size = [], 0

    def feed(self, data: bytes) -> bytes | None:
        """Raises `PictureTooLarge`."""
        self._data += data
        for unit in self._units():
            found = self._unit(unit)
            if found is not None:
                return found
        if len(self._data) > MOST_BYTES:
            raise PictureTooLarge
        return None

    def _units(self) -> Iterator[bytes]:
        """The units of which the end has come."""
        while True:
            begin = self._data.find(_CODE)
            if begin < 0:
                del self._data[: max(0, len(self._data) - 2)]
                self._searched = 0
                return
            end = self._data.find(_CODE, max(begin + 3, self._searched))
            if end < 0:
                self._searched = max(begin + 3, len(self._data) - 2)
                return
            unit = bytes(self._data[begin + 3 : end]).rstrip(b"\0")
            del self._data[:end]
            self._searched = 0
            if unit:
                yield unit

    def _unit(self, unit: bytes) -> bytes | None:
        if not self.codec:
            # A sequence's set begins like this, and no unit of the other codec that comes before it does.
            self.codec = {0x67: "h264", 0x27: "h264", 0x47: "h264", 0x40: "hevc"}.get(unit[0], "")
        grammar = _GRAMMARS.get(self.codec)
        if grammar is None:
            return None
        kind = grammar.kind(unit)
        belongs = kind in grammar.aside or (kind in grammar.key and not grammar.first_slice(unit))
        if self._slices and not belongs:
            return self._whole()
        if kind in grammar.sets:
            if len(unit) <= MOST_SET:
                self._sets[kind] = unit
        elif kind in grammar.key and (self._slices or grammar.first_slice(unit)):
            self._slices.append(unit)
            self._size += len(unit)
            if self._size > MOST_BYTES:
                raise PictureTooLarge
        return None

    def _whole(self) -> bytes | None:
        slices, self._slices, self._size = self._slices, [], 0
        wanted = _GRAMMARS[self.codec].sets
        if not wanted <= self._sets.keys():
            return None
        units = (*(self._sets[kind] for kind in sorted(wanted)), *slices)
        return b"".join(START + one for one in units)
