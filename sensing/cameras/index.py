"""Cameras by place, in memory: a grid in which each camera stands in every square that its view may touch.

A question looks into one square only. Pure, and exact: it finds what a look at all cameras finds.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sensing.cameras.model import METRES_PER_DEGREE, RegisteredCamera, offset_m, sees

SQUARE: Final = 0.005
"""Degrees: about 550 m from south to north."""


@dataclass(frozen=True, slots=True)
class SeeingCamera:
    """A camera that sees the place, and the metres to it."""

    camera: RegisteredCamera
    metres: float


class CameraIndex:
    """Cameras that are in use."""

    def __init__(self, cameras: Iterable[RegisteredCamera] = ()) -> None:
        self.by_code = {one.code: one for one in cameras}
        self._squares: defaultdict[tuple[int, int], list[RegisteredCamera]] = defaultdict(list)
        for camera in self.by_code.values():
            if camera.in_use:
                self._put(camera)

    def _put(self, camera: RegisteredCamera) -> None:
        high = camera.far_m / METRES_PER_DEGREE
        # A degree of longitude is shortest at the view's end that is farther from the equator.
        wide = high / math.cos(math.radians(min(89.0, abs(camera.lat) + high)))
        columns = range(_square(camera.lon - wide), _square(camera.lon + wide) + 1)
        for row in range(_square(camera.lat - high), _square(camera.lat + high) + 1):
            for column in columns:
                self._squares[column, row].append(camera)

    def seeing(self, lon: float, lat: float) -> list[SeeingCamera]:
        """All that see the place, the nearest first."""
        near = self._squares.get((_square(lon), _square(lat)), ())
        found = [one for one in (seeing_camera(camera, lon, lat) for camera in near) if one is not None]
        found.sort(key=lambda one: (one.metres, one.camera.code))
        return found


def seeing_camera(camera: RegisteredCamera, lon: float, lat: float) -> SeeingCamera | None:
    """The camera with its distance, if it sees the place."""
    east, north = offset_m(camera, lon, lat)
    return SeeingCamera(camera, math.hypot(east, north)) if sees(camera, east, north) else None


def _square(degrees: float) -> int:
    return math.floor(degrees / SQUARE)
