"""The recorded stream, and how it is made as long as a bench needs: the same calls again under new ids."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

RECORDING = Path(__file__).parent / "recording.ami.gz"
_ID = re.compile(rb"(?<![0-9])1[0-9]{9}(?=\.[0-9]+)")
_BRIDGE = re.compile(rb"(?<![0-9a-f])[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


class Recording:
    """`events` of one round; `round_of(n)` gives the bytes of the nth with ids that no other round has."""

    def __init__(self, stream: bytes) -> None:
        self.events = stream.count(b"\r\n\r\n")
        found = sorted(
            [(match.start(), 10) for match in _ID.finditer(stream)]
            + [(match.start(), 8) for match in _BRIDGE.finditer(stream)]
        )
        self._pieces: list[bytes] = []
        self._originals: list[bytes] = []
        end = 0
        for start, length in found:
            self._pieces.append(stream[end:start])
            self._originals.append(stream[start : start + length])
            end = start + length
        self._rest = stream[end:]

    @classmethod
    def load(cls) -> Recording:
        return cls(gzip.decompress(RECORDING.read_bytes()))

    def round_of(self, number: int) -> bytes:
        shifted: dict[bytes, bytes] = {}
        for original in set(self._originals):
            if len(original) == 10:
                shifted[original] = b"%010d" % (int(original) + 1000 * number)
            else:
                shifted[original] = b"%08x" % ((int(original, 16) + 7919 * number) % (1 << 32))
        out = []
        for piece, original in zip(self._pieces, self._originals, strict=True):
            out.append(piece)
            out.append(shifted[original])
        out.append(self._rest)
        return b"".join(out)

    def write(self, file: Path, events: int) -> int:
        """Write whole rounds until there are at least `events`; returns how many there are."""
        rounds = -(-events // self.events)
        with file.open("wb") as out:
            for number in range(rounds):
                out.write(self.round_of(number))
        return rounds * self.events
