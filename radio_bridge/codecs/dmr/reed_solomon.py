"""Reed-Solomon (12,9), the check behind a full link control (TS 102 361-1, B.3.6)."""

from __future__ import annotations

from typing import Final

HEADER_MASK: Final = b"\x96\x96\x96"
TERMINATOR_MASK: Final = b"\x99\x99\x99"
_FIELD: Final = 0x11D
_GENERATOR: Final = (0x40, 0x38, 0x0E)
"""Of degree three, its highest coefficient 1 left out; the lowest first."""


def check(data: bytes) -> bytes:
    """Three octets for nine, without a mask."""
    first, second, third = 0, 0, 0
    for octet in data:
        factor = octet ^ third
        third = second ^ _times(_GENERATOR[2], factor)
        second = first ^ _times(_GENERATOR[1], factor)
        first = _times(_GENERATOR[0], factor)
    return bytes([third, second, first])


def _times(one: int, other: int) -> int:
    found = 0
    while other:
        if other & 1:
            found ^= one
        one <<= 1
        if one & 0x100:
            one ^= _FIELD
        other >>= 1
    return found
