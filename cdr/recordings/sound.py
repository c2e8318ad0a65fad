"""A recording's bytes as they were recorded, wherever and however they lie on disk. Blocking code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cdr.recordings import audio
from cdr.recordings.vault import codec, keys

_BLOCK = 1 << 18


class Kept(Protocol):
    """The columns of a recording that say where it is."""

    @property
    def path(self) -> str: ...

    @property
    def key_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Sound:
    """`size` bytes as they were recorded. `file` is what lies on disk; `key_file` is None for plain sound;
    `head` goes before the bytes where a player needs it.
    """

    file: Path
    size: int
    key_file: Path | None
    head: bytes = b""

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Raises `VaultTrouble`, `DamagedRecording`, `OSError`."""
        if self.key_file is not None:
            yield from codec.decrypt(self.file, keys.load(self.key_file), start=start, end=end)
            return
        left = (self.size if end is None else min(end, self.size)) - start
        with self.file.open("rb") as stream:
            stream.seek(start)
            while left > 0 and (block := stream.read(min(_BLOCK, left))):
                left -= len(block)
                yield block

    def play(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """A WAV file: the head, then the bytes. `start` and `end` count from the head's first byte.

        Raises as `read`.
        """
        before = len(self.head)
        if part := self.head[start:end]:
            yield part
        if end is None or end > before:
            yield from self.read(max(0, start - before), None if end is None else end - before)

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for block in self.read():
            digest.update(block)
        return digest.hexdigest()


def stored_name(path: str, key_id: str | None) -> str:
    """The file of a recording below the folder: the plain one, or the one that this master key wraps."""
    return path if key_id is None else f"{path}.{key_id}.enc"


def locate(root: Path, row: Kept) -> Path | None:
    """The file, whether it is there or not; None when the path leads out of the folder."""
    return audio.inside(root, stored_name(row.path, row.key_id))


def find(root: Path, row: Kept, key_file: Path) -> Sound:
    """Raises `FileNotFoundError` without a file, `VaultTrouble` without its key, `DamagedRecording`."""
    file = locate(root, row)
    if file is None:
        raise FileNotFoundError(row.path)
    if row.key_id is None:
        size = file.stat().st_size
        return Sound(file, size, None, audio.player_head(row.path, size))
    with file.open("rb") as stream:
        header = codec.read_header(stream)
    keys.load(key_file).of(header.key_id)
    return Sound(file, header.size, key_file, audio.player_head(row.path, header.size))
