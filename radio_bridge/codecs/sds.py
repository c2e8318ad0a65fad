"""Short data of TETRA (ETSI EN 300 392-2, clause 29): pre-coded statuses, texts, and the transport layer
SDS-TL with its reports. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from radio_bridge.codecs import gsm7, lip
from radio_bridge.codecs.bits import BitReader, BitWriter, Undecodable

EMERGENCY: Final = 0
"""The pre-coded status of an emergency."""
_SHORT_REPORTS: Final = range(0x7C00, 0x8000)
_TEXT_PIDS: Final = frozenset({0x02, 0x09})
_TL_TEXT_PIDS: Final = frozenset({0x82, 0x89, 0x8A})
_WITH_HEADER: Final = 0x8A
"""A text with a user data header, of which there may be several parts."""
_TL_FIRST: Final = 0x80
GSM7, LATIN1, UCS2 = 0, 1, 26
_CODECS: Final = {LATIN1: "latin-1", UCS2: "utf-16-be"}
_NO_FORWARD: Final = 7
_FORWARD_BITS: Final = {0: 8, 1: 24, 2: 48, _NO_FORWARD: 0}
_CONCATENATION: Final = {0x00: 8, 0x08: 16}
"""Elements of the user data header that number parts, and the bits of their reference."""


class SdsKind(IntEnum):
    """What a message of SDS-TL is."""

    TRANSFER = 0
    REPORT = 1
    ACK = 2


@dataclass(frozen=True, slots=True)
class SdsStatus:
    """A pre-coded status: 0 is an emergency, from 32768 on they are the network's own."""

    value: int

    @property
    def emergency(self) -> bool:
        """Whether it is the status for emergencies."""
        return self.value == EMERGENCY


@dataclass(frozen=True, slots=True)
class SdsShortReport:
    """A report on a text, as a status. `outcome`: 0 not supported, 1 memory full, 2 received, 3 read."""

    outcome: int
    reference: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a text was written; there is no year. `frame`: 0 local time, 1 UTC."""

    frame: int
    month: int
    day: int
    hour: int
    minute: int


@dataclass(frozen=True, slots=True)
class SdsPart:
    """Which part of a text it is, from 1 to `total`. `wide`: the reference has 16 bits, not 8."""

    reference: int
    total: int
    number: int
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Forward:
    """What the network is to do while it keeps the message: codes as on the air."""

    validity: int
    address_kind: int
    address: int = 0


@dataclass(frozen=True, slots=True)
class SimpleText:
    """A text without transport: nobody says that it came."""

    pid: int
    coding: int
    text: str


@dataclass(frozen=True, slots=True)
class SdsText:
    """A text by SDS-TL. `report`: 0 none, 1 when received, 2 when read, 3 both."""

    pid: int
    reference: int
    report: int
    coding: int
    text: str
    short_report: bool = False
    forward: Forward | None = None
    stamp: Stamp | None = None
    part: SdsPart | None = None


@dataclass(frozen=True, slots=True)
class SdsReport:
    """What became of a text: `status` 0 received, 2 read, 0x40 and above failed."""

    pid: int
    status: int
    reference: int
    wants_ack: bool = False

    @property
    def failed(self) -> bool:
        """Whether the text did not reach the radio."""
        return 0x40 <= self.status <= 0x5F


@dataclass(frozen=True, slots=True)
class SdsAck:
    """The report has come."""

    pid: int
    status: int
    reference: int


@dataclass(frozen=True, slots=True)
class SdsPosition:
    """A report of LIP."""

    report: lip.Lip


@dataclass(frozen=True, slots=True)
class Opaque:
    """Of a protocol that is not read here."""

    pid: int
    data: bytes


Sds = SdsStatus | SdsShortReport | SimpleText | SdsText | SdsReport | SdsAck | SdsPosition | Opaque


def decode(data: bytes, bits: int | None = None) -> Sds:
    """Sixteen bits are a pre-coded status, more are user data of type 4. Raises `Undecodable`."""
    reader = BitReader(data, bits)
    if reader.left == 16:
        value = reader.take(16, "status")
        if value in _SHORT_REPORTS:
            return SdsShortReport((value >> 8) & 3, value & 0xFF)
        return SdsStatus(value)
    pid = reader.take(8, "protocol identifier")
    if pid == lip.PID:
        return SdsPosition(lip.decode_body(reader))
    if pid in _TEXT_PIDS:
        return _simple(reader, pid)
    if pid < _TL_FIRST:
        return Opaque(pid, reader.rest())
    return _transported(reader, pid)


def encode(sds: Sds) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    out = BitWriter()
    match sds:
        case SdsStatus(value):
            if value in _SHORT_REPORTS:
                raise ValueError(f"status {value} is a short report")
            out.put(value, 16, "status")
        case SdsShortReport(outcome, reference):
            out.put(0b011111, 6, "short report")
            out.put(outcome, 2, "outcome")
            out.put(reference, 8, "reference")
        case SdsPosition(report):
            return lip.encode(report)
        case SimpleText(pid, coding, text):
            out.put(pid, 8, "protocol identifier")
            out.put(coding, 8, "coding")
            out.octets(_text_octets(coding, text))
        case SdsText():
            _put_text(out, sds)
        case SdsReport(pid, status, reference, wants_ack):
            _put_head(out, pid, SdsKind.REPORT)
            out.put(8 if wants_ack else 0, 4, "acknowledgement")
            out.put(status, 8, "status")
            out.put(reference, 8, "reference")
        case SdsAck(pid, status, reference):
            _put_head(out, pid, SdsKind.ACK)
            out.put(0, 4, "reserved")
            out.put(status, 8, "status")
            out.put(reference, 8, "reference")
        case Opaque(pid, data):
            out.put(pid, 8, "protocol identifier")
            out.octets(data)
    return out.bytes()


# --- texts ------------------------------------------------------------------------------------------------


def _simple(reader: BitReader, pid: int) -> SimpleText:
    reader.take(1, "reserved")
    coding = reader.take(7, "coding")
    return SimpleText(pid, coding, _text(reader, coding, back=7))


def _transported(reader: BitReader, pid: int) -> SdsText | SdsReport | SdsAck | Opaque:
    kind = reader.take(4, "kind of message")
    if kind == SdsKind.REPORT:
        wants_ack = reader.take(4, "acknowledgement") >= 8
        return SdsReport(pid, reader.take(8, "status"), reader.take(8, "reference"), wants_ack)
    if kind == SdsKind.ACK:
        reader.take(4, "reserved")
        return SdsAck(pid, reader.take(8, "status"), reader.take(8, "reference"))
    if kind != SdsKind.TRANSFER:
        raise reader.wrong("kind of message {kind} is reserved", kind=kind, back=4)
    if pid not in _TL_TEXT_PIDS:
        reader.at -= 4
        return Opaque(pid, reader.rest())
    report = reader.take(2, "report wanted")
    short_report = reader.flag("service selection")
    stored = reader.flag("storage")
    reference = reader.take(8, "reference")
    forward = _forward(reader) if stored else None
    stamped = reader.flag("time stamp")
    coding = reader.take(7, "coding")
    coding_at = reader.at - 7
    stamp = _stamp(reader) if stamped else None
    part = _part(reader) if pid == _WITH_HEADER else None
    text = _text(reader, coding, back=reader.at - coding_at)
    return SdsText(pid, reference, report, coding, text, short_report, forward, stamp, part)


def _put_head(out: BitWriter, pid: int, kind: SdsKind) -> None:
    if pid < _TL_FIRST:
        raise ValueError(f"protocol {pid:#04x} has no transport layer")
    out.put(pid, 8, "protocol identifier")
    out.put(kind, 4, "kind of message")


def _put_text(out: BitWriter, text: SdsText) -> None:
    if text.pid not in _TL_TEXT_PIDS or (text.part is not None) != (text.pid == _WITH_HEADER):
        raise ValueError(f"protocol {text.pid:#04x} is not of such a text")
    _put_head(out, text.pid, SdsKind.TRANSFER)
    out.put(text.report, 2, "report wanted")
    out.put(text.short_report, 1, "service selection")
    out.put(text.forward is not None, 1, "storage")
    out.put(text.reference, 8, "reference")
    if text.forward is not None:
        out.put(text.forward.validity, 5, "validity")
        out.put(text.forward.address_kind, 3, "kind of address")
        out.put(text.forward.address, _FORWARD_BITS.get(text.forward.address_kind, 0), "address")
    out.put(text.stamp is not None, 1, "time stamp")
    out.put(text.coding, 7, "coding")
    if text.stamp is not None:
        _put_stamp(out, text.stamp)
    if text.part is not None:
        wide = 16 if text.part.wide else 8
        out.octets(bytes([wide // 8 + 4, 0x08 if text.part.wide else 0x00, wide // 8 + 2]))
        out.put(text.part.reference, wide, "reference")
        out.put(text.part.total, 8, "parts")
        out.put(text.part.number, 8, "part")
    out.octets(_text_octets(text.coding, text.text))


def _forward(reader: BitReader) -> Forward:
    validity = reader.take(5, "validity")
    kind = reader.take(3, "kind of address")
    if kind not in _FORWARD_BITS:
        raise reader.wrong("kind of address {kind} is not read here", kind=kind, back=3)
    return Forward(validity, kind, reader.take(_FORWARD_BITS[kind], "address"))


def _stamp(reader: BitReader) -> Stamp:
    frame = reader.take(2, "time frame")
    reader.take(2, "reserved")
    month = reader.take(4, "month")
    return Stamp(frame, month, reader.take(5, "day"), reader.take(5, "hour"), reader.take(6, "minute"))


def _put_stamp(out: BitWriter, stamp: Stamp) -> None:
    out.put(stamp.frame, 2, "time frame")
    out.put(0, 2, "reserved")
    out.put(stamp.month, 4, "month")
    out.put(stamp.day, 5, "day")
    out.put(stamp.hour, 5, "hour")
    out.put(stamp.minute, 6, "minute")


def _part(reader: BitReader) -> SdsPart | None:
    """Of a user data header: one element that numbers parts, and no others."""
    reader.take(8, "length of the header")
    element = reader.take(8, "element")
    if element not in _CONCATENATION:
        raise reader.wrong("element {element:#04x} of the header is not read here", element=element, back=8)
    bits = _CONCATENATION[element]
    if (length := reader.take(8, "length of the element")) != bits // 8 + 2:
        raise reader.wrong(
            "length of the element {length}, it has {there} octets",
            length=length,
            there=bits // 8 + 2,
            back=8,
        )
    reference = reader.take(bits, "reference")
    total = reader.take(8, "parts")
    number = reader.take(8, "part")
    if not 1 <= number <= total:
        raise reader.wrong("part {number} of {total}", number=number, total=total, back=8)
    return SdsPart(reference, total, number, wide=bits == 16)


def _text(reader: BitReader, coding: int, *, back: int) -> str:
    if coding != GSM7 and coding not in _CODECS:
        raise reader.wrong("coding {coding} of the text is not read here", coding=coding, back=back)
    begins = reader.at
    octets = reader.rest()
    if coding == GSM7:
        return gsm7.unpack(octets)
    if coding == UCS2 and len(octets) % 2:
        raise Undecodable(begins, "{there} octets of a text with two for each sign", there=len(octets))
    return octets.decode(_CODECS[coding], "replace")


def _text_octets(coding: int, text: str) -> bytes:
    if coding == GSM7:
        return gsm7.pack(text)
    if coding not in _CODECS:
        raise ValueError(f"coding {coding} is not written here")
    try:
        return text.encode(_CODECS[coding])
    except UnicodeEncodeError as error:
        raise ValueError(f"the text has signs that coding {coding} has not") from error


def coding_for(text: str) -> int:
    """The narrowest coding that holds the text."""
    return LATIN1 if all(ord(sign) < 0x100 for sign in text) else UCS2
