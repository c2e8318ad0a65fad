"""Short data of TETRA as radios send it (ETSI EN 300 392-2, clause 29), and what is read of ours. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tests.peers.simulated_tetra.bits import Bits

TYPE_1, TYPE_2, TYPE_3, TYPE_4, STATUS = 9, 10, 11, 12, 13
"""Services of the air interface, as +CTSDS and +CTSDSR number them."""
WIDTH = {TYPE_1: 16, TYPE_2: 32, TYPE_3: 64, STATUS: 16}
SIMPLE_TEXT, SIMPLE_IMMEDIATE, TEXT, IMMEDIATE, WITH_HEADER = 0x02, 0x09, 0x82, 0x89, 0x8A
TRANSFER, REPORT, ACK = 0, 1, 2
LATIN_1, UCS_2 = 1, 26
RECEIVED, READ, FAILED = 0x00, 0x02, 0x40
EMERGENCY = 0


@dataclass(frozen=True, slots=True)
class UserData:
    """What is sent: the service, and so many bits of the octets."""

    service: int
    bits: int
    data: bytes

    @staticmethod
    def of(bits: Bits) -> UserData:
        return UserData(TYPE_4, len(bits), bits.bytes())

    def digits(self, *, odd: bool = False) -> str:
        """In hex; `odd`: no more digits than the bits need."""
        text = self.data.hex().upper()
        return text[: -(-self.bits // 4)] if odd else text

    @property
    def pid(self) -> int | None:
        """The protocol within SDS type 4."""
        return self.data[0] if self.service == TYPE_4 and self.data else None


def status(value: int) -> UserData:
    return UserData(STATUS, 16, value.to_bytes(2, "big"))


def short(kind: int, value: int) -> UserData:
    """SDS type 1, 2 or 3."""
    service = {1: TYPE_1, 2: TYPE_2, 3: TYPE_3}[kind]
    return UserData(service, WIDTH[service], value.to_bytes(WIDTH[service] // 8, "big"))


def simple_text(text: str, *, immediate: bool = False) -> UserData:
    coding, octets = _coded(text)
    bits = Bits().put(SIMPLE_IMMEDIATE if immediate else SIMPLE_TEXT, 8).put(coding, 8)
    return UserData.of(bits.octets(octets))


def text(text: str, reference: int, *, report: int = 0, immediate: bool = False) -> UserData:
    coding, octets = _coded(text)
    bits = _head(IMMEDIATE if immediate else TEXT, TRANSFER, report << 2, reference)
    return UserData.of(bits.put(coding, 8).octets(octets))


def parts(text: str, first_reference: int, number: int, per_part: int, *, report: int = 0) -> list[UserData]:
    """One text in parts of so many signs; each part has a message reference of its own."""
    pieces = [text[at : at + per_part] for at in range(0, len(text), per_part)] or [""]
    sent = []
    coding, _ = _coded(text)
    for at, piece in enumerate(pieces):
        bits = _head(WITH_HEADER, TRANSFER, report << 2, (first_reference + at) % 256).put(coding, 8)
        bits.octets(bytes([5, 0, 3, number % 256, len(pieces), at + 1]))
        sent.append(UserData.of(bits.octets(_encoded(piece, coding))))
    return sent


def report(pid: int, outcome: int, reference: int) -> UserData:
    return UserData.of(Bits().put(pid, 8).put(REPORT, 4).put(0, 4).put(outcome, 8).put(reference, 8))


def short_report(outcome: int, reference: int) -> UserData:
    """As a status: 2 received, 3 read."""
    return status(0b011111 << 10 | outcome << 8 | reference)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a party has heard, read as far as it is of a kind that is known here."""

    sender: int
    to: int
    sent: UserData
    status: int | None = None
    pid: int | None = None
    text: str | None = None
    reference: int | None = None
    wants_report: int = 0
    wants_short: bool = False
    reported: int | None = None
    """The outcome, of a report: 0 received, 2 read, 0x40 and above failed."""
    part: tuple[int, int, int] | None = None
    """Of a text in parts: their number, how many, which."""


def read(sender: int, to: int, sent: UserData) -> Heard:
    """Never fails: what cannot be read has no fields."""
    data = sent.data
    if sent.service == STATUS and len(data) >= 2:
        value = int.from_bytes(data[:2], "big")
        if value >> 10 == 0b011111:
            outcome = {2: RECEIVED, 3: READ}.get(value >> 8 & 3, FAILED)
            return Heard(sender, to, sent, value, reference=value & 0xFF, reported=outcome)
        return Heard(sender, to, sent, value)
    if sent.service != TYPE_4 or len(data) < 2:
        return Heard(sender, to, sent)
    pid = data[0]
    if pid in {SIMPLE_TEXT, SIMPLE_IMMEDIATE}:
        return Heard(sender, to, sent, pid=pid, text=_decoded(data[1] & 0x7F, data[2:]))
    if pid < 0x80:
        return Heard(sender, to, sent, pid=pid)
    return _transported(sender, to, sent)


def _transported(sender: int, to: int, sent: UserData) -> Heard:
    data, pid = sent.data, sent.data[0]
    kind = data[1] >> 4
    if kind == REPORT and len(data) >= 4:
        return Heard(sender, to, sent, pid=pid, reported=data[2], reference=data[3])
    if kind != TRANSFER or pid not in {TEXT, IMMEDIATE, WITH_HEADER} or len(data) < 4 or data[1] & 1:
        return Heard(sender, to, sent, pid=pid)
    coding, rest = data[3] & 0x7F, data[4 + (3 if data[3] & 0x80 else 0) :]
    part = None
    if pid == WITH_HEADER and rest:
        header, rest = rest[: rest[0] + 1], rest[rest[0] + 1 :]
        if len(header) == 6 and header[1] == 0:
            part = (header[3], header[4], header[5])
        elif len(header) == 7 and header[1] == 8:
            part = (int.from_bytes(header[3:5], "big"), header[5], header[6])
    return Heard(
        sender,
        to,
        sent,
        pid=pid,
        text=_decoded(coding, rest),
        reference=data[2],
        wants_report=data[1] >> 2 & 3,
        wants_short=bool(data[1] & 2),
        part=part,
    )


def _head(pid: int, kind: int, flags: int, reference: int) -> Bits:
    return Bits().put(pid, 8).put(kind, 4).put(flags, 4).put(reference, 8)


def _coded(text: str) -> tuple[int, bytes]:
    coding = LATIN_1 if all(ord(sign) < 256 for sign in text) else UCS_2
    return coding, _encoded(text, coding)


def _encoded(text: str, coding: int) -> bytes:
    return text.encode("latin-1" if coding == LATIN_1 else "utf-16-be")


def _decoded(coding: int, octets: bytes) -> str:
    return octets.decode("utf-16-be" if coding == UCS_2 else "latin-1", "replace")
