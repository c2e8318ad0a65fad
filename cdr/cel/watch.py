"""Detects what Asterisk does not report: a disk that fills up, and CEL lines that never reached the file."""

from __future__ import annotations

import shutil
from collections import deque
from pathlib import Path

from cdr.ports import SeenEvents
from core.metrics import UNKNOWN, gauge

_free = gauge("cdr_cel_disk_free_bytes", "Free space where Asterisk writes its CEL file")
_free.set(UNKNOWN)
_lost = gauge("cdr_cel_lost_lines", "CEL events that the AMI brought and the file did not")

OBSERVATIONS = 3
"""A difference counts when it stood in so many looks in a row: lines come a moment after their events."""


def free_bytes(folder: Path) -> int | None:
    """Free space of the disk with `folder`; None when it is not there."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    _free.set(free)
    return free


class MissingLines:
    """Compares the AMI's count of CEL events with the lines in the file, since the link came up. Pure."""

    def __init__(self) -> None:
        self._base: tuple[int, int, int] | None = None
        self._recent: deque[int] = deque(maxlen=OBSERVATIONS)

    def observe(self, seen: SeenEvents | None, lines: int) -> int:
        """How many lines are certainly missing now; `lines` is what the importer has read so far."""
        if seen is None:
            return self._begin(None)
        if self._base is None or self._base[0] != seen.epoch:
            return self._begin((seen.epoch, seen.count, lines))
        missing = (seen.count - self._base[1]) - (lines - self._base[2])
        if missing < 0:
            # Lines from before the link came up were read late: count anew, or they would hide a loss.
            return self._begin((seen.epoch, seen.count, lines))
        self._recent.append(missing)
        lost = min(self._recent) if len(self._recent) == OBSERVATIONS else 0
        _lost.set(lost)
        return lost

    def _begin(self, base: tuple[int, int, int] | None) -> int:
        self._base = base
        self._recent.clear()
        return 0
