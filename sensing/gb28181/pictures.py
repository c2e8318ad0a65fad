"""All pictures of a video in the form of Annex B, each with its time: H.264, H.265. Pure; takes any bytes.

A picture is whole when the next one begins. After a gap nothing is given until the next keyframe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sensing.gb28181.key_picture import MOST_BYTES, MOST_SET, PictureTooLarge
from sensing.live.access_units import AccessUnit

USUAL: Final = 3_600
"""From one picture to the next in 1/90,000 s, as long as nothing is known: 25 a second."""
LONGEST: Final = 90_000
_CODE: Final = b"\0\0\1"
_WRAP: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Kinds of NAL units: parameter sets, what else stands before a picture, its slices, those of a keyframe,
    and the delimiter, which is left out.
    """

    sets: frozenset[int]
    before: frozenset[int]
    slices: frozenset[int]
    key: frozenset[int]
    delimiter: int
    head: int

    def kind(self, unit: bytes) -> int:
        return unit[0] & 0x1F if self.head == 1 else unit[0] >> 1 & 0x3F

    def begins(self, unit: bytes) -> bool:
        """Whether a picture begins with this unit, of which the head and the byte behind it are enough."""
        kind = self.kind(unit)
        if kind in self.slices:
            return bool(unit[self.head] & 0x80)
        return kind in self.sets or kind in self.before or kind == self.delimiter


_KINDS: Final = {
    "h264": _Kinds(frozenset({7, 8}), frozenset({6}), frozenset(range(1, 6)), frozenset({5}), 9, 1),
    "hevc": _Kinds(
        frozenset({32, 33, 34}), frozenset({39}), frozenset(range(32)), frozenset(range(16, 22)), 35, 2
    ),
}


@dataclass(slots=True)
class AnnexBPictures:
    """`codec` may be told at first or found out: the parameter sets of the two differ."""

    codec: str = ""
    _data: bytearray = field(default_factory=bytearray)
    _at: int = 0
    """Bytes that came before `_data`."""
    _searched: int = 0
    _times: list[tuple[int, int]] = field(default_factory=list)
    """From which byte on, and the time of the first picture that begins there."""
    _sets: dict[int, bytes] = field(default_factory=dict)
    _units: list[bytes] = field(default_factory=list)
    _size: int = 0
    _sliced: bool = False
    _key: bool = False
    _began: int = 0
    _time: int | None = None
    _told: tuple[int, int] = (0, 0)
    """The last time that was told, and how many pictures have begun since."""
    _step: int = USUAL
    _waits: bool = True
    """For a keyframe."""

    def gap(self) -> None:
        """Something is missing here; the parameter sets stay."""
        self._at += len(self._data)
        self._data.clear()
        self._times.clear()
        self._searched = 0
        self._forget()
        self._waits = True

    def feed(self, data: bytes, shown_at: int | None) -> list[AccessUnit]:
        """The pictures that are whole now. Raises `PictureTooLarge`."""
        if shown_at is not None:
            self._times.append((self._at + len(self._data), shown_at))
        self._data += data
        found = [one for at, unit in self._whole_units() if (one := self._unit(at, unit)) is not None]
        if (last := self._before_next()) is not None:
            found.append(last)
        if len(self._data) > MOST_BYTES:
            raise PictureTooLarge
        return found

    def _whole_units(self) -> Iterator[tuple[int, bytes]]:
        """Those of which the end has come, each with the byte that it begins at."""
        while True:
            begin = self._data.find(_CODE)
            if begin < 0:
                self._drop(max(0, len(self._data) - 2))
                return
            end = self._data.find(_CODE, max(begin + 3, self._searched))
            if end < 0:
                self._searched = max(begin + 3, len(self._data) - 2)
                return
            at, unit = self._at + begin, bytes(self._data[begin + 3 : end]).rstrip(b"\0")
            self._drop(end)
            if unit:
                yield at, unit

    def _before_next(self) -> AccessUnit | None:
        """The picture that is whole because the head of the next one is here."""
        begin = self._data.find(_CODE)
        kinds = _KINDS.get(self.codec)
        if begin < 0 or kinds is None or not self._sliced or len(self._data) <= begin + 3 + kinds.head:
            return None
        head = bytes(self._data[begin + 3 : begin + 4 + kinds.head])
        return self._whole() if kinds.begins(head) else None

    def _drop(self, many: int) -> None:
        del self._data[:many]
        self._at += many
        self._searched = 0

    def _unit(self, at: int, unit: bytes) -> AccessUnit | None:
        if not self.codec:
            # A sequence's set begins like this, and no unit of the other codec that comes before it does.
            self.codec = {0x67: "h264", 0x27: "h264", 0x47: "h264", 0x40: "hevc"}.get(unit[0], "")
        kinds = _KINDS.get(self.codec)
        if kinds is None or len(unit) <= kinds.head:
            return None
        kind = unit[0] & 0x1F if kinds.head == 1 else unit[0] >> 1 & 0x3F
        slice_ = kind in kinds.slices
        begins = (
            (unit[kinds.head] & 0x80) if slice_ else kind in kinds.sets | kinds.before | {kinds.delimiter}
        )
        found = self._whole() if begins and self._sliced else None
        if kind in kinds.sets:
            if len(unit) <= MOST_SET:
                self._sets[kind] = unit
        elif slice_ or kind in kinds.before:
            self._add(at, unit, slice_=slice_, key=kind in kinds.key)
        return found

    def _add(self, at: int, unit: bytes, *, slice_: bool, key: bool) -> None:
        if not self._units:
            self._began = at
        self._units.append(unit)
        self._size += len(unit)
        if self._size > MOST_BYTES:
            raise PictureTooLarge
        self._sliced = self._sliced or slice_
        self._key = self._key or key

    def _whole(self) -> AccessUnit | None:
        units, key, began = self._units, self._key, self._began
        self._forget()
        time = self._time_of(began)
        wanted = _KINDS[self.codec].sets
        if self._waits and not (key and wanted <= self._sets.keys()):
            return None
        self._waits = False
        if key:
            units = [*(self._sets[kind] for kind in sorted(wanted)), *units]
        return AccessUnit(units, time, key)

    def _time_of(self, began: int) -> int:
        told = None
        while self._times and self._times[0][0] <= began:
            told = self._times.pop(0)[1] % _WRAP
        before, many = self._told
        if told is not None:
            step = (told - before) // max(1, many)
            self._step = step if self._time is not None and 0 < step <= LONGEST else self._step
            self._told = told, 1
        else:
            told = 0 if self._time is None else (self._time + self._step) % _WRAP
            self._told = before, many + 1
        self._time = told
        return told

    def _forget(self) -> None:
        self._units, self._size, self._sliced, self._key = [], 0, False, False
