"""Texts of several parts, put together again: pure, and bounded whatever comes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

from radio_bridge.codecs.sds import SdsPart

MOST_OPEN: Final = 64
MOST_PARTS: Final = 20
WITHIN_S: Final = 300.0


@dataclass(slots=True)
class _OpenText:
    total: int
    since: float
    parts: dict[int, str] = field(default_factory=dict)


class Concatenation:
    """Of any number of senders. The oldest unfinished text goes when there are too many."""

    def __init__(self) -> None:
        self._open: dict[tuple[Hashable, int], _OpenText] = {}

    def add(self, sender: Hashable, part: SdsPart, text: str, now: float) -> str | None:
        """The whole text when this was its last missing part. `now` in monotonic seconds.

        A part that comes twice changes nothing; one of another total begins a new text.
        """
        if part.total > MOST_PARTS:
            return None
        self._forget(now)
        key = (sender, part.reference)
        known = self._open.get(key)
        if known is None or known.total != part.total:
            self._open.pop(key, None)
            if len(self._open) >= MOST_OPEN:
                self._open.pop(next(iter(self._open)))
            known = self._open[key] = _OpenText(part.total, now)
        known.parts.setdefault(part.number, text)
        if len(known.parts) < known.total:
            return None
        del self._open[key]
        return "".join(known.parts[number] for number in sorted(known.parts))

    def _forget(self, now: float) -> None:
        for key in [key for key, one in self._open.items() if now > one.since + WITHIN_S]:
            del self._open[key]
