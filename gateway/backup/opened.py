"""An archive as a repository of restic takes it: decrypted, because restic encrypts it again and stores what
two backups have in common once.

    magic, length of the header (4 bytes, big endian), header (JSON), tar

The header is the archive's own without what belongs to its key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import IO, Any, BinaryIO, Final, cast

from gateway.backup import archive
from gateway.backup.archive import BLOCK, Told
from gateway.backup.errors import ArchiveRefused
from gateway.backup.keys import BackupKey
from gateway.backup.manifest import BackupManifest
from gateway.backup.sealed import SealedReader, SealedWriter, read_frame

MAGIC: Final = b"songhua-backup-opened\n"
_OF_THE_KEY: Final = frozenset({"format", "salt", "kdf", "check"})


class OpenedArchive:
    """What is sent of an archive, block by block; then `bytes` and `sha256` are those of all blocks."""

    def __init__(self, stream: BinaryIO, key: BackupKey, told: Told = lambda _: None) -> None:
        """Raises `ArchiveRefused` and `BackupKeyTrouble`."""
        self._sealed = SealedReader(stream, key)
        self._told = told
        self._hash = hashlib.sha256()
        self.said: Mapping[str, Any] = {
            name: value for name, value in self._sealed.header.items() if name not in _OF_THE_KEY
        }
        self.bytes = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Raises `ArchiveRefused` where the archive is damaged or cut off."""
        raw = json.dumps(self.said, ensure_ascii=True, sort_keys=True).encode()
        yield self._counted(MAGIC + len(raw).to_bytes(4, "big") + raw)
        while block := self._sealed.read(BLOCK):
            yield self._counted(block)
        self._sealed.finish()

    def _counted(self, block: bytes) -> bytes:
        self._hash.update(block)
        self.bytes += len(block)
        self._told(len(block))
        return block


def hash_of(stream: IO[bytes], told: Told = lambda _: None) -> str:
    """SHA-256 of what comes, as hex."""
    found = hashlib.sha256()
    while block := stream.read(BLOCK):
        found.update(block)
        told(len(block))
    return found.hexdigest()


def seal(stream: IO[bytes], target: BinaryIO, key: BackupKey, told: Told = lambda _: None) -> None:
    """Write an archive of what was opened. Raises `ArchiveRefused` for what never was one."""
    writer = SealedWriter(target, key, _header(stream))
    while block := stream.read(BLOCK):
        writer.write(block)
        told(len(block))
    writer.close()


def check(stream: IO[bytes], told: Told = lambda _: None) -> BackupManifest:
    """The manifest of what was opened, in which everything is as the manifest says. Raises
    `ArchiveRefused`.
    """
    _header(stream)
    return archive.checked(archive.members(cast("BinaryIO", stream), told))


def _header(stream: IO[bytes]) -> dict[str, Any]:
    header, _ = read_frame(stream, MAGIC)
    if _OF_THE_KEY & header.keys():
        raise ArchiveRefused("it is damaged at its beginning")
    return header
