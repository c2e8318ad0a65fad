"""SMPP 3.4 as bytes: PDUs in a stream, and their fields as far as we need them. Pure; any bytes may come.

Source: Short Message Peer to Peer Protocol Specification v3.4, 12-Oct-1999 Issue 1.2, chapters 3 to 5.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

HEADER: Final = struct.Struct(">IIII")
LARGEST_PDU: Final = 16 * 1024
"""Bytes. A longer message_payload than we send is not taken either."""
RESPONSE: Final = 0x8000_0000
LAST_SEQUENCE: Final = 0x7FFF_FFFF


class SmppCommand(IntEnum):
    """Section 5.1.2.1."""

    GENERIC_NACK = 0x8000_0000
    SUBMIT_SM = 0x0000_0004
    SUBMIT_SM_RESP = 0x8000_0004
    DELIVER_SM = 0x0000_0005
    DELIVER_SM_RESP = 0x8000_0005
    UNBIND = 0x0000_0006
    UNBIND_RESP = 0x8000_0006
    BIND_TRANSCEIVER = 0x0000_0009
    BIND_TRANSCEIVER_RESP = 0x8000_0009
    ENQUIRE_LINK = 0x0000_0015
    ENQUIRE_LINK_RESP = 0x8000_0015


class SmppStatus(IntEnum):
    """Section 5.1.3: those that we send, or that mean something to us."""

    OK = 0x00
    INVALID_COMMAND_LENGTH = 0x02
    INVALID_COMMAND = 0x03
    NOT_BOUND = 0x04
    ALREADY_BOUND = 0x05
    SYSTEM_ERROR = 0x08
    BIND_FAILED = 0x0D
    INVALID_PASSWORD = 0x0E
    INVALID_SYSTEM_ID = 0x0F
    QUEUE_FULL = 0x14
    SUBMIT_FAILED = 0x45
    THROTTLED = 0x58
    TEMPORARY_APPLICATION_ERROR = 0x64


class Tlv(IntEnum):
    """Section 5.3.2."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class SmppMalformed(Exception):
    """Bytes that are no PDU, or no body of its command."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """`command` may be one that we do not know. `body` is what follows the header."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class BindRequest:
    """The body of bind_transceiver."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    interface_version: int = 0x34


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """The body of submit_sm and deliver_sm. `content` is short_message; a longer one is the TLV
    message_payload. Numbers are digits; ton and npi as in section 5.2.5.
    """

    source: str = ""
    destination: str = ""
    content: bytes = b""
    data_coding: int = 0
    esm_class: int = 0
    registered_delivery: int = 0
    source_ton: int = 0
    source_npi: int = 0
    destination_ton: int = 0
    destination_npi: int = 0
    service_type: str = ""
    validity_period: str = ""
    tlvs: Mapping[int, bytes] = field(default_factory=dict)


class SmppDecoder:
    """Cuts a stream into PDUs. After a length that cannot be it is `broken`: no more PDUs are found."""

    def __init__(self, largest: int = LARGEST_PDU) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self.broken = False

    def feed(self, data: bytes) -> list[Pdu]:
        """The PDUs that are whole now."""
        if self.broken:
            return []
        self._buffer += data
        found: list[Pdu] = []
        while len(self._buffer) >= HEADER.size:
            length, command, status, sequence = HEADER.unpack_from(self._buffer)
            if not HEADER.size <= length <= self._largest:
                self.broken = True
                self._buffer.clear()
                break
            if len(self._buffer) < length:
                break
            found.append(Pdu(command, sequence, status, bytes(self._buffer[HEADER.size : length])))
            del self._buffer[:length]
        return found


def encoded(pdu: Pdu) -> bytes:
    return HEADER.pack(HEADER.size + len(pdu.body), pdu.command, pdu.status, pdu.sequence) + pdu.body


def bind_body(request: BindRequest) -> bytes:
    """Raises `ValueError` for what does not fit into its field."""
    return (
        _text(request.system_id, 16)
        + _text(request.password, 9)
        + _text(request.system_type, 13)
        + bytes((request.interface_version, 0, 0))
        + _text("", 41)
    )


def message_body(message: ShortMessage) -> bytes:
    """Raises `ValueError` for what does not fit into its field."""
    if len(message.content) > 254:  # sm_length, section 5.2.21
        raise ValueError("short_message has 254 bytes at most")
    return b"".join(
        (
            _text(message.service_type, 6),
            bytes((message.source_ton, message.source_npi)),
            _text(message.source, 21),
            bytes((message.destination_ton, message.destination_npi)),
            _text(message.destination, 21),
            bytes((message.esm_class, 0, 0)),
            _text("", 17),
            _text(message.validity_period, 17),
            bytes((message.registered_delivery, 0, message.data_coding, 0, len(message.content))),
            message.content,
            *(struct.pack(">HH", tag, len(value)) + value for tag, value in message.tlvs.items()),
        )
    )


def message_of(body: bytes) -> ShortMessage:
    """Raises `SmppMalformed`."""
    reader = _Reader(body)
    service_type = reader.text(6)
    source_ton, source_npi, source = reader.octet(), reader.octet(), reader.text(21)
    destination_ton, destination_npi, destination = reader.octet(), reader.octet(), reader.text(21)
    esm_class, _protocol, _priority = reader.octet(), reader.octet(), reader.octet()
    _schedule, validity = reader.text(17), reader.text(17)
    registered, _replace, coding, _default = reader.octet(), reader.octet(), reader.octet(), reader.octet()
    content = reader.take(reader.octet())
    return ShortMessage(
        source=source, destination=destination, content=content, data_coding=coding, esm_class=esm_class,
        registered_delivery=registered, source_ton=source_ton, source_npi=source_npi,
        destination_ton=destination_ton, destination_npi=destination_npi, service_type=service_type,
        validity_period=validity, tlvs=reader.tlvs(),
    )  # fmt: skip


def message_id_body(message_id: str) -> bytes:
    """Of submit_sm_resp and deliver_sm_resp."""
    return _text(message_id, 65)


def message_id_of(body: bytes) -> str:
    """Empty for a body without one, as an error has it. Raises `SmppMalformed`."""
    return _Reader(body).text(65) if body else ""


def _text(text: str, most: int) -> bytes:
    """A C-octet string: ASCII and a zero byte, `most` bytes together."""
    data = text.encode("ascii")
    if len(data) >= most or b"\0" in data:
        raise ValueError(f"at most {most - 1} characters, without a zero")
    return data + b"\0"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def octet(self) -> int:
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise SmppMalformed("the body ends too early")
        found = self._data[self._at : end]
        self._at = end
        return found

    def text(self, most: int) -> str:
        """Other bytes than ASCII are kept as they are, one character each."""
        end = self._data.find(b"\0", self._at, self._at + most)
        if end < 0:
            raise SmppMalformed("a text has no end")
        return self.take(end + 1 - self._at)[:-1].decode("latin-1")

    def tlvs(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while self._at < len(self._data):
            tag, length = struct.unpack(">HH", self.take(4))
            found[tag] = self.take(length)
        return found
