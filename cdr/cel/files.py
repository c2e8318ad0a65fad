"""CEL files on disk: lists them, identifies their content and reads pieces of one. Blocking code."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cdr.cel.codec import MAX_RECORD, CelParser

CHUNK = 4 * MAX_RECORD
TAIL = 4_096
MOST_FILES = 100
_PACKED = {".gz", ".xz", ".bz2", ".zst"}


@dataclass(frozen=True, slots=True)
class CelFile:
    """A file as it is now. `stream` names the content: SHA-256 over the system's name and the first record,
    so it stays when the file is moved, copied or grows, and changes when it is truncated and begun anew.
    """

    path: Path
    device: str
    inode: str
    size: int
    mtime: float
    stream: str


@dataclass(frozen=True, slots=True)
class FilePiece:
    """`data` stands in the file from the asked position on; `before` are the last imported bytes."""

    before: bytes
    data: bytes


class Rewritten(Exception):
    """What was imported from this file is no longer there: begin again at 0, known lines are recognised."""


def candidates(live: Path) -> list[Path]:
    """The live file and what it was rotated to (`calls.csv.1`, `calls.csv-20260101`), oldest first."""
    found: list[tuple[float, Path]] = []
    for path in live.parent.glob(live.name + "*"):
        if path.suffix in _PACKED:
            continue
        try:
            stat = path.stat()
        except OSError:
            continue
        if path.is_file():
            found.append((stat.st_mtime, path))
    found.sort(key=lambda item: (item[1] == live, item[0], item[1].name))
    return [path for _, path in found[-MOST_FILES:]]


def look(path: Path, system_name: str) -> CelFile | None:
    """The file's identity; None while its first record is not complete, or when it has just gone."""
    try:
        with path.open("rb") as stream:
            stat = os.fstat(stream.fileno())
            name = _stream_name(system_name, stream.read(CHUNK))
    except OSError:
        return None
    if name is None:
        return None
    return CelFile(path, str(stat.st_dev), str(stat.st_ino), stat.st_size, stat.st_mtime, name)


def read(file: CelFile, system_name: str, position: int, tail: str) -> FilePiece | None:
    """Up to `CHUNK` bytes from `position`. None when another file or content has taken the path meanwhile.

    Raises `Rewritten` when the bytes before `position` are not those that `tail` stands for.
    """
    with file.path.open("rb") as stream:
        stat = os.fstat(stream.fileno())
        if (str(stat.st_dev), str(stat.st_ino)) != (file.device, file.inode):
            return None
        stream.seek(max(0, position - TAIL))
        before = stream.read(min(position, TAIL))
        if tail_of(before) != tail:
            raise Rewritten
        data = stream.read(CHUNK)
    if position == 0 and _stream_name(system_name, data) != file.stream:
        return None
    return FilePiece(before, data)


def tail_of(imported: bytes) -> str:
    """SHA-256 of the last `TAIL` bytes; empty for nothing."""
    return hashlib.sha256(imported[-TAIL:]).hexdigest() if imported else ""


def _stream_name(system_name: str, head: bytes) -> str | None:
    first = CelParser().feed(head[:8_192]) or CelParser().feed(head)
    if not first:
        return None
    begin = head[: first[0].offset + len(first[0].raw)]
    return hashlib.sha256(system_name.encode() + b"\n" + begin).hexdigest()
