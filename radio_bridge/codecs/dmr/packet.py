"""Data packets of DMR, put together from their header and blocks and taken apart into bursts: pure, bounded.

ETSI TS 102 361-1, clause 8. Read: unconfirmed and confirmed packets in blocks of rate 1/2 and 3/4. Written:
unconfirmed ones of rate 1/2, which every radio reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import burst, contents, data_header, datagram, trellis
from radio_bridge.codecs.dmr.crc import RATE_12_MASK, RATE_34_MASK, crc9, crc32
from radio_bridge.codecs.dmr.data_header import AccessPoint, PacketHeader, ResponseHeader
from radio_bridge.codecs.dmr.datagram import IpDatagram
from radio_bridge.codecs.dmrd import DataType, Frame

BLOCK_BYTES: Final = 12
CHECK_BYTES: Final = 4
MOST_BYTES: Final = 127 * BLOCK_BYTES - CHECK_BYTES
MOST_OPEN: Final = 64
WITHIN_S: Final = 10.0
"""So long after its header a packet may take; 127 blocks in a slot last 7.6 s."""


@dataclass(frozen=True, slots=True)
class DmrPacket:
    """`octets` without padding and check. A confirmed one is to be answered by `received`."""

    header: PacketHeader
    octets: bytes

    def contents(self) -> IpDatagram:
        """Raises `Undecodable`, also for what is no IP."""
        match self.header.service:
            case AccessPoint.IP:
                return datagram.of_ip(self.octets)
            case AccessPoint.UDP_IP_COMPRESSED:
                return datagram.of_compressed(self.octets)
        raise Undecodable(8, "service {service} is not read here", service=self.header.service)


@dataclass(slots=True)
class _OpenPacket:
    header: PacketHeader
    since: float
    blocks: list[bytes] = field(default_factory=list)


class Assembler:
    """Assembles packets of any number of senders and slots. `bad` counts packets with a wrong check."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int, int], _OpenPacket] = {}
        self.bad = 0

    def take(self, frame: Frame, now: float) -> DmrPacket | None:
        """The packet when this was its last block. `now` in monotonic seconds. Raises `Undecodable`."""
        self._forget(now)
        key = (frame.repeater, frame.source, frame.slot)
        if frame.data_type is DataType.DATA_HEADER:
            self._begin(key, frame, now)
            return None
        known = self._open.get(key)
        if known is None or frame.data_type not in {DataType.RATE_12, DataType.RATE_34}:
            return None
        block = _block(frame, confirmed=known.header.confirmed)
        if block is None:
            # A block that is missing makes the packet worthless.
            del self._open[key]
            self.bad += 1
            return None
        known.blocks.append(block)
        if len(known.blocks) < known.header.blocks:
            return None
        del self._open[key]
        return self._whole(known)

    def _begin(self, key: tuple[int, int, int], frame: Frame, now: float) -> None:
        block = burst.info_block(frame.burst)
        if block is None:
            raise Undecodable(0, "more wrong bits than the code corrects")
        header = data_header.decode(block)
        self._open.pop(key, None)
        if isinstance(header, PacketHeader) and header.blocks:
            if len(self._open) >= MOST_OPEN:
                self._open.pop(next(iter(self._open)))
            self._open[key] = _OpenPacket(header, now)

    def _whole(self, known: _OpenPacket) -> DmrPacket | None:
        octets = b"".join(known.blocks)
        body, check = octets[:-CHECK_BYTES], octets[-CHECK_BYTES:]
        if len(body) % 2 or crc32(body) != int.from_bytes(check) or known.header.padding > len(body):
            self.bad += 1
            return None
        return DmrPacket(known.header, body[: len(body) - known.header.padding])

    def _forget(self, now: float) -> None:
        for key in [key for key, one in self._open.items() if now > one.since + WITHIN_S]:
            del self._open[key]
            self.bad += 1


def bursts(
    octets: bytes, *, source: int, target: int, service: int, colour_code: int, preambles: int = 4
) -> list[tuple[DataType, bytes]]:
    """Preambles, header and blocks, in order. Raises `ValueError` for what is too long."""
    if len(octets) > MOST_BYTES:
        raise ValueError(f"a packet of {len(octets)} octets, at most {MOST_BYTES}")
    count = -(-(len(octets) + CHECK_BYTES) // BLOCK_BYTES)
    padding = count * BLOCK_BYTES - CHECK_BYTES - len(octets)
    body = octets + bytes(padding)
    whole = body + crc32(body).to_bytes(CHECK_BYTES)
    header = PacketHeader(
        confirmed=False, group=False, wants_response=False, service=service, padding=padding, target=target,
        source=source, blocks=count,
    )  # fmt: skip
    made = [
        (DataType.CSBK, contents.preamble(target, source, preambles - one + count, group=False))
        for one in range(preambles)
    ]
    made.append((DataType.DATA_HEADER, data_header.encode(header)))
    made += [
        (DataType.RATE_12, whole[place : place + BLOCK_BYTES]) for place in range(0, len(whole), BLOCK_BYTES)
    ]
    return [(kind, burst.of_block(block, colour_code, kind)) for kind, block in made]


def received(header: PacketHeader, colour_code: int) -> tuple[DataType, bytes]:
    """The burst that says that a confirmed packet came whole."""
    answer = ResponseHeader(header.service, header.source, header.target, 0, 1, header.send_number)
    block = data_header.encode(answer)
    return DataType.DATA_HEADER, burst.of_block(block, colour_code, DataType.DATA_HEADER)


def _block(frame: Frame, *, confirmed: bool) -> bytes | None:
    """The octets of one block; None when they cannot be read, or a confirmed one's check is wrong."""
    if frame.data_type is DataType.RATE_12:
        block, mask = burst.info_block(frame.burst), RATE_12_MASK
    else:
        block, mask = trellis.decode(burst.info_bits(frame.burst)), RATE_34_MASK
    if block is None or not confirmed:
        return block
    head = int.from_bytes(block[:2])
    return block[2:] if crc9(block[2:], head >> 9, mask) == head & 0x1FF else None


def confirmed_block(octets: bytes, serial: int, *, rate_34: bool) -> bytes:
    """With serial number and check in front, as a radio sends it."""
    check = crc9(octets, serial, RATE_34_MASK if rate_34 else RATE_12_MASK)
    return ((serial << 9) | check).to_bytes(2) + octets
