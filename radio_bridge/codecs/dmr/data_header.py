"""The header of a data packet (ETSI TS 102 361-1, 9.2): from whom to whom, how many blocks follow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter, Undecodable
from radio_bridge.codecs.dmr.crc import HEADER_MASK, crc16

BYTES: Final = 12
_CHECKED: Final = 10


class DataPacketFormat(IntEnum):
    """What kind of packet follows."""

    UNIFIED = 0
    RESPONSE = 1
    UNCONFIRMED = 2
    CONFIRMED = 3
    SHORT_DEFINED = 13
    SHORT_RAW = 14
    PROPRIETARY = 15


class AccessPoint(IntEnum):
    """The service access point: the protocol of the packet's contents."""

    UNIFIED = 0
    TCP_IP_COMPRESSED = 2
    UDP_IP_COMPRESSED = 3
    IP = 4
    ARP = 5
    PROPRIETARY = 9
    SHORT = 10


_PACKETS: Final = frozenset({DataPacketFormat.UNCONFIRMED, DataPacketFormat.CONFIRMED})


@dataclass(frozen=True, slots=True)
class PacketHeader:
    """`blocks` follow; `padding` octets stand before the packet's check. `send_number` of a confirmed one."""

    confirmed: bool
    group: bool
    wants_response: bool
    service: int
    padding: int
    target: int
    source: int
    blocks: int
    whole: bool = True
    resync: bool = False
    send_number: int = 0
    fragment: int = 0


@dataclass(frozen=True, slots=True)
class ResponseHeader:
    """How a confirmed packet came. `kind` 0 and `outcome` 1: whole."""

    service: int
    target: int
    source: int
    kind: int
    outcome: int
    number: int
    blocks: int = 0

    @property
    def received(self) -> bool:
        """Whether it confirms that all blocks came."""
        return self.kind == 0 and self.outcome == 1


@dataclass(frozen=True, slots=True)
class OtherHeader:
    """Of a format that is not read here: as it came, without its check."""

    format: int
    body: bytes


Header = PacketHeader | ResponseHeader | OtherHeader


def decode(data: bytes) -> Header:
    """Twelve octets. Raises `Undecodable`, also for a wrong check."""
    if len(data) != BYTES:
        raise Undecodable(
            8 * min(len(data), BYTES), "{there} octets, it has {bytes}", there=len(data), bytes=BYTES
        )
    check = crc16(data[:_CHECKED], HEADER_MASK)
    if (said := int.from_bytes(data[_CHECKED:])) != check:
        raise Undecodable(
            8 * _CHECKED, "the check is {said:04x}, it should be {check:04x}", said=said, check=check
        )
    reader = BitReader(data[:_CHECKED])
    group = reader.flag("group")
    wants_response = reader.flag("response")
    reader.take(1, "compressed")
    padding = reader.take(1, "padding") << 4
    number = reader.take(4, "format")
    service = reader.take(4, "service")
    padding |= reader.take(4, "padding")
    if number not in {DataPacketFormat.RESPONSE, *_PACKETS}:
        return OtherHeader(number, data[:_CHECKED])
    target, source = reader.take(24, "target"), reader.take(24, "source")
    whole = reader.flag("whole message")
    blocks = reader.take(7, "blocks")
    if number == DataPacketFormat.RESPONSE:
        kind, outcome, state = reader.take(2, "class"), reader.take(3, "type"), reader.take(3, "state")
        return ResponseHeader(service, target, source, kind, outcome, state, blocks)
    resync, send_number = reader.flag("resynchronise"), reader.take(3, "send number")
    return PacketHeader(
        number == DataPacketFormat.CONFIRMED,
        group,
        wants_response,
        service,
        padding,
        target,
        source,
        blocks,
        whole,
        resync,
        send_number,
        reader.take(4, "fragment"),
    )


def encode(header: Header) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    out = BitWriter()
    match header:
        case PacketHeader():
            number = DataPacketFormat.CONFIRMED if header.confirmed else DataPacketFormat.UNCONFIRMED
            _put_head(out, header.group, header.wants_response, header.padding, number, header.service)
            _put_parties(out, header.target, header.source, header.whole, header.blocks)
            out.put(header.resync, 1, "resynchronise")
            out.put(header.send_number, 3, "send number")
            out.put(header.fragment, 4, "fragment")
        case ResponseHeader():
            _put_head(out, False, False, 0, DataPacketFormat.RESPONSE, header.service)
            _put_parties(out, header.target, header.source, False, header.blocks)
            out.put(header.kind, 2, "class")
            out.put(header.outcome, 3, "type")
            out.put(header.number, 3, "state")
        case OtherHeader(_, body):
            if len(body) != _CHECKED:
                raise ValueError(f"{len(body)} octets, it has {_CHECKED}")
            out.octets(body)
    body = out.bytes()
    return body + crc16(body, HEADER_MASK).to_bytes(2)


def _put_head(out: BitWriter, group: bool, response: bool, padding: int, number: int, service: int) -> None:
    out.put(group, 1, "group")
    out.put(response, 1, "response")
    out.put(0, 1, "compressed")
    out.put(padding >> 4, 1, "padding")
    out.put(number, 4, "format")
    out.put(service, 4, "service")
    out.put(padding & 0xF, 4, "padding")


def _put_parties(out: BitWriter, target: int, source: int, whole: bool, blocks: int) -> None:
    out.put(target, 24, "target")
    out.put(source, 24, "source")
    out.put(whole, 1, "whole message")
    out.put(blocks, 7, "blocks")
