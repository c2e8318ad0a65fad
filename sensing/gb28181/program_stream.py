"""The video within a program stream (ISO/IEC 13818-1, 2.5): bytes in, video out. Pure; takes any bytes.

After a gap it goes on at the next start code of a pack or a packet.
"""

from __future__ import annotations

import re
from typing import Final

PACK, SYSTEM, MAP, END = 0xBA, 0xBB, 0xBC, 0xB9
_VIDEO: Final = range(0xE0, 0xF0)
_START: Final = re.compile(rb"\x00\x00\x01[\xb9-\xff]", re.DOTALL)
_CODECS: Final = {0x1B: "h264", 0x24: "hevc"}
_MPEG2_PACK: Final = 14


class ProgramStream:
    """`feed` what came; `codec` is `h264`, `hevc`, `other` for one that is not read, or empty as long as the
    stream has not said it.
    """

    def __init__(self) -> None:
        self.codec = ""
        self._data = bytearray()

    def gap(self) -> None:
        """Something is missing here."""
        self._data.clear()

    def feed(self, data: bytes) -> bytes:
        """The video that is whole now."""
        return b"".join(video for video, _ in self.pieces(data))

    def pieces(self, data: bytes) -> list[tuple[bytes, int | None]]:
        """The same by packets, each with the time that the first picture which begins in it is shown at, in
        1/90,000 s; None where the packet does not say it.
        """
        self._data += data
        found: list[tuple[bytes, int | None]] = []
        at = 0
        while True:
            start = _START.search(self._data, at)
            if start is None:
                # A start code may begin in the last three bytes.
                at = max(at, len(self._data) - 3)
                break
            at = start.start()
            length = self._length(at)
            if length is None or at + length > len(self._data):
                break
            kind = self._data[at + 3]
            if kind in _VIDEO:
                unit = self._data[at : at + length]
                found.append((_payload(unit), _shown_at(unit)))
            elif kind == MAP:
                self._map(self._data[at : at + length])
            at += length
        del self._data[:at]
        return found

    def _length(self, at: int) -> int | None:
        """Bytes of the unit at `at`; None when that is not known yet. At most 64 KB."""
        kind = self._data[at + 3]
        if kind == END:
            return 4
        if kind != PACK:
            return 6 + int.from_bytes(self._data[at + 4 : at + 6]) if len(self._data) >= at + 6 else None
        if len(self._data) < at + _MPEG2_PACK:
            return None
        return _MPEG2_PACK + (self._data[at + 13] & 7) if self._data[at + 4] >> 6 == 1 else 12

    def _map(self, unit: bytes | bytearray) -> None:
        """The first kind of video that a map of streams (2.5.4) names."""
        if len(unit) < 12:
            return
        at = 12 + int.from_bytes(unit[8:10])
        end = min(len(unit) - 4, at + int.from_bytes(unit[at - 2 : at]))
        while at + 4 <= end:
            if unit[at + 1] in _VIDEO:
                self.codec = _CODECS.get(unit[at], "other")
                return
            at += 4 + int.from_bytes(unit[at + 2 : at + 4])


def _payload(unit: bytes | bytearray) -> bytes:
    """What a packet of video carries, behind its head: of MPEG-2 (2.4.3.6), or the older one."""
    if len(unit) < 9:
        return b""
    if unit[6] >> 6 == 0b10:
        return bytes(unit[9 + unit[8] :])
    at = 6
    while at < len(unit) and unit[at] == 0xFF:
        at += 1
    if at < len(unit) and unit[at] >> 6 == 0b01:
        at += 2
    if at >= len(unit):
        return b""
    stamps = {0b0010: 5, 0b0011: 10}.get(unit[at] >> 4, 1)
    return bytes(unit[at + stamps :])


def _shown_at(unit: bytes | bytearray) -> int | None:
    """The presentation time stamp of a packet of MPEG-2 (2.4.3.7)."""
    if len(unit) < 14 or unit[6] >> 6 != 0b10 or not unit[7] & 0x80 or unit[8] < 5:
        return None
    high, middle, low = unit[9] >> 1 & 7, int.from_bytes(unit[10:12]) >> 1, int.from_bytes(unit[12:14]) >> 1
    return high << 30 | middle << 15 | low
