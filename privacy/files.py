"""Lines about a person in logs that other programs write: blanked where they stand, byte for byte as long as
before, so that whoever appends to the file goes on. Blocking.
"""

from __future__ import annotations

import gzip
import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

BLANK: Final = b"x"
CHUNK: Final = 1 << 20
LONGEST_LINE: Final = 1 << 20
"""A longer line is blanked in pieces of this."""
MOST_PACKED: Final = 512 << 20
"""Bytes of a packed log, unpacked: a larger one is named and not touched."""
_CLOSED_PACKS: Final = frozenset({".xz", ".bz2", ".zst", ".zip"})


def blank(path: Path, words: Sequence[bytes]) -> int:
    """Blank every line with one of these words; how many. Raises `OSError`."""
    found = _pattern(words)
    if path.suffix == ".gz":
        return _blank_packed(path, found)
    if not _stands_in(path, found):
        return 0
    blanked = 0
    with path.open("r+b", buffering=0) as stream:
        at = 0
        while line := _line(stream.fileno(), at):
            if found.search(line):
                os.pwrite(stream.fileno(), _blanked(line), at)
                blanked += 1
            at += len(line)
        os.fsync(stream.fileno())
    return blanked


def closed(paths: Iterable[Path]) -> list[Path]:
    """Files that are packed in a way that is not read here."""
    return [path for path in paths if path.suffix in _CLOSED_PACKS]


def _pattern(words: Sequence[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(re.escape(word) for word in words))


def _stands_in(path: Path, found: re.Pattern[bytes]) -> bool:
    """Read once, without taking the write's rights: most files hold nothing."""
    with path.open("rb") as stream:
        before = b""
        while piece := stream.read(CHUNK):
            if found.search(before + piece):
                return True
            before = piece[-256:]
    return False


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


def _blank_packed(path: Path, found: re.Pattern[bytes]) -> int:
    """Nobody writes to a packed log any more: it is replaced in one step."""
    try:
        with gzip.open(path, "rb") as stream:
            text = stream.read(MOST_PACKED + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise OSError(f"{path.name} is damaged: delete it") from error
    if len(text) > MOST_PACKED:
        raise OSError(f"{path.name} is too large: delete it")
    if not found.search(text):
        return 0
    lines = text.splitlines(keepends=True)
    kept = [_blanked(line) if found.search(line) else line for line in lines]
    stat = path.stat()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".gz", delete=False) as target:
        new = Path(target.name)
        try:
            with gzip.GzipFile(fileobj=target, mode="wb", mtime=int(stat.st_mtime)) as packed:
                packed.write(b"".join(kept))
            target.flush()
            os.fchmod(target.fileno(), stat.st_mode & 0o7777)
            if os.geteuid() == 0:
                os.fchown(target.fileno(), stat.st_uid, stat.st_gid)
            os.fsync(target.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    return len([line for line in lines if found.search(line)])
