"""UDP over IPv4 as DMR carries it: whole headers, or the compressed one of ETSI TS 102 361-3, 7.2. Pure.

A MOTOTRBO radio of the number n has the address 12.a.b.c, with n in a.b.c; the centre's machines 13.a.b.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter, Undecodable

RADIO_NET: Final = 12
CENTRE_NET: Final = 13
_UDP: Final = 17
_IP_BYTES, _UDP_BYTES = 20, 8
_KNOWN_PORTS: Final = {1: 5016, 2: 5017, 98: 4007}
"""Ports by their short identifier: texts in UTF-16, LIP, and TMS as a captured MOTOTRBO text has it."""


@dataclass(frozen=True, slots=True)
class IpDatagram:
    """`source`, `target`: addresses, None where the header is compressed. A compressed port may be only known
    by its identifier: then it is negative.
    """

    source_port: int
    target_port: int
    payload: bytes
    source: IPv4Address | None = None
    target: IPv4Address | None = None


def address_of(number: int, net: int = RADIO_NET) -> IPv4Address:
    """Of a radio (24 bits)."""
    return IPv4Address((net << 24) | number)


def of_ip(data: bytes) -> IpDatagram:
    """Raises `Undecodable`. Octets behind the packet's own length are what filled the last block."""
    if len(data) < _IP_BYTES + _UDP_BYTES:
        raise Undecodable(8 * len(data), "it ends within the headers")
    if data[0] >> 4 != 4:
        raise Undecodable(0, "version {there} of IP", there=data[0] >> 4)
    head = 4 * (data[0] & 0xF)
    total = int.from_bytes(data[2:4])
    if not _IP_BYTES <= head <= total - _UDP_BYTES or total > len(data):
        raise Undecodable(
            16,
            "{total} octets are said with a header of {head}, {there} there are",
            total=total,
            head=head,
            there=len(data),
        )
    if int.from_bytes(data[6:8]) & 0x3FFF:
        raise Undecodable(50, "a fragment of a packet")
    if data[9] != _UDP:
        raise Undecodable(72, "protocol {there}, UDP is {udp}", there=data[9], udp=_UDP)
    if _sum(data[:head]) != 0:
        raise Undecodable(80, "the header's check is wrong")
    length = int.from_bytes(data[head + 4 : head + 6])
    if not _UDP_BYTES <= length <= total - head:
        raise Undecodable(
            8 * head + 32, "{length} octets are said, {there} there are", length=length, there=total - head
        )
    return IpDatagram(
        int.from_bytes(data[head : head + 2]),
        int.from_bytes(data[head + 2 : head + 4]),
        data[head + _UDP_BYTES : head + length],
        IPv4Address(data[12:16]),
        IPv4Address(data[16:20]),
    )


def to_ip(datagram: IpDatagram, identification: int = 0) -> bytes:
    """With whole headers, the check of UDP left out. Raises `ValueError`."""
    if datagram.source is None or datagram.target is None:
        raise ValueError("addresses are missing")
    total = _IP_BYTES + _UDP_BYTES + len(datagram.payload)
    if total > 0xFFFF:
        raise ValueError(f"a packet of {total} octets")
    head = (
        b"\x45\x00" + total.to_bytes(2) + (identification & 0xFFFF).to_bytes(2) + b"\x00\x00\x40"
        + bytes([_UDP, 0, 0]) + datagram.source.packed + datagram.target.packed
    )  # fmt: skip
    head = head[:10] + _sum(head).to_bytes(2) + head[12:]
    udp = (
        datagram.source_port.to_bytes(2) + datagram.target_port.to_bytes(2)
        + (_UDP_BYTES + len(datagram.payload)).to_bytes(2) + b"\0\0"
    )  # fmt: skip
    return head + udp + datagram.payload


def of_compressed(data: bytes) -> IpDatagram:
    """Raises `Undecodable`."""
    reader = BitReader(data)
    reader.take(16, "identification")
    reader.take(8, "kinds of address")
    identifiers: list[int] = []
    for name in ("source port", "target port"):
        reader.flag("reserved")
        identifiers.append(reader.take(7, name))
    source, target = (_port(reader, one) for one in identifiers)
    return IpDatagram(source, target, reader.rest())


def to_compressed(datagram: IpDatagram, identification: int = 0) -> bytes:
    """Both ports whole. Raises `ValueError`."""
    out = BitWriter()
    out.put(identification & 0xFFFF, 16, "identification")
    out.put(0, 24, "kinds of address and port")
    out.put(datagram.source_port, 16, "source port")
    out.put(datagram.target_port, 16, "target port")
    out.octets(datagram.payload)
    return out.bytes()


def _port(reader: BitReader, identifier: int) -> int:
    if identifier == 0:
        return reader.take(16, "port")
    return _KNOWN_PORTS.get(identifier, -identifier)


def _sum(head: bytes) -> int:
    """Of IP's header: 0 over one with its check."""
    total = sum(int.from_bytes(head[place : place + 2]) for place in range(0, len(head), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
