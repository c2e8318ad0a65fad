"""Where the bytes of photos lie: what is coming, and what is kept. Blocking code; names are ids alone."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from core.files import sync
from field.photos.ports import Vault

_BLOCK = 1 << 18
MOST_SWEPT = 1000
"""Files that one look at what is coming names."""


@dataclass(frozen=True, slots=True)
class PhotoFiles:
    """`spare` bytes of the disk stay free: recordings and the database may lie on the same one."""

    root: Path
    vault: Vault
    spare: int = 0

    def coming(self, photo_id: UUID) -> Path:
        """Where the bytes of a photo collect until it is whole; unencrypted."""
        return self.root / "coming" / str(photo_id)

    def there(self, photo_id: UUID) -> int:
        """How many bytes of it lie here."""
        try:
            return self.coming(photo_id).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, photo_id: UUID, offset: int, piece: bytes) -> None:
        """Durable when it returns. What lies behind `offset` is of a piece that was not counted: it goes.

        Raises `OSError`, also while the disk has less than `spare` left.
        """
        path = self.coming(photo_id)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(path.parent).free - len(piece) < self.spare:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as stream:
            stream.truncate(offset)
            stream.seek(offset)
            stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())

    def digest(self, photo_id: UUID) -> str:
        digest = hashlib.sha256()
        for block in _blocks(self.coming(photo_id)):
            digest.update(block)
        return digest.hexdigest()

    def read_coming(self, photo_id: UUID) -> bytes:
        """The bytes that have come."""
        return self.coming(photo_id).read_bytes()

    def keep(self, photo_id: UUID) -> tuple[str, str]:
        """Copy it to where it stays, encrypted where there is a key: the path below the root, the key's id.

        What was coming stays until `forget_coming`: a crash in between loses nothing.
        """
        name = str(photo_id)
        folder = self.root / "kept" / name[-2:]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part, plain = folder / f"{name}.part", folder / name
        if self.vault.ready():
            key_id, target = self.vault.seal(self.coming(photo_id), part, name), folder / f"{name}.enc"
        else:
            key_id, target = "", plain
            _copy(self.coming(photo_id), part)
        part.replace(target)
        if target != plain:
            # Left there when the service was killed before there was a key.
            plain.unlink(missing_ok=True)
        for one in (folder, folder.parent, self.root):
            sync(one)
        return str(target.relative_to(self.root)), key_id

    def read(self, photo_id: UUID, path: str, key_id: str) -> bytes:
        """Raises `FileNotFoundError`, and what `Vault.open` raises."""
        file = self.root / path
        return self.vault.open(file, str(photo_id)) if key_id else file.read_bytes()

    def all_coming(self) -> list[UUID]:
        """Whose bytes lie with those that are coming, at most `MOST_SWEPT`."""
        try:
            with os.scandir(self.root / "coming") as entries:
                names = [entry.name for entry, _ in zip(entries, range(MOST_SWEPT), strict=False)]
        except FileNotFoundError:
            return []
        return [UUID(name) for name in names if _is_id(name)]

    def forget_coming(self, photo_id: UUID) -> None:
        """Delete them; no error when there are none."""
        self.coming(photo_id).unlink(missing_ok=True)

    def erase(self, photo_id: UUID, path: str) -> None:
        """Every file of this photo."""
        self.forget_coming(photo_id)
        folder = self.root / "kept" / str(photo_id)[-2:]
        for file in (folder / str(photo_id), folder / f"{photo_id}.enc", folder / f"{photo_id}.part"):
            file.unlink(missing_ok=True)
        if path:
            (self.root / path).unlink(missing_ok=True)


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _copy(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        for block in _blocks(source):
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
