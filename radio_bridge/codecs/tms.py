"""TMS, the Text Messaging Service of MOTOTRBO (UDP port 4007): texts, and that they came. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter, Undecodable

PORT: Final = 4007
_TEXT, _ACK = 0, 15
_UCS2_LE: Final = 4
SEQUENCES: Final = 128


@dataclass(frozen=True, slots=True)
class TmsText:
    """`sequence` (0 to 127) is what its acknowledgement names."""

    sequence: int
    text: str
    address: bytes = b""
    wants_ack: bool = True


@dataclass(frozen=True, slots=True)
class TmsAck:
    """The text of this number came; without one, that the service is there was heard."""

    sequence: int | None
    address: bytes = b""


@dataclass(frozen=True, slots=True)
class Availability:
    """The radio can take texts. `capability`: 0 limited, 1 by itself, 2 by what is plugged in, 3 both."""

    capability: int
    address: bytes = b""
    wants_ack: bool = True


Tms = TmsText | TmsAck | Availability


def decode(data: bytes) -> Tms:
    """With its length in front. Raises `Undecodable`."""
    reader = BitReader(data)
    length = reader.take(16, "length")
    if length * 8 != reader.left:
        raise reader.wrong(
            "length {length}, and {there} octets follow", length=length, there=reader.left // 8, back=16
        )
    more = reader.flag("further header")
    wants_ack = reader.flag("acknowledgement")
    reader.flag("reserved")
    control = reader.flag("control message")
    kind = reader.take(4, "kind of message")
    address = reader.octets(reader.take(8, "length of address"), "address")
    match control, kind:
        case False, 0:
            return _text(reader, more, address, wants_ack)
        case True, 15:
            if not more:
                reader.end()
                return TmsAck(None, address)
            sequence, _ = _sequence(reader)
            reader.end()
            return TmsAck(sequence, address)
        case True, 0:
            capability = reader.take(8, "capability") & 3 if more else 0
            reader.end()
            return Availability(capability, address, wants_ack)
    raise Undecodable(20, "kind of message {kind} is not known", kind=kind)


def encode(message: Tms) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    out = BitWriter()
    match message:
        case TmsText(sequence, text, address, wants_ack):
            _put_head(out, 0xA0 | (0x40 if wants_ack else 0), address)
            _put_sequence(out, sequence, _UCS2_LE)
            out.octets(text.encode("utf-16-le", "surrogatepass"))
        case TmsAck(None, address):
            _put_head(out, 0x1F, address)
        case TmsAck(int() as sequence, address):
            _put_head(out, 0x9F, address)
            _put_sequence(out, sequence, 0)
        case Availability(capability, address, wants_ack):
            _put_head(out, 0x90 | (0x40 if wants_ack else 0), address)
            out.put(capability, 8, "capability")
    body = out.bytes()
    if len(body) > 0xFFFF:
        raise ValueError(f"a message of {len(body)} octets")
    return len(body).to_bytes(2) + body


def _put_head(out: BitWriter, first: int, address: bytes) -> None:
    out.put(first, 8, "first header")
    out.put(len(address), 8, "length of address")
    out.octets(address)


def _text(reader: BitReader, more: bool, address: bytes, wants_ack: bool) -> TmsText:
    sequence, encoding = _sequence(reader) if more else (0, _UCS2_LE)
    if encoding != _UCS2_LE:
        raise reader.wrong("coding {coding} of the text is not read here", coding=encoding, back=5)
    begins = reader.at
    octets = reader.rest()
    if len(octets) % 2:
        raise Undecodable(begins, "{there} octets of a text with two for each sign", there=len(octets))
    return TmsText(sequence, octets.decode("utf-16-le", "replace"), address, wants_ack)


def _sequence(reader: BitReader) -> tuple[int, int]:
    """The number's low five bits stand in one header, its high two in the next one with the coding."""
    more = reader.flag("further header")
    reader.take(2, "reserved")
    low = reader.take(5, "sequence")
    if not more:
        return low, 0
    last = not reader.flag("further header")
    high = reader.take(2, "sequence")
    coding = reader.take(5, "coding")
    if not last:
        raise reader.wrong("a third header is not read here", back=8)
    return (high << 5) | low, coding


def _put_sequence(out: BitWriter, sequence: int, coding: int) -> None:
    if not 0 <= sequence < SEQUENCES:
        raise ValueError(f"sequence {sequence}: it has 7 bits")
    out.put(0x80 | (sequence & 0x1F), 8, "sequence")
    out.put(((sequence >> 5) << 5) | coding, 8, "sequence")
