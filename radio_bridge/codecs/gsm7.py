"""The seven-bit alphabet of GSM (3GPP TS 23.038, 6.2.1) as texts on TETRA use it, packed into octets."""

from __future__ import annotations

from typing import Final

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE: Final = 0x1B
_MORE: Final = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]",
                0x40: "|", 0x65: "€"}  # fmt: skip
_CODES: Final = {
    **{sign: (code,) for code, sign in enumerate(_BASIC) if code != _ESCAPE},
    **{sign: (_ESCAPE, code) for code, sign in _MORE.items()},
}


def unpack(data: bytes) -> str:
    """Seven bits a sign, the least significant first. A last sign of zeros alone is what fills the octet."""
    value = int.from_bytes(data, "little")
    count = len(data) * 8 // 7
    codes = [(value >> (7 * place)) & 0x7F for place in range(count)]
    if codes and len(data) % 7 == 0 and codes[-1] == 0:
        codes.pop()
    signs: list[str] = []
    escaped = False
    for code in codes:
        if code == _ESCAPE and not escaped:
            escaped = True
            continue
        signs.append(_MORE.get(code, _BASIC[code]) if escaped else _BASIC[code])
        escaped = False
    return "".join(signs).replace("\x1b", " ")


def pack(text: str) -> bytes:
    """Raises `ValueError` for a sign that the alphabet has not."""
    codes: list[int] = []
    for sign in text:
        if sign not in _CODES:
            raise ValueError(f"{sign!r} is not in the alphabet of GSM")
        codes += _CODES[sign]
    value = sum(code << (7 * place) for place, code in enumerate(codes))
    return value.to_bytes((7 * len(codes) + 7) // 8, "little")
