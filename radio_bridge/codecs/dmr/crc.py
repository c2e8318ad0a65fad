"""The checks of DMR's data (ETSI TS 102 361-1, B.3.7 to B.3.9)."""

from __future__ import annotations

from typing import Final

CSBK_MASK: Final = 0xA5A5
HEADER_MASK: Final = 0xCCCC


def crc16(data: bytes, mask: int) -> int:
    """CRC-CCITT, inverted, with the mask of what it belongs to."""
    value = 0
    for octet in data:
        value ^= octet << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
        value &= 0xFFFF
    return value ^ 0xFFFF ^ mask


def crc32(data: bytes) -> int:
    """Over pairs of octets, each pair the other way round. `data` has an even number of octets."""
    value = 0
    for place in range(0, len(data), 2):
        for octet in (data[place + 1], data[place]):
            value ^= octet << 24
            for _ in range(8):
                value = (value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1
            value &= 0xFFFFFFFF
    return int.from_bytes(value.to_bytes(4), "little")


def checksum5(data: bytes) -> int:
    """The sum of the octets modulo 31: of an embedded link control."""
    return sum(data) % 31


RATE_12_MASK: Final = 0x0F0
RATE_34_MASK: Final = 0x1FF


def crc9(data: bytes, serial: int, mask: int) -> int:
    """Of a confirmed block: its octets, then the seven bits of its serial number."""
    value = 0
    bits = (int.from_bytes(data) << 7) | serial
    for place in range(8 * len(data) + 6, -1, -1):
        top = (value >> 8 & 1) ^ (bits >> place & 1)
        value = ((value << 1) & 0x1FF) ^ (0x059 if top else 0)
    return value ^ 0x1FF ^ mask
