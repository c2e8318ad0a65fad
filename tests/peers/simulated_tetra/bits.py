"""Bits one after the other, most significant first: the simulator's own, so that it checks ours."""

from __future__ import annotations


class Bits:
    """A row of bits that grows."""

    def __init__(self) -> None:
        self.row = ""

    def put(self, value: int, width: int) -> Bits:
        """A negative value in two's complement. Raises `ValueError` for one that is too wide."""
        if not -(1 << (width - 1)) <= value < (1 << width):
            raise ValueError(f"{value} is not {width} bits")
        self.row += format(value & ((1 << width) - 1), f"0{width}b")
        return self

    def octets(self, data: bytes) -> Bits:
        for one in data:
            self.put(one, 8)
        return self

    def __len__(self) -> int:
        return len(self.row)

    def bytes(self) -> bytes:
        """Filled with zeros to whole octets."""
        row = self.row + "0" * (-len(self.row) % 8)
        return bytes(int(row[at : at + 8], 2) for at in range(0, len(row), 8))
