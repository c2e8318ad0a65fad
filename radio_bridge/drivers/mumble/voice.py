"""Packets of sound as Mumble has them before 1.5, pure: any bytes are a packet or `Malformed`.

An octet with the form of the sound (3 bits) and its target (5 bits); from the server the talker's session; a
number that counts 10 ms; the length of the Opus packet, with a bit for a talk's last one; the Opus packet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.malformed import Malformed

OPUS: Final = 4
LAST: Final = 0x2000
MOST_OPUS: Final = 0x1FFF
_MASK64: Final = 2**64 - 1


@dataclass(frozen=True, slots=True)
class VoicePacket:
    """Of `session`, which only the server says. `last`: he has ended his talk."""

    seq: int
    opus: bytes
    last: bool = False
    session: int | None = None
    target: int = 0


def decode(data: bytes) -> VoicePacket | None:
    """As the server sends it; None for a form that is not Opus. Raises `Malformed`."""
    if not data:
        raise Malformed("an empty packet")
    if data[0] >> 5 != OPUS:
        return None
    session, at = varint(data, 1)
    seq, at = varint(data, at)
    length, at = varint(data, at)
    count = length & MOST_OPUS
    if at + count > len(data):
        raise Malformed(f"ends at byte {len(data)}, {at + count - len(data)} too early")
    # What follows is where in a game the talker stands.
    return VoicePacket(seq, data[at : at + count], bool(length & LAST), session, data[0] & 0x1F)


def encode(packet: VoicePacket) -> bytes:
    """As a client sends it, without a session. Raises `ValueError` for what no packet can hold."""
    if len(packet.opus) > MOST_OPUS or not 0 <= packet.target <= 0x1F:
        raise ValueError("a packet that does not fit")
    length = len(packet.opus) | (LAST if packet.last else 0)
    head = bytes([OPUS << 5 | packet.target])
    named = b"" if packet.session is None else written(packet.session)
    return head + named + written(packet.seq) + written(length) + packet.opus


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Mumble's own numbers: how many octets follow is said by the first one's leading bits. Gives the number
    and where the next thing begins. Raises `Malformed`; negative ones are not used in packets of sound.
    """
    if at >= len(data):
        raise Malformed(f"ends at byte {len(data)}, 1 too early")
    first = data[at]
    more, bits = _form(first)
    end = at + 1 + more
    if end > len(data):
        raise Malformed(f"ends at byte {len(data)}, {end - len(data)} too early")
    return bits << 8 * more | int.from_bytes(data[at + 1 : end]), end


def _form(first: int) -> tuple[int, int]:
    """How many octets follow, and what the first one has of the number."""
    for more, (mask, lead) in enumerate(((0x80, 0x00), (0xC0, 0x80), (0xE0, 0xC0), (0xF0, 0xE0))):
        if first & mask == lead:
            return more, first & ~mask & 0xFF
    if first & 0xFC == 0xF0:
        return 4, 0
    if first & 0xFC == 0xF4:
        return 8, 0
    raise Malformed("a negative number")


def written(value: int) -> bytes:
    """Raises `ValueError`."""
    if not 0 <= value <= _MASK64:
        raise ValueError(f"{value} does not fit into 64 bits")
    for more, lead in enumerate((0x00, 0x80, 0xC0, 0xE0)):
        if value < 1 << 7 * (more + 1):
            return (lead << 8 * more | value).to_bytes(more + 1)
    return b"\xf0" + value.to_bytes(4) if value < 2**32 else b"\xf4" + value.to_bytes(8)
