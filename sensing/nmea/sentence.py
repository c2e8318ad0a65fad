"""Sentences of NMEA 0183 (GGA, RMC): bytes to fixes. Pure; takes any bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MOST_LINE: Final = 120
"""Bytes of a line: the standard has 82, some receivers write more."""
MOST_LINES: Final = 64
"""Of one piece of data; what is more is dropped."""
_SENTENCE: Final = re.compile(rb"\$([A-Z]{2})(GGA|RMC),([ -)+-~]{0,110})\*([0-9A-Fa-f]{2})")
_DEGREES: Final = re.compile(r"(\d{1,3})(\d{2}(?:\.\d{1,10})?)", re.ASCII)
_INVALID: Final = frozenset({"", "0"})
"""Qualities of GGA that are no fix; 6, 7 and 8 are guessed, set by hand and simulated."""
_GUESSED: Final = frozenset({"6", "7", "8"})


@dataclass(frozen=True, slots=True)
class NmeaFix:
    """WGS-84 degrees."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class NmeaSentence:
    """`kind` is `GGA` or `RMC`; `fix` is None while the receiver knows no position of its own."""

    kind: str
    fix: NmeaFix | None


class NmeaLines:
    """Whole lines of what comes in pieces. A line that is too long is left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._skips = False

    def feed(self, data: bytes) -> list[bytes]:
        *whole, rest = (self._rest + data).split(b"\n")
        if self._skips and whole:
            del whole[0]
            self._skips = False
        if len(rest) > MOST_LINE:
            self._skips, rest = True, b""
        self._rest = b"" if self._skips else rest
        return [one for one in whole if len(one) <= MOST_LINE][:MOST_LINES]


def sentence_of(line: bytes) -> NmeaSentence | None:
    """None for what is no GGA and no RMC, and where the checksum is missing or wrong."""
    found = _SENTENCE.fullmatch(line.strip())
    if found is None or checksum(line.strip()[1:-3]) != int(found.group(4), 16):
        return None
    kind, fields = found.group(2).decode(), found.group(3).decode().split(",")
    return NmeaSentence(kind, _gga(fields) if kind == "GGA" else _rmc(fields))


def checksum(inner: bytes) -> int:
    """Of what stands between `$` and `*`."""
    value = 0
    for one in inner:
        value ^= one
    return value


def _gga(fields: list[str]) -> NmeaFix | None:
    """Time, latitude, N or S, longitude, E or W, quality, …"""
    if len(fields) < 6 or fields[5] in _INVALID or fields[5] in _GUESSED:
        return None
    return _fix(fields[1:5])


def _rmc(fields: list[str]) -> NmeaFix | None:
    """Time, A or V, latitude, N or S, longitude, E or W, …"""
    return _fix(fields[2:6]) if len(fields) >= 6 and fields[1] == "A" else None


def _fix(fields: list[str]) -> NmeaFix | None:
    lat = _degrees(fields[0], fields[1], "N", "S", 90)
    lon = _degrees(fields[2], fields[3], "E", "W", 180)
    return None if lat is None or lon is None or (lon, lat) == (0, 0) else NmeaFix(lon, lat)


def _degrees(text: str, side: str, positive: str, negative: str, most: int) -> float | None:
    """Degrees and minutes as `4545.1234`."""
    found = _DEGREES.fullmatch(text)
    if found is None or side not in {positive, negative} or float(found.group(2)) >= 60:
        return None
    degrees = int(found.group(1)) + float(found.group(2)) / 60
    if degrees > most:
        return None
    return degrees if side == positive else -degrees
