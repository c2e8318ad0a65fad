"""ITU-T G.711 A-law: one byte a sample, 13 bits of it."""

from __future__ import annotations

from typing import Final


def _level(code: int) -> int:
    code ^= 0x55
    mantissa, exponent = code & 0x0F, (code & 0x70) >> 4
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return size if code & 0x80 else -size


LEVELS: Final = tuple(_level(code) for code in range(256))
"""For each code its sample of 16 bits, signed."""
_SAMPLES: Final = tuple(level.to_bytes(2, "little", signed=True) for level in LEVELS)
_LOW: Final = bytes(sample[0] for sample in _SAMPLES)
_HIGH: Final = bytes(sample[1] for sample in _SAMPLES)


def linear(alaw: bytes) -> bytes:
    """As s16le."""
    out = bytearray(2 * len(alaw))
    out[0::2], out[1::2] = alaw.translate(_LOW), alaw.translate(_HIGH)
    return bytes(out)
