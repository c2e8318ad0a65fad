"""Texts out of parts and into parts: what one short data message holds. Pure."""

from __future__ import annotations

from typing import Final

from radio_bridge.codecs import sds
from radio_bridge.codecs.sds import SdsPart, SdsText

TEXT, TEXT_OF_PARTS = 0x82, 0x8A
MOST_OCTETS: Final = 140
"""Of one message: radios take 1,120 bits and more at once."""
_HEAD: Final = 4
_PARTS_HEAD: Final = 6
MOST_SIGNS: Final = 260
"""Four parts of Chinese."""
BOTH_REPORTS: Final = 3
REFERENCES: Final = 256


def messages(text: str, reference: int) -> list[SdsText]:
    """What to send, each with the next reference. A text that is longer than `MOST_SIGNS` is cut."""
    words = text if len(text) <= MOST_SIGNS else text[: MOST_SIGNS - 1] + "…"
    coding = sds.coding_for(words)
    width = 1 if coding == sds.LATIN1 else 2
    if width * _units(words) <= MOST_OCTETS - _HEAD:
        return [SdsText(TEXT, reference % REFERENCES, BOTH_REPORTS, coding, words)]
    pieces = _pieces(words, (MOST_OCTETS - _HEAD - _PARTS_HEAD) // width)
    return [
        SdsText(
            TEXT_OF_PARTS, (reference + number) % REFERENCES, BOTH_REPORTS, coding, piece,
            part=SdsPart(reference % REFERENCES, len(pieces), number + 1),
        )
        for number, piece in enumerate(pieces)
    ]  # fmt: skip


def _pieces(words: str, most: int) -> list[str]:
    """Of at most so many units; a sign of two units is not torn apart."""
    found = [""]
    units = 0
    for sign in words:
        if units + _units(sign) > most:
            found.append("")
            units = 0
        found[-1] += sign
        units += _units(sign)
    return found


def _units(words: str) -> int:
    return len(words.encode("utf-16-be", "replace")) // 2
