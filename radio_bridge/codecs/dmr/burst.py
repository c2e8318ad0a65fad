"""One burst: 264 bits, of which 196 around the middle are information, 20 the slot type and 48 the sync or,
in voice, embedded signalling (ETSI TS 102 361-1, 6.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from radio_bridge.codecs.dmr import bptc
from radio_bridge.codecs.dmr.block_codes import golay_20_8, quadratic_residue_16_7

BYTES: Final = 33
BASE_VOICE_SYNC: Final = 0x755FD7DF75F7
BASE_DATA_SYNC: Final = 0xDFF57D75DF5D
_HALF: Final = 98


@dataclass(frozen=True, slots=True)
class Embedded:
    """In the middle of voice bursts B to F: `part` 0 single, 1 first, 2 last, 3 further, and its 32 bits."""

    colour_code: int
    part: int
    bits: int


def data_burst(info: int, colour_code: int, data_type: int) -> bytes:
    """`info` are the 196 bits."""
    slot_type = golay_20_8((colour_code << 4) | data_type)
    value = info >> _HALF
    for bits, count in ((slot_type >> 10, 10), (BASE_DATA_SYNC, 48), (slot_type & 0x3FF, 10),
                        (info & ((1 << _HALF) - 1), _HALF)):  # fmt: skip
        value = (value << count) | bits
    return value.to_bytes(BYTES)


def info_bits(burst: bytes) -> int:
    """The 196 bits of a burst that is no voice."""
    value = int.from_bytes(burst)
    return ((value >> 166) << _HALF) | (value & ((1 << _HALF) - 1))


def slot_type(burst: bytes) -> tuple[int, int] | None:
    """Colour code and type of data; None when its check is wrong."""
    value = int.from_bytes(burst)
    word = (((value >> 156) & 0x3FF) << 10) | ((value >> 98) & 0x3FF)
    found = word >> 12
    return (found >> 4, found & 0xF) if golay_20_8(found) == word else None


def info_block(burst: bytes) -> bytes | None:
    """The twelve octets under the BPTC; None when they cannot be read."""
    return bptc.decode(info_bits(burst))


def of_block(block: bytes, colour_code: int, data_type: int) -> bytes:
    """The burst for 12 octets, protected by BPTC(196,96)."""
    return data_burst(bptc.encode(block), colour_code, data_type)


def embedded(burst: bytes) -> Embedded | None:
    """Of a voice burst; None when its check is wrong, as it is where the sync stands."""
    middle = (int.from_bytes(burst) >> 108) & ((1 << 48) - 1)
    head = ((middle >> 40) << 8) | (middle & 0xFF)
    if quadratic_residue_16_7(head >> 9) != head:
        return None
    return Embedded(head >> 12, (head >> 9) & 3, (middle >> 8) & 0xFFFFFFFF)


def with_embedded(voice: bytes, signalling: Embedded) -> bytes:
    """The voice burst with this in its middle."""
    head = quadratic_residue_16_7((signalling.colour_code << 3) | signalling.part)
    middle = ((head >> 8) << 40) | (signalling.bits << 8) | (head & 0xFF)
    return _with_middle(voice, middle)


def with_sync(voice: bytes) -> bytes:
    """The voice burst A."""
    return _with_middle(voice, BASE_VOICE_SYNC)


def _with_middle(voice: bytes, middle: int) -> bytes:
    mask = ((1 << 48) - 1) << 108
    return ((int.from_bytes(voice) & ~mask) | (middle << 108)).to_bytes(BYTES)
