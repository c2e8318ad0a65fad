"""What one burst of a DMRD frame carries, as far as it can be read by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import burst, data_header, link_control
from radio_bridge.codecs.dmr.crc import CSBK_MASK, crc16
from radio_bridge.codecs.dmr.reed_solomon import HEADER_MASK, TERMINATOR_MASK
from radio_bridge.codecs.dmrd import DataType, Frame

BURST_BIT: Final = 160
"""Where the burst begins in the frame."""
PREAMBLE: Final = 0x3D
"""The opcode of a CSBK that says that so many bursts follow."""


@dataclass(frozen=True, slots=True)
class Csbk:
    """Signalling in one block. `target` and `source` are what stands where most opcodes have them."""

    opcode: int
    feature_set: int
    follow: int | None
    target: int
    source: int
    body: bytes


@dataclass(frozen=True, slots=True)
class DataBlock:
    """Octets of a data packet; its header says what they mean."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Signalling:
    """A quarter of a link control between the halves of voice."""

    colour_code: int
    part: int
    bits: int


Contents = link_control.LinkControl | Csbk | data_header.Header | DataBlock | Signalling


def of_frame(frame: Frame) -> Contents | None:
    """None for what is not read: voice alone, idle bursts. Raises `Undecodable`."""
    match frame.data_type:
        case DataType.VOICE_HEADER:
            return link_control.of_full(burst.info_bits(frame.burst), HEADER_MASK)
        case DataType.VOICE_TERMINATOR:
            return link_control.of_full(burst.info_bits(frame.burst), TERMINATOR_MASK)
        case DataType.CSBK | DataType.DATA_HEADER | DataType.RATE_12:
            return _OF_BLOCK[frame.data_type](_block(frame))
    if frame.voice is not None and 1 <= frame.voice <= 4:
        found = burst.embedded(frame.burst)
        return None if found is None else Signalling(found.colour_code, found.part, found.bits)
    return None


def csbk(block: bytes) -> Csbk:
    """Twelve octets. Raises `Undecodable` for a wrong check."""
    check = crc16(block[:10], CSBK_MASK)
    if (said := int.from_bytes(block[10:])) != check:
        raise Undecodable(80, "the check is {said:04x}, it should be {check:04x}", said=said, check=check)
    opcode = block[0] & 0x3F
    follow = block[3] if opcode == PREAMBLE else None
    return Csbk(
        opcode, block[1], follow, int.from_bytes(block[4:7]), int.from_bytes(block[7:10]), block[2:10]
    )


def preamble(target: int, source: int, follow: int, *, group: bool, data: bool = True) -> bytes:
    """Twelve octets."""
    head = bytes([0x80 | PREAMBLE, 0, (0x80 if data else 0) | (0x40 if group else 0), follow])
    block = head + target.to_bytes(3) + source.to_bytes(3)
    return block + crc16(block, CSBK_MASK).to_bytes(2)


_OF_BLOCK: Final[dict[DataType, Callable[[bytes], Contents]]] = {
    DataType.CSBK: csbk,
    DataType.DATA_HEADER: data_header.decode,
    DataType.RATE_12: DataBlock,
}


def _block(frame: Frame) -> bytes:
    block = burst.info_block(frame.burst)
    if block is None:
        raise Undecodable(0, "more wrong bits than the code corrects")
    return block
