"""Text of a message as bytes and back: GSM 03.38 with its extension table, UCS-2, Latin-1. Pure.

In SMPP the GSM alphabet has one septet to a byte (section 5.2.19, data_coding 0); the SMSC packs them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

GSM: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE: Final = 0x1B
GSM_EXTENSION: Final = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|",
    0x65: "€",
}  # fmt: skip
_TO_GSM: Final = {char: bytes((code,)) for code, char in enumerate(GSM) if code != ESCAPE} | {
    char: bytes((ESCAPE, code)) for code, char in GSM_EXTENSION.items()
}


class DataCoding(IntEnum):
    """Section 5.2.19. `DEFAULT` is the SMSC's alphabet: GSM 03.38 unless its operator says Latin-1."""

    DEFAULT = 0x00
    ASCII = 0x01
    BINARY = 0x04
    LATIN_1 = 0x03
    UCS_2 = 0x08


def gsm_of(text: str) -> bytes | None:
    """The text in GSM 03.38; None where it has a character that is not in it."""
    units = gsm_units(text)
    return None if units is None else b"".join(units)


def gsm_units(text: str) -> list[bytes] | None:
    """The same, one or two bytes for each character."""
    try:
        return [_TO_GSM[char] for char in text]
    except KeyError:
        return None


def text_of_gsm(data: bytes) -> str:
    """Any bytes: the eighth bit is left out; an escape that means nothing is a space (GSM 03.38, 6.2.1.1)."""
    out: list[str] = []
    escaped = False
    for byte in data:
        code = byte & 0x7F
        if escaped:
            out.append(GSM_EXTENSION.get(code, " " if code == ESCAPE else GSM[code]))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            out.append(GSM[code])
    return "".join(out)


def ucs2_units(text: str) -> list[bytes]:
    """UTF-16, big endian, one or two code units for each character; what is no character is U+FFFD."""
    return [char.encode("utf-16-be", "replace") if not _lone(char) else b"\xff\xfd" for char in text]


def text_of(data: bytes, coding: int) -> str | None:
    """What was written; None for a coding that is no text, as a picture. Any bytes."""
    match coding:
        case DataCoding.DEFAULT:
            return text_of_gsm(data)
        case DataCoding.UCS_2:
            return data[: len(data) // 2 * 2].decode("utf-16-be", "replace")
        case DataCoding.ASCII | DataCoding.LATIN_1:
            return data.decode("latin-1")
        case _:
            return None


def _lone(char: str) -> bool:
    """Half of a surrogate pair, as a broken text has it."""
    return "\ud800" <= char <= "\udfff"
