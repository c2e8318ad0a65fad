"""A simulated receiver of positions that writes NMEA 0183. It knows nothing of the product."""

from __future__ import annotations

from functools import reduce
from operator import xor


def written(inner: str) -> bytes:
    """The sentence with its checksum and end."""
    return f"${inner}*{reduce(xor, inner.encode(), 0):02X}\r\n".encode()


def gga(lon: float, lat: float, *, quality: int = 1, talker: str = "GN") -> bytes:
    return written(f"{talker}GGA,060102.00,{_place(lon, lat)},{quality},09,0.9,126.1,M,0.0,M,,")


def rmc(lon: float, lat: float, *, valid: bool = True, talker: str = "GN") -> bytes:
    return written(f"{talker}RMC,060102.00,{'A' if valid else 'V'},{_place(lon, lat)},0.5,54.7,011226,,,A")


def _place(lon: float, lat: float) -> str:
    return f"{_angle(lat, 2)},{'N' if lat >= 0 else 'S'},{_angle(lon, 3)},{'E' if lon >= 0 else 'W'}"


def _angle(degrees: float, digits: int) -> str:
    """Degrees, and minutes to five places: `4545.12345`."""
    hundred_thousandths = round(abs(degrees) * 60 * 100_000)
    whole, rest = divmod(hundred_thousandths, 60 * 100_000)
    return f"{whole:0{digits}d}{rest / 100_000:08.5f}"
