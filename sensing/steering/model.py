"""How fast and where to a camera moves by hand. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CameraVelocity:
    """Each from -1 to 1 of the camera's fastest: `pan` to the right, `tilt` up, `zoom` nearer."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0

    @property
    def stands(self) -> bool:
        return not (self.pan or self.tilt or self.zoom)


STANDING = CameraVelocity()
