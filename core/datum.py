"""Datums of coordinates: GCJ-02, which Chinese maps and WeChat give, to WGS-84, which everything else here is
in. Pure.

GCJ-02 moves every point in mainland China by some hundred metres, by a polynomial with sines of its distance
from 35° N 105° E on the ellipsoid of Krasovsky (a = 6,378,245 m, e² = 0.00669342162296594323). The formula
was never published officially; this is the one that the libraries `eviltransform`, `gcoord` and `prcoords`
agree on. There is no closed inverse: `wgs84` solves for the point that the formula moves to the given one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi, radians, sin, sqrt
from typing import Final, Literal

Datum = Literal["WGS-84", "GCJ-02"]

AXIS_M: Final = 6_378_245.0
ECCENTRICITY: Final = 0.00669342162296594323
LON: Final = (72.004, 137.8347)
LAT: Final = (0.8293, 55.8271)
"""Outside this frame nothing is moved."""
CLOSE: Final = 1e-9
"""Of a degree: a tenth of a millimetre."""
MOST_STEPS: Final = 30


@dataclass(frozen=True, slots=True)
class DatumPoint:
    """Degrees, and the datum that they are in."""

    lon: float
    lat: float
    datum: Datum

    def wgs84(self) -> DatumPoint:
        """The same point in WGS-84."""
        if self.datum == "WGS-84" or not _moved(self.lon, self.lat):
            return DatumPoint(self.lon, self.lat, "WGS-84")
        lon, lat = self.lon, self.lat
        for _ in range(MOST_STEPS):
            there = DatumPoint(lon, lat, "WGS-84").gcj02()
            off_lon, off_lat = there.lon - self.lon, there.lat - self.lat
            if hypot(off_lon, off_lat) < CLOSE:
                break
            lon, lat = lon - off_lon, lat - off_lat
        return DatumPoint(lon, lat, "WGS-84")

    def gcj02(self) -> DatumPoint:
        """The same point in GCJ-02."""
        if self.datum == "GCJ-02" or not _moved(self.lon, self.lat):
            return DatumPoint(self.lon, self.lat, "GCJ-02")
        x, y = self.lon - 105.0, self.lat - 35.0
        phi = radians(self.lat)
        root = 1 - ECCENTRICITY * sin(phi) ** 2
        north = _north(x, y) * 180 / ((AXIS_M * (1 - ECCENTRICITY)) / (root * sqrt(root)) * pi)
        east = _east(x, y) * 180 / (AXIS_M / sqrt(root) * cos(phi) * pi)
        return DatumPoint(self.lon + east, self.lat + north, "GCJ-02")


def _moved(lon: float, lat: float) -> bool:
    return LON[0] <= lon <= LON[1] and LAT[0] <= lat <= LAT[1]


def _north(x: float, y: float) -> float:
    """In metres."""
    even = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) + (20 * sin(y * pi) + 40 * sin(y / 3 * pi))
    return even + (waves + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3


def _east(x: float, y: float) -> float:
    """In metres."""
    even = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    waves = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) + (20 * sin(x * pi) + 40 * sin(x / 3 * pi))
    return even + (waves + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
