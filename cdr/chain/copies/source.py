"""The heads file as the source of all copies: each destination reads on from where it got to.

Nothing waits in memory: what a destination has not taken yet stays in the heads file.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from cdr.chain.heads import Head, read_head

_LINE = 2_000


@dataclass(frozen=True, slots=True)
class HeadsPosition:
    """`offset` is the byte in the heads file after the last head that was taken, `last` its signature."""

    offset: int = 0
    last: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class PendingHeads:
    """Heads after a place, and the place after them. `seq` of it is the last head's."""

    heads: list[Head]
    place: HeadsPosition


def waiting(file: Path, place: HeadsPosition, most: int) -> PendingHeads:
    """At most `most` heads after `place`, from the first on where the file is not the one of that place.

    A line that is not finished waits; one that is no head is passed over. Raises `OSError`.
    """
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return PendingHeads([], place)
    with stream:
        if not _holds(stream.fileno(), place):
            place = HeadsPosition()
        stream.seek(place.offset)
        found: list[Head] = []
        while len(found) < most and (line := stream.readline(_LINE)):
            if not line.endswith(b"\n") and len(line) < _LINE:
                break
            offset = place.offset + len(line)
            head = read_head(line)
            if head is None:
                place = HeadsPosition(offset, place.last, place.seq)
                continue
            found.append(head)
            place = HeadsPosition(offset, head.signature, head.seq)
    return PendingHeads(found, place)


def newest(file: Path) -> PendingHeads:
    """The last head of the file alone. Raises `OSError`."""
    size = file.stat().st_size if file.exists() else 0
    after = PendingHeads([], HeadsPosition())
    begin = max(0, size - 4 * _LINE)
    if not size:
        return after
    with file.open("rb") as stream:
        stream.seek(begin)
        offset = begin
        for line in stream.read(size - begin).splitlines(keepends=True):
            offset += len(line)
            head = read_head(line) if line.endswith(b"\n") else None
            if head is not None:
                after = PendingHeads([head], HeadsPosition(offset, head.signature, head.seq))
    return after


def _holds(handle: int, place: HeadsPosition) -> bool:
    """Whether the line before the place is still that head: the file was not put in the place of another."""
    if not place.last:
        return place.offset == 0
    begin = max(0, place.offset - _LINE)
    before = os.pread(handle, place.offset - begin, begin)
    return json.dumps(place.last).encode() in before


class CopyPositions:
    """How far each destination got, in a small file beside the heads file: a restart goes on from there."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._writing = Lock()

    def read(self, name: str) -> HeadsPosition | None:
        """None for a destination that took nothing yet."""
        held = self._all().get(name)
        try:
            return HeadsPosition(int(held["offset"]), str(held["last"]), int(held["seq"])) if held else None
        except (KeyError, TypeError, ValueError):
            return None

    def write(self, name: str, place: HeadsPosition) -> None:
        """Raises `OSError`."""
        with self._writing:
            held = {**self._all(), name: {"offset": place.offset, "last": place.last, "seq": place.seq}}
            beside = self._file.with_name(self._file.name + ".new")
            beside.write_text(json.dumps(held))
            beside.replace(self._file)

    def _all(self) -> dict[str, dict[str, Any]]:
        try:
            held = json.loads(self._file.read_bytes()[:100_000])
        except (OSError, ValueError):
            return {}
        return held if isinstance(held, dict) else {}
