"""Reads a recording's original bytes, whether the file is plain or encrypted. Blocking code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Protocol

from cdr.recordings import audio
from cdr.recordings.vault import codec, keys

_BLOCK = 1 << 18


class RecordingColumns(Protocol):
    """The columns of a recording that say where it is."""

    @property
    def path(self) -> str:
        """The file below the recordings' folder."""
        ...

    @property
    def key_id(self) -> str | None:
        """The key that the file is encrypted with; None for one in the open."""
        ...


@dataclass(frozen=True, slots=True)
class RecordedSound:
    """`size` bytes as they were recorded. `file` is what lay on disk; `key_file` is None for plain sound,
    and `later_key_file` opens what plain sound may become before it is read. `head` goes before the bytes
    where a player needs it.
    """

    file: Path
    size: int
    key_file: Path | None
    head: bytes = b""
    later_key_file: Path | None = None

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Raises `VaultTrouble`, `DamagedRecording`, `OSError`."""
        if self.key_file is not None:
            yield from codec.decrypt(self.file, keys.load(self.key_file), start=start, end=end)
            return
        try:
            stream = self.file.open("rb")
        except FileNotFoundError:
            file = _encrypted_since(self.file)
            if file is None or self.later_key_file is None:
                raise
            yield from codec.decrypt(file, keys.load(self.later_key_file), start=start, end=end)
            return
        left = (self.size if end is None else min(end, self.size)) - start
        with stream:
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
        """SHA-256 of the decrypted sound, in hex."""
        digest = hashlib.sha256()
        for block in self.read():
            digest.update(block)
        return digest.hexdigest()


def stored_name(path: str, key_id: str | None) -> str:
    """The file of a recording below the folder: the plain one, or the one that this master key wraps."""
    return path if key_id is None else f"{path}.{key_id}.enc"


def locate(root: Path, row: RecordingColumns) -> Path | None:
    """The file, whether it is there or not; None when the path leads out of the folder."""
    return audio.inside(root, stored_name(row.path, row.key_id))


def find(root: Path, row: RecordingColumns, key_file: Path) -> RecordedSound:
    """Where the sound is now, also when it was encrypted, or under another key, after `row` was read.

    Raises `FileNotFoundError` without a file, `VaultTrouble` without its key, `DamagedRecording`.
    """
    plain = audio.inside(root, row.path)
    file = locate(root, row)
    if plain is None or file is None:
        raise FileNotFoundError(row.path)
    if row.key_id is None:
        with suppress(FileNotFoundError):
            size = file.stat().st_size
            return RecordedSound(file, size, None, audio.player_head(row.path, size), key_file)
    try:
        return _encrypted(file, row, key_file)
    except FileNotFoundError:
        since = _encrypted_since(plain)
        if since is None:
            raise
        return _encrypted(since, row, key_file)


def _encrypted(file: Path, row: RecordingColumns, key_file: Path) -> RecordedSound:
    with file.open("rb") as stream:
        header = codec.read_header(stream)
    keys.load(key_file).of(header.key_id)
    return RecordedSound(file, header.size, key_file, audio.player_head(row.path, header.size))


def _encrypted_since(plain: Path) -> Path | None:
    """The encrypted file of what lay at `plain`; of several the newest, None without one."""
    found = [(one.stat().st_mtime_ns, one) for one in plain.parent.glob(f"{escape(plain.name)}.*.enc")]
    return max(found)[1] if found else None
