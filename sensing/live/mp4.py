"""H.264 in fragments of MP4 (ISO/IEC 14496-12 and -15), as Media Source Extensions take it. Pure: nothing is
decoded, and each picture is a fragment of its own, so that it is shown when it comes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sensing.errors import CameraFault, NoPicture

TIMESCALE: Final = 90_000
_MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_KEY, _OTHER = 0x02000000, 0x01010000
"""Flags of a sample: depends on no other; depends on others and is no point to begin at."""
MOST_SIDE: Final = 8192


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """What a decoder needs first. `codec` is its name for a browser (RFC 6381)."""

    sps: bytes
    pps: bytes
    width: int
    height: int

    @property
    def codec(self) -> str:
        return f"avc1.{self.sps[1:4].hex()}"


def parameter_sets(units: Sequence[bytes]) -> ParameterSets | None:
    """Of these NAL units; None when one is missing. Raises `NoPicture` for sets that cannot be read."""
    sps = next((one for one in units if one[0] & 0x1F == 7), None)
    pps = next((one for one in units if one[0] & 0x1F == 8), None)
    if sps is None or pps is None:
        return None
    try:
        width, height = _size(sps)
    except (IndexError, ValueError):
        raise NoPicture(CameraFault.BROKEN, "its parameter sets cannot be read") from None
    return ParameterSets(sps, pps, width, height)


def begin(sets: ParameterSets) -> bytes:
    """The segment that stands before all fragments."""
    avc_c = b"\x01" + sets.sps[1:4] + b"\xff\xe1" + _counted(sets.sps) + b"\x01" + _counted(sets.pps)
    entry = _box(
        b"avc1", bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">HH", sets.width, sets.height),
        struct.pack(">II", 0x480000, 0x480000), bytes(4), struct.pack(">H", 1), bytes(32),
        struct.pack(">Hh", 24, -1), _box(b"avcC", avc_c),
    )  # fmt: skip
    empty = (
        _full(b"stts", 0, 0, bytes(4)), _full(b"stsc", 0, 0, bytes(4)),
        _full(b"stsz", 0, 0, bytes(8)), _full(b"stco", 0, 0, bytes(4)),
    )  # fmt: skip
    stbl = _box(b"stbl", _full(b"stsd", 0, 0, struct.pack(">I", 1), entry), *empty)
    dinf = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1)))
    minf = _box(b"minf", _full(b"vmhd", 0, 1, bytes(8)), dinf, stbl)
    mdhd = _full(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, TIMESCALE, 0, 0x55C4, 0))
    hdlr = _full(b"hdlr", 0, 0, bytes(4), b"vide", bytes(12), b"video\0")
    tkhd = _full(
        b"tkhd", 0, 3, struct.pack(">IIIII", 0, 0, 1, 0, 0), bytes(16), _MATRIX,
        struct.pack(">II", sets.width << 16, sets.height << 16),
    )  # fmt: skip
    trak = _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf))
    mvhd = _full(
        b"mvhd", 0, 0, struct.pack(">IIIIIH", 0, 0, TIMESCALE, 0, 0x10000, 0x100), bytes(10), _MATRIX,
        bytes(24), struct.pack(">I", 2),
    )  # fmt: skip
    mvex = _box(b"mvex", _full(b"trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0)))
    return _box(b"ftyp", b"iso5", struct.pack(">I", 512), b"iso5iso6mp41") + _box(b"moov", mvhd, trak, mvex)


def fragment(
    number: int, units: Sequence[bytes], *, decoded_at: int, shown_after: int, lasts: int, key: bool
) -> bytes:
    """One picture; times in 1/90,000 s. `number` counts from 1; `shown_after` may be negative."""
    data = b"".join(struct.pack(">I", len(one)) + one for one in units)
    tfhd = _full(b"tfhd", 0, 0x020000, struct.pack(">I", 1))
    tfdt = _full(b"tfdt", 1, 0, struct.pack(">Q", decoded_at))
    mfhd = _full(b"mfhd", 0, 0, struct.pack(">I", number))

    def moof(offset: int) -> bytes:
        trun = _full(
            b"trun", 1, 0x000F01,
            struct.pack(">IiIIIi", 1, offset, lasts, len(data), _KEY if key else _OTHER, shown_after),
        )  # fmt: skip
        return _box(b"moof", mfhd, _box(b"traf", tfhd, tfdt, trun))

    return moof(len(moof(0)) + 8) + _box(b"mdat", data)


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def _full(name: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags), *parts)


def _counted(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


class _Bits:
    """Reads the payload of a NAL unit bit by bit. Raises `IndexError` beyond its end."""

    def __init__(self, unit: bytes) -> None:
        self._data = unit.replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def bits(self, many: int) -> int:
        value = 0
        for _ in range(many):
            value = value << 1 | self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def number(self) -> int:
        """ue(v) of ITU-T H.264, 9.1."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > 31:
                raise ValueError("a number without end")
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed(self) -> int:
        value = self.number()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _size(sps: bytes) -> tuple[int, int]:
    """Width and height in pixels (ITU-T H.264, 7.3.2.1.1). Raises `IndexError`, `ValueError`."""
    read = _Bits(sps[1:])
    profile = read.bits(8)
    read.bits(16)
    read.number()
    chroma, separate = _chroma(read) if profile in _WITH_CHROMA else (1, 0)
    read.number()
    _skip_order(read)
    read.number()
    read.bits(1)
    wide, high = read.number() + 1, read.number() + 1
    frames = read.bits(1)
    if not frames:
        read.bits(1)
    read.bits(1)
    width, height = wide * 16, high * 16 * (2 - frames)
    if read.bits(1):
        across = 1 if chroma in {0, 3} or separate else 2
        down = (2 if chroma == 1 and not separate else 1) * (2 - frames)
        left, right, top, bottom = (read.number() for _ in range(4))
        width, height = width - across * (left + right), height - down * (top + bottom)
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE):
        raise ValueError("no size of a picture")
    return width, height


def _chroma(read: _Bits) -> tuple[int, int]:
    """The form of its colours, and whether they are coded apart."""
    chroma = read.number()
    separate = read.bits(1) if chroma == 3 else 0
    read.number()
    read.number()
    read.bits(1)
    if read.bits(1):
        for index in range(8 if chroma != 3 else 12):
            if read.bits(1):
                _skip_list(read, 16 if index < 6 else 64)
    return chroma, separate


def _skip_order(read: _Bits) -> None:
    order = read.number()
    if order == 0:
        read.number()
    elif order == 1:
        read.bits(1)
        read.signed()
        read.signed()
        for _ in range(min(read.number(), 255)):
            read.signed()


def _skip_list(read: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + read.signed()) % 256
        last = following or last
