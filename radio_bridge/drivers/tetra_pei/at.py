"""Lines of the interface, both ways (ETSI EN 300 392-5, AT commands): bytes and objects, pure.

What a radio sends is one or two lines; the second is the user data of a short data message. What is not read
here is `OtherLine`; what pretends to be something and is not is `Malformed`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.malformed import Malformed
from radio_bridge.drivers.tetra_pei import identity
from radio_bridge.drivers.tetra_pei.identity import TetraIdentity

MOST_LINE: Final = 4_096
"""A short data message has at most 2,047 bits: 512 digits."""
MOST_BITS: Final = 2_047
TYPE_4, STATUS = 12, 13
"""AI services of short data: type 4 with a protocol identifier, and pre-coded statuses."""
SPEECH: Final = 0
SENT, NOT_SENT = 4, 5
"""What becomes of a short data message that the radio took over."""
EMERGENCY_PRIORITY: Final = 15
_AROUND: Final = b" \t\x00\x1a>"
"""Around a line: the sign `>` is a radio's prompt for user data."""
_STATES: Final = range(6)
_IN_NETWORK: Final = frozenset({1, 5})
"""States of registration: the home network, a visited one."""


@dataclass(frozen=True, slots=True)
class Ok:
    """The command was done."""


@dataclass(frozen=True, slots=True)
class AtError:
    """It was not; `code` where the radio says why (`+CME ERROR`)."""

    code: int | None = None


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """`+CNUMF`: who the radio is."""

    identity: TetraIdentity


@dataclass(frozen=True, slots=True)
class NetworkRegistration:
    """`+CREG`: whether the radio is in its network."""

    registered: bool


@dataclass(frozen=True, slots=True)
class ShortData:
    """`+CTSDSR` and its user data. Without `calling` nobody says whose it is."""

    service: int
    calling: TetraIdentity | None
    called: TetraIdentity
    bits: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Handed:
    """`+CMGS`: the radio has a message to send. `status` when it is on the air or was given up."""

    instance: int
    status: int | None = None


@dataclass(frozen=True, slots=True)
class CallComes:
    """`+CTICN`: a call begins."""

    call: int
    service: int
    calling: TetraIdentity | None
    called: TetraIdentity | None
    priority: int


@dataclass(frozen=True, slots=True)
class TransmissionGrant:
    """`+CTXG`, or `+CTXI` in the middle of a talk: who may transmit in a call. 0 we, 1 not we, 2 we wait, 3
    `talker`.
    """

    call: int
    grant: int
    talker: TetraIdentity | None


@dataclass(frozen=True, slots=True)
class Ceased:
    """`+CDTXC`: nobody transmits in the call now."""

    call: int


@dataclass(frozen=True, slots=True)
class Released:
    """`+CTCR`: the call is over."""

    call: int
    cause: int


@dataclass(frozen=True, slots=True)
class AttachedGroups:
    """`+CTGS`: the talkgroups that the radio is on."""

    groups: tuple[TetraIdentity, ...]


@dataclass(frozen=True, slots=True)
class OtherLine:
    """Something else; `word` is its name."""

    word: str


Line = (
    Ok
    | AtError
    | OwnNumber
    | NetworkRegistration
    | ShortData
    | Handed
    | CallComes
    | TransmissionGrant
    | Ceased
    | Released
    | AttachedGroups
    | OtherLine
)


class Splitter:
    """Lines out of bytes as they come. One that is too long is dropped to its end, and counted."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self.dropped = 0

    def feed(self, data: bytes) -> list[str]:
        """Without their ends, empty ones left out; signs that are not ASCII stand as `?`."""
        *whole, rest = re.split(rb"[\r\n]", self._rest + data)
        found: list[str] = []
        for line in whole:
            if self._skipping:
                self._skipping = False
                continue
            if len(line) > MOST_LINE:
                self.dropped += 1
            elif text := line.strip(_AROUND):
                found.append(text.decode("ascii", "replace").replace("\ufffd", "?"))
        if len(rest) > MOST_LINE:
            self.dropped += not self._skipping
            self._skipping = True
            rest = b""
        self._rest = rest
        return found


def read(text: str) -> Line:
    """One line. Short data comes without its user data: see `with_data`. Raises `Malformed`."""
    if text == "OK":
        return Ok()
    if text == "ERROR":
        return AtError()
    word, colon, rest = text.partition(":")
    word = word.strip().upper()
    if not colon or not word.startswith("+"):
        return OtherLine(text.partition("=")[0][:20])
    if word in {"+CME ERROR", "+CMS ERROR"}:
        code = rest.strip()
        return AtError(int(code) if re.fullmatch(r"[0-9]{1,4}", code) else None)
    reader = _READERS.get(word)
    return OtherLine(word[:20]) if reader is None else reader([field.strip() for field in rest.split(",")])


def with_data(head: ShortData, text: str) -> ShortData:
    """The user data as hexadecimal digits; some radios fill them up to whole bytes, some do not. Raises
    `Malformed` when there are fewer than the head says.
    """
    digits = "".join(text.split())
    if not re.fullmatch(r"[0-9A-Fa-f]+", digits):
        raise Malformed("user data is no hexadecimal number")
    if 4 * len(digits) < head.bits:
        raise Malformed(f"user data has {4 * len(digits)} bits of {head.bits}")
    data = bytes.fromhex(digits + "0" * (len(digits) % 2))[: (head.bits + 7) // 8]
    return ShortData(head.service, head.calling, head.called, head.bits, data)


# --- what a radio says ------------------------------------------------------------------------------------


def _own_number(fields: list[str]) -> Line:
    return OwnNumber(identity.read(fields[-1]))


def _registration(fields: list[str]) -> Line:
    """A TETRA radio says the state first, with area and network behind it. Some say before it which results
    were asked for, as 3GPP TS 27.007 has it: two or four fields.
    """
    first = _number(fields, 0, 9)
    if len(fields) in {2, 4} and re.fullmatch(r"[0-9]", fields[1]) and int(fields[1]) in _STATES:
        first = int(fields[1])
    return NetworkRegistration(first in _IN_NETWORK)


def _short_data(fields: list[str]) -> Line:
    """Radios leave the calling party out, and with it the type of the called one."""
    if len(fields) not in {3, 4, 6, 7}:
        raise Malformed(f"+CTSDSR with {len(fields)} fields")
    named = len(fields) >= 6
    called, length = (3, 5) if named else (1, len(fields) - 1)
    return ShortData(
        _number(fields, 0, 99),
        _identity(fields, 1) if named else None,
        identity.read(fields[called]),
        _number(fields, length, MOST_BITS),
    )


def _handed(fields: list[str]) -> Line:
    status = fields[1] if len(fields) > 1 else ""
    return Handed(_number(fields, 0, 65_535), int(status) if re.fullmatch(r"[0-9]{1,3}", status) else None)


def _call_comes(fields: list[str]) -> Line:
    """Call, state, service, type, calling, hook, simplex, encryption, comms, slots, type, called, priority:
    of these are read the call, the service, who calls whom, and the priority.
    """
    return CallComes(
        _number(fields, 0, 99_999),
        _number(fields, 2, 99),
        _identity(fields, 4),
        _identity(fields, 11),
        _number(fields, 12, 99) if len(fields) > 12 and fields[12] else 0,
    )


def _grant(fields: list[str]) -> Line:
    return TransmissionGrant(_number(fields, 0, 99_999), _number(fields, 1, 9), _identity(fields, 5))


def _ceased(fields: list[str]) -> Line:
    return Ceased(_number(fields, 0, 99_999))


def _released(fields: list[str]) -> Line:
    return Released(_number(fields, 0, 99_999), _number(fields, 1, 99) if len(fields) > 1 else 0)


def _groups(fields: list[str]) -> Line:
    """Types and numbers in turn; in direct mode a number may stand alone."""
    numbers = fields if len(fields) == 1 else fields[1::2]
    return AttachedGroups(tuple(identity.read(number) for number in numbers))


_READERS: Final = {
    "+CNUMF": _own_number,
    "+CREG": _registration,
    "+CTSDSR": _short_data,
    "+CMGS": _handed,
    "+CTICN": _call_comes,
    "+CTXG": _grant,
    "+CTXI": _grant,
    "+CDTXC": _ceased,
    "+CTCR": _released,
    "+CTGS": _groups,
}


def _number(fields: list[str], place: int, most: int) -> int:
    text = fields[place] if place < len(fields) else ""
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) > most:
        raise Malformed(f"field {place + 1} is no number up to {most}")
    return int(text)


def _identity(fields: list[str], place: int) -> TetraIdentity | None:
    """None where it is left out."""
    if len(fields) <= place or not fields[place]:
        return None
    return identity.read(fields[place])


# --- what we say ------------------------------------------------------------------------------------------


def command(words: str) -> bytes:
    """A command as a radio reads it."""
    return words.encode("ascii") + b"\r\n"


def send_kind(service: int, number: str) -> bytes:
    """What the next messages are, and by what kind of identity their receiver is named."""
    return command(f"AT+CTSDS={service},{identity.kind_of(number)}")


def send(number: str, data: bytes, bits: int) -> bytes:
    """A short data message to a radio: its length, its digits, and the sign that ends it."""
    return command(f"AT+CMGS={number},{bits}") + data.hex().upper().encode("ascii") + b"\x1a"


def groups(numbers: list[int]) -> bytes:
    """Be on these talkgroups: the first is the selected one, the others are scanned."""
    return command("AT+CTGS=" + ",".join(f"{1 if at == 0 else 2},{gssi}" for at, gssi in enumerate(numbers)))
