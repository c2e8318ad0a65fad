"""Positions of the Location Information Protocol (ETSI TS 100 392-18-1): short and long reports."""

from __future__ import annotations

import math
from datetime import datetime

from tests.peers.simulated_tetra.bits import Bits

PID = 0x0A
EMERGENCY = 2
PERIODIC = 129


def short(
    lat: float,
    lon: float,
    *,
    reason: int = PERIODIC,
    error_class: int = 7,
    kmh: int | None = None,
    heading: float = 0.0,
) -> Bits:
    """84 bits with the protocol's number. `error_class`: below 2 m times ten to it, 7 unknown."""
    bits = Bits().put(PID, 8).put(0, 2).put(0, 2)
    _place(bits, lat, lon)
    bits.put(error_class, 3).put(_speed(kmh), 7).put(round(heading / 22.5) % 16, 4)
    return bits.put(0, 1).put(reason, 8)


def long(
    lat: float,
    lon: float,
    *,
    at: datetime | None = None,
    reason: int = PERIODIC,
    kmh: int | None = None,
    heading: float = 0.0,
    radius_m: float | None = None,
) -> Bits:
    """With the day and time of `at` (UTC), a point or a circle around it, and speed and heading."""
    bits = Bits().put(PID, 8).put(1, 2).put(0b0011, 4)
    if at is None:
        bits.put(0, 2)
    else:
        bits.put(2, 2).put(at.day, 5).put(at.hour, 5).put(at.minute, 6).put(at.second, 6)
    bits.put(1 if radius_m is None else 2, 4)
    _place(bits, lat, lon)
    if radius_m is not None:
        bits.put(min(62, max(0, math.ceil(math.log(max(radius_m, 2.0) / 2, 1.95)))), 6)
    if kmh is None:
        bits.put(0, 3)
    else:
        bits.put(5, 3).put(_speed(kmh), 7).put(round(heading / 360 * 256) % 256, 8)
    return bits.put(0, 1).put(0, 1).put(reason, 8)


def _place(bits: Bits, lat: float, lon: float) -> None:
    bits.put(max(-(2**24), min(2**24 - 1, round(lon * 2**25 / 360))), 25)
    bits.put(max(-(2**23), min(2**23 - 1, round(lat * 2**24 / 180))), 24)


def _speed(kmh: int | None) -> int:
    """To 28 km/h as it is, then 16 x 1.038^(K-13); 127 unknown."""
    if kmh is None:
        return 127
    return kmh if kmh <= 28 else min(126, round(13 + math.log(kmh / 16) / math.log(1.038)))
