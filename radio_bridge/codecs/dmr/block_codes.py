"""The binary codes of DMR (ETSI TS 102 361-1, annex B): parity bits, and how single errors are corrected.

Codewords are numbers, the first bit on the air the most significant.
"""

from __future__ import annotations

from typing import Final


class Systematic:
    """A code of `data` bits followed by parity bits, each the sum of some of them."""

    def __init__(self, data: int, parities: tuple[tuple[int, ...], ...]) -> None:
        self.data = data
        self.length = data + len(parities)
        self._masks = tuple(sum(1 << (data - 1 - place) for place in one) for one in parities)
        self._at = {self.syndrome(1 << bit): bit for bit in range(self.length)}

    def encode(self, value: int) -> int:
        """A codeword."""
        return (value << len(self._masks)) | self._parity(value)

    def syndrome(self, word: int) -> int:
        """0 for a codeword."""
        count = len(self._masks)
        return self._parity(word >> count) ^ (word & ((1 << count) - 1))

    def correct(self, word: int) -> int | None:
        """The codeword that is one bit away at most; None where there is none."""
        syndrome = self.syndrome(word)
        if syndrome == 0:
            return word
        bit = self._at.get(syndrome)
        return None if bit is None else word ^ (1 << bit)

    def _parity(self, value: int) -> int:
        found = 0
        for mask in self._masks:
            found = (found << 1) | ((value & mask).bit_count() & 1)
        return found


HAMMING_15_11: Final = Systematic(
    11, ((0, 1, 2, 3, 5, 7, 8), (1, 2, 3, 4, 6, 8, 9), (2, 3, 4, 5, 7, 9, 10), (0, 1, 2, 4, 6, 7, 10))
)
HAMMING_13_9: Final = Systematic(
    9, ((0, 1, 3, 5, 6), (0, 1, 2, 4, 6, 7), (0, 1, 2, 3, 5, 7, 8), (0, 2, 4, 5, 8))
)
HAMMING_16_11: Final = Systematic(
    11,
    (
        (0, 1, 2, 3, 5, 7, 8), (1, 2, 3, 4, 6, 8, 9), (2, 3, 4, 5, 7, 9, 10), (0, 1, 2, 4, 6, 7, 10),
        (0, 2, 5, 6, 8, 9, 10),
    ),
)  # fmt: skip


def remainder(value: int, length: int, generator: int) -> int:
    """Of a polynomial of `length` bits by the generator, both over GF(2)."""
    degree = generator.bit_length() - 1
    value <<= degree
    for bit in range(length + degree - 1, degree - 1, -1):
        if value >> bit & 1:
            value ^= generator << (bit - degree)
    return value


def golay_20_8(value: int) -> int:
    """Twenty bits for eight: the extended Golay code, shortened."""
    word = (value << 11) | remainder(value, 8, 0b110001110101)
    return (word << 1) | (word.bit_count() & 1)


def quadratic_residue_16_7(value: int) -> int:
    """Sixteen bits for seven."""
    word = (value << 8) | remainder(value, 7, 0b100111001)
    return (word << 1 | (word.bit_count() & 1)) & 0xFFFF
