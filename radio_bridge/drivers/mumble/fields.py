"""Protocol Buffers as they are on the wire: numbers, octets and texts by the number of their field. Pure.

Only what Mumble's messages use of the public encoding: varints and counted octets are read, fixed numbers are
passed over, groups are `Malformed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from core.malformed import Malformed

_VARINT, _FIXED64, _COUNTED, _FIXED32 = 0, 1, 2, 5
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}
_VARINT_MOST: Final = 10
_MASK64: Final = 2**64 - 1

Value = int | bytes


def read(data: bytes) -> Iterator[tuple[int, Value]]:
    """Each field with its number, in order. Raises `Malformed`."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, form = key >> 3, key & 7
        if number == 0:
            raise Malformed("a field without a number")
        if form == _VARINT:
            value, at = varint(data, at)
            yield number, value
        elif form == _COUNTED:
            count, at = varint(data, at)
            yield number, _taken(data, at, count)
            at += count
        elif form in _FIXED:
            _taken(data, at, _FIXED[form])
            at += _FIXED[form]
        else:
            raise Malformed(f"a field of form {form}")


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number and where the next thing begins. Raises `Malformed`."""
    value = 0
    for place in range(_VARINT_MOST):
        octet = _taken(data, at + place, 1)[0]
        value |= (octet & 0x7F) << 7 * place
        if not octet & 0x80:
            return value & _MASK64, at + place + 1
    raise Malformed("a number without end")


def packed(data: bytes) -> Iterator[int]:
    """Numbers without their fields, as some senders write lists. Raises `Malformed`."""
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield value


def write(fields: Iterable[tuple[int, Value]]) -> bytes:
    """Raises `ValueError` for a negative number."""
    return b"".join(
        _varint(number << 3 | _VARINT) + _varint(value)
        if isinstance(value, int)
        else _varint(number << 3 | _COUNTED) + _varint(len(value)) + value
        for number, value in fields
    )


def _varint(value: int) -> bytes:
    if not 0 <= value <= _MASK64:
        raise ValueError(f"{value} does not fit into 64 bits")
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def _taken(data: bytes, at: int, count: int) -> bytes:
    if at + count > len(data):
        raise Malformed(f"ends at byte {len(data)}, {at + count - len(data)} too early")
    return data[at : at + count]
