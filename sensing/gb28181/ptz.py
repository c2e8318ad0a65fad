"""The command by which a camera moves: eight bytes in hexadecimal digits (GB/T 28181, annex A.3). Pure."""

from __future__ import annotations

from typing import Final

from sensing.steering.model import CameraVelocity

FIRST: Final = 0xA5
SECOND: Final = 0x0F
"""Version 0 above, and the check of both halves of the first byte and of the version: (10 + 5 + 0) mod 16."""
ADDRESS: Final = 0x01
_RIGHT, _LEFT, _DOWN, _UP, _NEARER, _FARTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
FASTEST: Final = 0xFF
FASTEST_ZOOM: Final = 0x0F
"""Zooming has half a byte."""


def move_command(velocity: CameraVelocity) -> str:
    """Sixteen hexadecimal digits; of a velocity that stands it is the command to stop."""
    pan, tilt, zoom = velocity.pan, velocity.tilt, velocity.zoom
    bits = _RIGHT if pan > 0 else _LEFT if pan < 0 else 0
    bits |= _UP if tilt > 0 else _DOWN if tilt < 0 else 0
    bits |= _NEARER if zoom > 0 else _FARTHER if zoom < 0 else 0
    zooming = _speed(zoom, FASTEST_ZOOM) << 4
    said = bytes((FIRST, SECOND, ADDRESS, bits, _speed(pan, FASTEST), _speed(tilt, FASTEST), zooming))
    return (said + bytes((sum(said) % 256,))).hex().upper()


def _speed(share: float, fastest: int) -> int:
    """What moves at all moves by one step at least."""
    return 0 if not share else min(fastest, max(1, round(abs(share) * fastest)))
