"""Full link control (ETSI TS 102 361-1, 9.1.6, and -2, 7.1): who talks to whom, the talker's alias, where he
is. Nine octets, with a Reed-Solomon check in header and terminator, spread over four bursts within voice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter, Undecodable
from radio_bridge.codecs.dmr import bptc, reed_solomon
from radio_bridge.codecs.dmr.block_codes import HAMMING_16_11
from radio_bridge.codecs.dmr.crc import checksum5

BYTES: Final = 9
_LON_STEP: Final = 360 / 2**25
_LAT_STEP: Final = 180 / 2**24
_GROUP, _PRIVATE, _ALIAS_FIRST, _ALIAS_LAST, _GPS, _TERMINATOR_DATA = 0, 3, 4, 7, 8, 48
EMERGENCY: Final = 0x80
"""The bit of the service options that says emergency."""


class AliasCoding(IntEnum):
    """How a talker alias is written."""

    SEVEN_BIT = 0
    LATIN1 = 1
    UTF8 = 2
    UTF16 = 3


@dataclass(frozen=True, slots=True)
class VoiceUser:
    """Source and target of a transmission. `options`: bit 7 emergency, bits 1 and 0 priority."""

    private: bool
    options: int
    target: int
    source: int
    feature_set: int = 0

    @property
    def emergency(self) -> bool:
        """Whether the emergency bit of the service options is set."""
        return bool(self.options & EMERGENCY)


@dataclass(frozen=True, slots=True)
class AliasBlock:
    """One of four; `number` 0 has coding and length (signs) in front of its 49 bits, the others 56 bits."""

    number: int
    bits: int
    coding: int = 0
    length: int = 0
    feature_set: int = 0


@dataclass(frozen=True, slots=True)
class GpsInfo:
    """Where the talker is, WGS-84. `accuracy_m` None: not known."""

    lon: float
    lat: float
    accuracy_m: float | None
    feature_set: int = 0

    @property
    def fixed(self) -> bool:
        """Whether it holds a position; 0, 0 means none."""
        return self.lon != 0 or self.lat != 0


@dataclass(frozen=True, slots=True)
class OtherControl:
    """An opcode that is not read here, or of a manufacturer's own feature set; as it came."""

    opcode: int
    feature_set: int
    body: bytes


LinkControl = VoiceUser | AliasBlock | GpsInfo | OtherControl
_ERRORS_M: Final = (2.0, 20.0, 200.0, 2_000.0, 20_000.0, 200_000.0, 20_000_000.0, None)


def decode(data: bytes) -> LinkControl:
    """Nine octets. Raises `Undecodable`."""
    if len(data) != BYTES:
        raise Undecodable(
            8 * min(len(data), BYTES), "{there} octets, it has {bytes}", there=len(data), bytes=BYTES
        )
    reader = BitReader(data)
    reader.flag("protection")
    reader.flag("reserved")
    opcode = reader.take(6, "opcode")
    feature_set = reader.take(8, "feature set")
    if opcode in {_GROUP, _PRIVATE}:
        options = reader.take(8, "service options")
        target = reader.take(24, "target")
        return VoiceUser(opcode == _PRIVATE, options, target, reader.take(24, "source"), feature_set)
    if _ALIAS_FIRST <= opcode <= _ALIAS_LAST:
        if opcode > _ALIAS_FIRST:
            return AliasBlock(opcode - _ALIAS_FIRST, reader.take(56, "alias"), feature_set=feature_set)
        coding, length = reader.take(2, "coding"), reader.take(5, "length")
        return AliasBlock(0, reader.take(49, "alias"), coding, length, feature_set)
    if opcode == _GPS and feature_set == 0:
        reader.take(4, "reserved")
        accuracy_m = _ERRORS_M[reader.take(3, "position error")]
        lon = reader.signed(25, "longitude") * _LON_STEP
        return GpsInfo(lon, reader.signed(24, "latitude") * _LAT_STEP, accuracy_m)
    return OtherControl(opcode, feature_set, reader.rest())


def encode(control: LinkControl) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    out = BitWriter()
    match control:
        case VoiceUser(private, options, target, source, feature_set):
            _put_head(out, _PRIVATE if private else _GROUP, feature_set)
            out.put(options, 8, "service options")
            out.put(target, 24, "target")
            out.put(source, 24, "source")
        case AliasBlock(number, bits, coding, length, feature_set):
            _put_head(out, _ALIAS_FIRST + number, feature_set)
            if number == 0:
                out.put(coding, 2, "coding")
                out.put(length, 5, "length")
            out.put(bits, 56 if number else 49, "alias")
        case GpsInfo(lon, lat, accuracy_m, feature_set):
            _put_head(out, _GPS, feature_set)
            out.put(0, 4, "reserved")
            codes = enumerate(_ERRORS_M)
            code = next(
                (c for c, m in codes if m is not None and accuracy_m is not None and accuracy_m <= m), 7
            )
            out.put(code, 3, "position error")
            out.signed(min(round(lon / _LON_STEP), 2**24 - 1), 25, "longitude")
            out.signed(min(round(lat / _LAT_STEP), 2**23 - 1), 24, "latitude")
        case OtherControl(opcode, feature_set, body):
            _put_head(out, opcode, feature_set)
            out.octets(body)
    if out.length != 8 * BYTES:
        raise ValueError(f"{out.length} bits, it has {8 * BYTES}")
    return out.bytes()


def _put_head(out: BitWriter, opcode: int, feature_set: int) -> None:
    out.put(opcode, 8, "opcode")
    out.put(feature_set, 8, "feature set")


# --- in a header or terminator ----------------------------------------------------------------------------


def of_full(bits: int, mask: bytes) -> LinkControl:
    """From the 196 bits of a header (`HEADER_MASK`) or a terminator. Raises `Undecodable`."""
    block = bptc.decode(bits)
    if block is None:
        raise Undecodable(0, "more wrong bits than the code corrects")
    check = bytes(one ^ other for one, other in zip(reed_solomon.check(block[:BYTES]), mask, strict=True))
    if block[BYTES:] != check:
        raise Undecodable(
            8 * BYTES,
            "the check is {there}, it should be {should}",
            there=block[BYTES:].hex(),
            should=check.hex(),
        )
    return decode(block[:BYTES])


def to_full(control: LinkControl, mask: bytes) -> int:
    """196 bits."""
    body = encode(control)
    check = bytes(one ^ other for one, other in zip(reed_solomon.check(body), mask, strict=True))
    return bptc.encode(body + check)


# --- within voice -----------------------------------------------------------------------------------------


def of_embedded(bits: int) -> LinkControl:
    """From the 128 bits of four bursts. Raises `Undecodable`."""
    rows = [0] * 8
    for place in range(128):
        rows[place % 8] = (rows[place % 8] << 1) | (bits >> (127 - place) & 1)
    mended = [HAMMING_16_11.correct(row) for row in rows[:7]]
    value = check = 0
    for number, row in enumerate(mended):
        if row is None:
            raise Undecodable(number, "more wrong bits than the code corrects")
        if number < 2:
            value = (value << 11) | (row >> 5)
        else:
            value = (value << 10) | (row >> 6)
            check = (check << 1) | (row >> 5 & 1)
    body = value.to_bytes(BYTES)
    if checksum5(body) != check:
        raise Undecodable(
            8 * BYTES, "the check is {check}, it should be {there}", check=check, there=checksum5(body)
        )
    return decode(body)


def to_embedded(control: LinkControl) -> int:
    """128 bits, a quarter for each of the bursts B to E."""
    body = encode(control)
    value, check = int.from_bytes(body), checksum5(body)
    rows = [HAMMING_16_11.encode(value >> 61 & 0x7FF), HAMMING_16_11.encode(value >> 50 & 0x7FF)]
    for number in range(5):
        data = value >> (40 - 10 * number) & 0x3FF
        rows.append(HAMMING_16_11.encode((data << 1) | (check >> (4 - number) & 1)))
    last = 0
    for row in rows:
        last ^= row
    rows.append(last)
    bits = 0
    for place in range(128):
        bits = (bits << 1) | (rows[place % 8] >> (15 - place // 8) & 1)
    return bits


# --- alias ------------------------------------------------------------------------------------------------


def alias(blocks: list[AliasBlock]) -> str | None:
    """The talker's alias out of the blocks that came; None while one is missing."""
    known = {one.number: one for one in blocks}
    first = known.get(0)
    if first is None or first.length == 0:
        return None
    width = {AliasCoding.SEVEN_BIT: 7, AliasCoding.UTF16: 16}.get(AliasCoding(first.coding), 8)
    # The first block's one bit more belongs to seven-bit signs alone.
    spare = 0 if first.coding == AliasCoding.SEVEN_BIT else 1
    bits, have, number = first.bits & ((1 << (49 - spare)) - 1), 49 - spare, 1
    while have < first.length * width and number <= 3:
        further = known.get(number)
        if further is None:
            return None
        bits, have, number = (bits << 56) | further.bits, have + 56, number + 1
    count = min(first.length, have // width)
    codes = [(bits >> (have - width * (place + 1))) & ((1 << width) - 1) for place in range(count)]
    if width == 7:
        return _clean("".join(map(chr, codes)))
    octets = b"".join(code.to_bytes(width // 8) for code in codes)
    coding = {AliasCoding.LATIN1: "latin-1", AliasCoding.UTF8: "utf-8"}.get(
        AliasCoding(first.coding), "utf-16-be"
    )
    return _clean(octets.decode(coding, "replace"))


def alias_blocks(text: str) -> list[AliasBlock]:
    """As UTF-16, at most 13 signs."""
    signs = text[:13]
    octets = signs.encode("utf-16-be")
    padded = octets.ljust(27, b"\0")
    first = AliasBlock(0, int.from_bytes(padded[:6]), AliasCoding.UTF16, len(octets) // 2)
    further = (
        AliasBlock(number, int.from_bytes(padded[7 * number - 1 : 7 * number + 6]))
        for number in range(1, 4)
        if 7 * number - 1 < len(octets)
    )
    return [first, *further]


def _clean(text: str) -> str:
    return text.split("\0", 1)[0].strip()
