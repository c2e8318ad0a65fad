"""Packets of RTP in the order of their numbers, which begin anew after 65535 (RFC 3550). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MOST_WAITING: Final = 64
"""Packets that wait for one that is late; then it counts as lost."""
_TURN: Final = 1 << 16


@dataclass(slots=True)
class RtpOrder:
    """`lost` counts the numbers that never came."""

    lost: int = 0
    _next: int | None = None
    _waiting: dict[int, bytes] = field(default_factory=dict)

    def add(self, sequence: int, payload: bytes) -> list[bytes | None]:
        """The payloads whose turn it is now; None stands for a gap."""
        if self._next is None:
            self._next = sequence
        if (sequence - self._next) % _TURN >= _TURN // 2:
            return []  # it comes too late, or twice
        self._waiting.setdefault(sequence, payload)
        found: list[bytes | None] = list(self._ready())
        if len(self._waiting) > MOST_WAITING:
            nearest = min(self._waiting, key=self._ahead)
            self.lost += self._ahead(nearest)
            self._next = nearest
            found += [None, *self._ready()]
        return found

    def _ahead(self, sequence: int) -> int:
        return (sequence - (self._next or 0)) % _TURN

    def _ready(self) -> list[bytes]:
        found = []
        while self._next is not None and self._next in self._waiting:
            found.append(self._waiting.pop(self._next))
            self._next = (self._next + 1) % _TURN
        return found
