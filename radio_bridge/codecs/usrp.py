"""USRP, the sound and signalling between AllStar, DVSwitch and their gateways over UDP. Pure.

A header of 32 octets; sound is 160 samples, s16le, 8 kHz (20 ms). Senders write the kind in either order of
octets: both are read, and the one of the most common senders is written.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from radio_bridge.codecs.bits import Undecodable

MAGIC: Final = b"USRP"
HEADER_BYTES: Final = 32
FRAME_BYTES: Final = 320
MOST_BYTES: Final = 2048
_HEADER: Final = struct.Struct("!4sIIIIIII")
_SET_INFO: Final = 8
_INFO_BYTES: Final = 13
"""Of its value without the callsign, the zero behind it included."""


class UsrpKind(IntEnum):
    """What is behind the header."""

    VOICE = 0
    DTMF = 1
    TEXT = 2
    PING = 3
    TLV = 4
    ADPCM = 5
    ULAW = 6


@dataclass(frozen=True, slots=True)
class Info:
    """Who talks, as DVSwitch tells it."""

    dmr_id: int
    repeater_id: int
    talkgroup: int
    slot: int
    colour_code: int
    callsign: str


@dataclass(frozen=True, slots=True)
class UsrpPacket:
    """`keyed` until the talk's last packet, which has no sound. `payload`: sound, or the octets of a text."""

    seq: int
    keyed: bool
    kind: UsrpKind = UsrpKind.VOICE
    talkgroup: int = 0
    payload: bytes = b""
    memory: int = 0
    mpxid: int = 0
    reserved: int = 0

    @property
    def info(self) -> Info | None:
        """Of a text or TLV that says who talks."""
        return _info(self.payload) if self.kind in {UsrpKind.TEXT, UsrpKind.TLV} else None


def decode(data: bytes) -> UsrpPacket:
    """Raises `Undecodable`."""
    if data[:4] != MAGIC[: len(data[:4])]:
        raise Undecodable(0, "it does not begin with USRP")
    if len(data) < HEADER_BYTES:
        raise Undecodable(
            8 * len(data), "the header ends {there} octets too early", there=HEADER_BYTES - len(data)
        )
    if len(data) > MOST_BYTES:
        raise Undecodable(
            8 * MOST_BYTES,
            "{there} octets: at most {most_bytes} are read",
            there=len(data),
            most_bytes=MOST_BYTES,
        )
    _, seq, memory, keyup, talkgroup, number, mpxid, reserved = _HEADER.unpack_from(data)
    if keyup not in {0, 1}:
        raise Undecodable(96, "keyup is {keyup}, and is 0 or 1", keyup=keyup)
    kind = _kind(number)
    payload = data[HEADER_BYTES:]
    if kind is UsrpKind.VOICE and len(payload) not in {0, FRAME_BYTES}:
        raise Undecodable(
            8 * HEADER_BYTES,
            "{there} octets of sound: there are {frame_bytes} or none",
            there=len(payload),
            frame_bytes=FRAME_BYTES,
        )
    return UsrpPacket(seq, keyup == 1, kind, talkgroup, payload, memory, mpxid, reserved)


def encode(packet: UsrpPacket) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    if packet.kind is UsrpKind.VOICE and len(packet.payload) not in {0, FRAME_BYTES}:
        raise ValueError(f"{len(packet.payload)} octets of sound")
    try:
        header = _HEADER.pack(
            MAGIC, packet.seq, packet.memory, packet.keyed, packet.talkgroup, _swapped(packet.kind),
            packet.mpxid, packet.reserved,
        )  # fmt: skip
    except struct.error as error:
        raise ValueError("a number does not fit into 32 bits") from error
    return header + packet.payload


def info_payload(info: Info) -> bytes:
    """The value of a packet that says who talks."""
    callsign = info.callsign.encode("ascii") + b"\0"
    body = (
        info.dmr_id.to_bytes(3) + info.repeater_id.to_bytes(4) + info.talkgroup.to_bytes(3)
        + bytes([info.slot, info.colour_code]) + callsign
    )  # fmt: skip
    return bytes([_SET_INFO, len(body)]) + body


def _kind(number: int) -> UsrpKind:
    for value in (number, _swapped(number)):
        if value in UsrpKind.__members__.values():
            return UsrpKind(value)
    raise Undecodable(160, "kind {number:#010x} is not known", number=number)


def _swapped(number: int) -> int:
    return int.from_bytes(number.to_bytes(4), "little")


def _info(payload: bytes) -> Info | None:
    if len(payload) < 2 or payload[0] != _SET_INFO or payload[1] < _INFO_BYTES:
        return None
    body = payload[2 : 2 + payload[1]]
    if len(body) < payload[1]:
        return None
    name = body[12:].split(b"\0", 1)[0].decode("ascii", "replace")
    dmr_id, repeater_id, talkgroup = (int.from_bytes(body[a:b]) for a, b in ((0, 3), (3, 7), (7, 10)))
    return Info(dmr_id, repeater_id, talkgroup, body[10], body[11], name)
