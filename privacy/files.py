"""Blanks lines about a person in log files that other programs write: in place and with the same length, so
that the program can go on appending. Blocking.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from core.files import CHUNK, file_holds, holds

BLANK: Final = b"x"
LONGEST_LINE: Final = 1 << 20
"""A longer line is blanked in pieces of this."""
_CLOSED_PACKS: Final = frozenset({".xz", ".bz2", ".zst", ".zip"})


def blank(path: Path, words: Sequence[bytes]) -> int:
    """Blank every line with one of these words, in small or capital letters; how many. Raises `OSError`."""
    words = [word.lower() for word in words]
    if path.suffix == ".gz":
        return _blank_packed(path, words)
    # Read once, without taking the write's rights: most files hold nothing.
    if not file_holds(path, words):
        return 0
    blanked = 0
    with path.open("r+b", buffering=0) as stream:
        at = 0
        while line := _line(stream.fileno(), at):
            if _about(line, words):
                os.pwrite(stream.fileno(), _blanked(line), at)
                blanked += 1
            at += len(line)
        os.fsync(stream.fileno())
    return blanked


def closed(paths: Iterable[Path]) -> list[Path]:
    """Files that are packed in a way that is not read here."""
    return [path for path in paths if path.suffix in _CLOSED_PACKS]


def _about(line: bytes, words: Sequence[bytes]) -> bool:
    small = line.lower()
    return any(word in small for word in words)


def _line(descriptor: int, at: int) -> bytes:
    """The line that begins there, with its end; a part of a very long one."""
    piece = os.pread(descriptor, 4_096, at)
    while b"\n" not in piece and len(piece) < LONGEST_LINE:
        more = os.pread(descriptor, CHUNK, at + len(piece))
        if not more:
            break
        piece += more
    end = piece.find(b"\n")
    return piece[: end + 1] if end >= 0 else piece


def _blanked(line: bytes) -> bytes:
    body = line.rstrip(b"\r\n")
    return BLANK * len(body) + line[len(body) :]


def _blank_packed(path: Path, words: Sequence[bytes]) -> int:
    try:
        with gzip.open(path, "rb") as stream:
            if not holds(stream, words):
                return 0
        return _replace_packed(path, words)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(f"{path.name} is damaged: delete it") from error


def _replace_packed(path: Path, words: Sequence[bytes]) -> int:
    """Replace a packed log atomically: nothing writes to it any more."""
    stat = path.stat()
    blanked = 0
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".gz", delete=False) as target:
        new = Path(target.name)
        try:
            packed = gzip.GzipFile(fileobj=target, mode="wb", mtime=int(stat.st_mtime))
            with gzip.open(path, "rb") as lines, packed:
                while line := lines.readline(LONGEST_LINE):
                    about = _about(line, words)
                    packed.write(_blanked(line) if about else line)
                    blanked += about
            target.flush()
            os.fchmod(target.fileno(), stat.st_mode & 0o7777)
            if os.geteuid() == 0:
                os.fchown(target.fileno(), stat.st_uid, stat.st_gid)
            os.fsync(target.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    return blanked
