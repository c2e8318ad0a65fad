"""Fields of so many bits, one after the other, read and written."""

from __future__ import annotations

from core.malformed import Malformed


class Undecodable(Malformed):
    """`bit` counts from 0, the first bit of the frame: where the field begins that is wrong. `template` and
    `values` make up the sentence `why`, so that it can be said in another language.
    """

    def __init__(self, bit: int, template: str, **values: object) -> None:
        self.bit = bit
        self.template = template
        self.values = values
        self.why = template.format(**values)
        super().__init__(f"bit {bit}: {self.why}")


class BitReader:
    """Reads from the most significant bit on. `bits` is how many count, when the last byte is not full."""

    def __init__(self, data: bytes, bits: int | None = None) -> None:
        self._length = 8 * len(data) if bits is None else bits
        if not 0 <= self._length <= 8 * len(data):
            raise ValueError(f"{bits} bits in {len(data)} bytes")
        self._value = int.from_bytes(data) >> (8 * len(data) - self._length)
        self.at = 0

    @property
    def left(self) -> int:
        """Bits that were not read."""
        return self._length - self.at

    def take(self, count: int, name: str) -> int:
        """The next `count` bits as a number. Raises `Undecodable` when there are fewer."""
        if count > self.left:
            raise Undecodable(
                self.at,
                "{name} has {count} bits, and the frame ends after {there} more",
                name=name,
                count=count,
                there=self.left,
            )
        self.at += count
        return (self._value >> (self._length - self.at)) & ((1 << count) - 1)

    def signed(self, count: int, name: str) -> int:
        """Two's complement."""
        value = self.take(count, name)
        return value - (1 << count) if value >> (count - 1) else value

    def flag(self, name: str) -> bool:
        """The next bit. Raises when there is none, with the field's name."""
        return bool(self.take(1, name))

    def octets(self, count: int, name: str) -> bytes:
        """The next `count` octets, also across octet borders."""
        return self.take(8 * count, name).to_bytes(count)

    def rest(self) -> bytes:
        """The octets that are left; up to seven bits behind them stay unread."""
        return self.octets(self.left // 8, "the rest")

    def wrong(self, template: str, *, back: int = 0, **values: object) -> Undecodable:
        """What is wrong with the field that began `back` bits ago."""
        return Undecodable(self.at - back, template, **values)

    def end(self) -> None:
        """Raises `Undecodable` when something is left."""
        if self.left:
            raise self.wrong("{there} bits more than the frame has fields for", there=self.left)


class BitWriter:
    """Writes from the most significant bit on."""

    def __init__(self) -> None:
        self._value = 0
        self.length = 0

    def put(self, value: int, count: int, name: str) -> None:
        """Raises `ValueError` for a number that does not fit."""
        if not 0 <= value < (1 << count):
            raise ValueError(f"{name} is {value}: it has {count} bits")
        self._value = (self._value << count) | value
        self.length += count

    def signed(self, value: int, count: int, name: str) -> None:
        half = 1 << (count - 1)
        if not -half <= value < half:
            raise ValueError(f"{name} is {value}: it has {count} bits")
        self.put(value & ((1 << count) - 1), count, name)

    def octets(self, data: bytes) -> None:
        """Append whole octets."""
        self.put(int.from_bytes(data), 8 * len(data), "octets")

    def bytes(self) -> bytes:
        """Filled up with zeros to whole bytes."""
        padding = -self.length % 8
        return (self._value << padding).to_bytes((self.length + padding) // 8)


def of_hex(digits: str) -> tuple[bytes, int]:
    """Bytes, and how many of their bits count: a digit has four. Raises `ValueError` for other signs.

    Some radios send an odd number of digits.
    """
    clean = "".join(digits.split())
    if not clean or not all(sign in "0123456789abcdefABCDEF" for sign in clean):
        raise ValueError("not hexadecimal digits")
    return bytes.fromhex(clean + "0" * (len(clean) % 2)), 4 * len(clean)
