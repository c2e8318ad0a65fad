"""A thing near a place, of whatever kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel

MOST_EACH: Final = 50
"""Of one kind, the nearest."""
MOST_METRES: Final = 2_000.0


class NearKind(StrEnum):
    UNIT = "unit"
    CAMERA = "camera"
    CASE = "case"
    PART = "part"


class NearThing(BaseModel):
    """`metres` to the case's place; `state` is of its kind: `online` and `offline` of a unit, the states of
    cameras and cases, a part's own word. `at`: when a unit's position was measured.
    """

    kind: NearKind
    id: str
    name: str
    metres: float
    lon: float
    lat: float
    state: str = ""
    at: datetime | None = None


def nearest(found: Iterable[NearThing], within_m: float, limit: int) -> list[NearThing]:
    """By distance; equal ones by kind and id."""
    inside = [one for one in found if one.metres <= within_m]
    return sorted(inside, key=lambda one: (one.metres, one.kind.value, one.id))[:limit]
