"""Where words say that something is: the point of a place, a house in an invented street, a crossing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cases.gazetteer.lines import along, length_m, meeting_point
from cases.gazetteer.model import GazetteerPlace
from core.place import Position

CROSSING_M: Final = 30.0
"""How exact the crossing of two measured streets is."""
APART_M: Final = 60.0
"""Measured streets that come no nearer to each other do not cross."""
HOUSE_M: Final = 8.0
"""From one number to the next in an invented street."""
EVEN_UP_TO: Final = 0.7
"""The share of an invented street up to which its numbers stand so far apart; beyond they come closer."""
_NUMBER: Final = re.compile(r"\s*(\d{1,5})\s*[号號]")


@dataclass(frozen=True, slots=True)
class PlacePosition:
    """`invented`: nobody has measured it; it is consistent with other invented ones and with nothing else.
    `exact`: the words name a spot, and not a whole street.
    """

    position: Position
    invented: bool
    exact: bool


def position_in(place: GazetteerPlace, rest: str) -> PlacePosition | None:
    """Of an address: a place, and what follows its name."""
    if place.position is None:
        return None
    number = _NUMBER.match(rest)
    if place.kind != "street":
        return PlacePosition(place.position, place.synthetic, exact=True)
    if not place.synthetic or number is None or not place.lines:
        return PlacePosition(place.position, place.synthetic, exact=number is not None)
    lon, lat = along(place.lines[0], _share(int(number[1]), length_m(place.lines[0])))
    return PlacePosition(Position(lon=lon, lat=lat, accuracy_m=place.accuracy_m), invented=True, exact=True)


def _share(number: int, length: float) -> float:
    """How far along its street a number stands: they rise with the line and never leave it."""
    metres, even, rest = number * HOUSE_M, EVEN_UP_TO * length, (1 - EVEN_UP_TO) * length
    beyond = metres - even
    return (metres if beyond <= 0 else even + rest * beyond / (beyond + rest)) / length


def position_of_crossing(streets: Sequence[GazetteerPlace]) -> PlacePosition | None:
    """Of two streets; None where they do not cross, or where one is measured and the other invented."""
    if len(streets) != 2 or streets[0].synthetic != streets[1].synthetic:
        return None
    one, other = streets
    met = meeting_point(one.lines, other.lines)
    if met is None:
        return None
    (lon, lat), apart = met
    invented = one.synthetic
    if not invented and apart > APART_M:
        return None
    accuracy = max(one.accuracy_m, other.accuracy_m) if invented else CROSSING_M + apart
    return PlacePosition(Position(lon=lon, lat=lat, accuracy_m=accuracy), invented, exact=True)
