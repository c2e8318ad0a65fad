"""Gives an archive its name: on the disk, read back as a stranger would, and only then."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from gateway.backup import archive
from gateway.backup.errors import BackupFailed
from gateway.backup.keys import BackupKey
from gateway.backup.listing import NAME, PART, SUFFIX
from gateway.backup.manifest import BackupManifest

LOCK: Final = ".songhua-backup.lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One archive at a time is written in a folder; what a killed one left goes. Raises `BackupFailed`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    with held(folder / LOCK, f"another backup is being written to {folder}"):
        for left in folder.glob(f"*{SUFFIX}{PART}"):
            if NAME.fullmatch(left.name.removesuffix(PART)):
                left.unlink()
        yield


@contextmanager
def held(lock: Path, otherwise: str) -> Iterator[None]:
    """Raises `BackupFailed`, which says `otherwise`, where another process holds it."""
    with lock.open("ab") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupFailed(otherwise, remedy="wait for it") from None
        yield


@contextmanager
def part_of(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside the target that goes in the end. Raises `BackupFailed` where the target is there."""
    if target.exists():
        raise BackupFailed(f"{target} is already there", remedy="name another file")
    part = target.with_name(target.name + PART)
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream, part
    finally:
        part.unlink(missing_ok=True)


def finish(
    stream: BinaryIO, part: Path, key: BackupKey, target: Path, manifest: BackupManifest | None = None
) -> BackupManifest:
    """Name the part, if it holds what this manifest says, or any. Raises `BackupFailed`, `ArchiveRefused`."""
    stream.flush()
    os.fsync(stream.fileno())
    with part.open("rb") as written:
        found = archive.check(written, key)
    if manifest is not None and found != manifest:
        raise BackupFailed("what was read back is not what was written", remedy="see the disk")
    try:
        os.link(part, target)
    except PermissionError:  # a file system without hard links; the name was free a moment ago
        part.rename(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return found


@contextmanager
def named_faults(folder: Path) -> Iterator[None]:
    """A fault of the disk is told as one of the backup."""
    try:
        yield
    except OSError as error:
        raise BackupFailed(
            f"{error.filename or folder}: {error.strerror or error}",
            remedy="see the disk, and whether this user may read and write there",
        ) from error
