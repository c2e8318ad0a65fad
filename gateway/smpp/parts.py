"""A text as short messages, and short messages as a text. Pure.

A long text goes in parts with a header in front of each (3GPP TS 23.040, 9.2.3.24.1), in parts that the SMSC
puts together (the sar TLVs), or whole as message_payload, as the SMSC's operator wants it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gateway.smpp.alphabets import DataCoding, gsm_units, text_of, ucs2_units
from gateway.smpp.codec import ShortMessage, Tlv

MOST_PARTS: Final = 10
UDH_INDICATOR: Final = 0x40
"""Of esm_class, section 5.2.12."""
_RECEIPT: Final = 0x04
_MESSAGE_TYPE: Final = 0x3C
SINGLE: Final = {DataCoding.DEFAULT: 160, DataCoding.UCS_2: 140}
"""Bytes of one message; in parts, each has seven septets or six bytes less."""
PART: Final = {DataCoding.DEFAULT: 153, DataCoding.UCS_2: 134}

LongMessages = Literal["udh", "sar", "payload"]


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One part of what a citizen sent. `reference` is the sender's own, the same in each part; `total` is 1
    and `number` 1 for a message that is whole. `text` is None for what is no text.
    """

    text: str | None
    reference: int = 0
    total: int = 1
    number: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What became of a message that we sent, by the id that the SMSC gave it. `state` is as in Appendix B:
    `DELIVRD`, `EXPIRED`, `UNDELIV`, `REJECTD` …
    """

    message_id: str
    state: str


def coding_of(text: str) -> tuple[DataCoding, list[bytes]]:
    """The alphabet that the text needs, and the bytes of each character."""
    units = gsm_units(text)
    return (DataCoding.UCS_2, ucs2_units(text)) if units is None else (DataCoding.DEFAULT, units)


def split(units: Sequence[bytes], most: int) -> list[bytes]:
    """Pieces of `most` bytes at most; no character is cut in two."""
    pieces, piece = [], bytearray()
    for unit in units:
        if len(piece) + len(unit) > most:
            pieces.append(bytes(piece))
            piece.clear()
        piece += unit
    return [*pieces, bytes(piece)]


def count_of(text: str) -> int:
    """How many messages the text is, as the operator counts them."""
    coding, units = coding_of(text)
    if sum(map(len, units)) <= SINGLE[coding]:
        return 1
    return len(split(units, PART[coding]))


def contents(text: str, reference: int, long: LongMessages) -> list[ShortMessage]:
    """The messages of a text, without addresses. `reference` is 16 bits, the same whenever this text is sent.
    Raises `ValueError` for a text of more than `MOST_PARTS` parts.
    """
    coding, units = coding_of(text)
    whole = b"".join(units)
    if len(whole) <= SINGLE[coding]:
        return [ShortMessage(content=whole, data_coding=coding)]
    pieces = split(units, PART[coding])
    if len(pieces) > MOST_PARTS:
        raise ValueError(f"the text has more than {MOST_PARTS} parts")
    if long == "payload":
        return [ShortMessage(data_coding=coding, tlvs={Tlv.MESSAGE_PAYLOAD: whole})]
    numbered = enumerate(pieces, start=1)
    if long == "sar":
        return [
            ShortMessage(
                content=piece, data_coding=coding,
                tlvs={
                    Tlv.SAR_MSG_REF_NUM: reference.to_bytes(2, "big"),
                    Tlv.SAR_TOTAL_SEGMENTS: bytes((len(pieces),)),
                    Tlv.SAR_SEGMENT_SEQNUM: bytes((number,)),
                },
            )
            for number, piece in numbered
        ]  # fmt: skip
    return [
        ShortMessage(
            content=bytes((5, 0, 3, reference & 0xFF, len(pieces), number)) + piece,
            data_coding=coding,
            esm_class=UDH_INDICATOR,
        )
        for number, piece in numbered
    ]


def receipt_of(message: ShortMessage) -> DeliveryReceipt | None:
    """The receipt that a deliver_sm carries; None for a message of a citizen, and for one without an id."""
    if message.esm_class & _MESSAGE_TYPE != _RECEIPT:
        return None
    words = dict(_words(message.content.decode("latin-1")))
    given = message.tlvs.get(Tlv.RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0").decode("latin-1")
    message_id = given or words.get("id", "")
    told = message.tlvs.get(Tlv.MESSAGE_STATE, b"")
    state = _STATES.get(told[0], "") if told else ""
    return DeliveryReceipt(message_id, state or words.get("stat", "").upper()) if message_id else None


def hex_of(message_id: str) -> str:
    """The id in hex, of one in decimal; any other as it is."""
    plain = message_id.isascii() and message_id.isdigit() and len(message_id) <= 20
    return f"{int(message_id):x}" if plain else message_id


def part_of(message: ShortMessage) -> MessagePart:
    """What a citizen sent. Any message."""
    content = message.tlvs.get(Tlv.MESSAGE_PAYLOAD) or message.content
    reference, total, number = _sar(message)
    if message.esm_class & UDH_INDICATOR and content:
        header, content = content[1 : 1 + content[0]], content[1 + content[0] :]
        reference, total, number = _concatenation(header) or (reference, total, number)
    if not (1 <= number <= total):
        reference, total, number = 0, 1, 1
    return MessagePart(text_of(content, message.data_coding), reference, total, number)


def _sar(message: ShortMessage) -> tuple[int, int, int]:
    values = [
        int.from_bytes(message.tlvs.get(tag, b"")[:2], "big")
        for tag in (Tlv.SAR_MSG_REF_NUM, Tlv.SAR_TOTAL_SEGMENTS, Tlv.SAR_SEGMENT_SEQNUM)
    ]
    return (values[0], values[1], values[2]) if all(values[1:]) else (0, 1, 1)


def _concatenation(header: bytes) -> tuple[int, int, int] | None:
    """Reference, total and number of a user data header; its element 0 has 8 bits of reference, 8 has 16."""
    at = 0
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if len(value) == length and (element, length) in {(0, 3), (8, 4)}:
            return int.from_bytes(value[:-2], "big"), value[-2], value[-1]
        at += 2 + length
    return None


_STATES: Final = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN",
    8: "REJECTD",
}  # fmt: skip
"""message_state, section 5.2.28, by the words of Appendix B."""


def _words(text: str) -> Iterable[tuple[str, str]]:
    """`id:… sub:… stat:…` of Appendix B, without the text of the message behind them."""
    for word in re.split(" text:", text, maxsplit=1, flags=re.IGNORECASE)[0].split(" "):
        name, colon, value = word.partition(":")
        if colon:
            yield name.casefold(), value
