"""Puts the files of the settings' folders into an archive while others write there."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from gateway.backup.archive import ArchiveWriter, Owner, is_ours
from gateway.backup.errors import BackupFailed
from gateway.backup.manifest import FILES
from gateway.backup.places import BackedUpPlace

IN_MEMORY: Final = 16 << 20
"""A file up to this size is read before its size is written down: it may grow or shrink meanwhile."""
MOST_NOTES: Final = 100


class FilesOfPlaces:
    """`add` stores what it has not stored yet, and again what has changed since: the last one counts.

    `never` are files and folders that are passed over.
    """

    def __init__(self, writer: ArchiveWriter, never: Collection[Path]) -> None:
        self._writer = writer
        self._never = frozenset(never)
        self._seen: dict[str, tuple[int, int]] = {}
        self._noted: set[str] = set()
        self.notes: list[str] = []

    def add(self, places: Sequence[BackedUpPlace]) -> None:
        """Raises `OSError` for what cannot be read, `BackupFailed` for what shrinks while it is read."""
        for place in places:
            for name, path in self._files(place):
                self._one(name, path)

    def add_part(self, name: str, part: bytes | Path) -> None:
        """A part of the database."""
        if isinstance(part, bytes):
            self._writer.add_bytes(name, part)
            return
        with part.open("rb") as stream:
            seen = os.fstat(stream.fileno())
            self._writer.add(name, stream, seen.st_size, owner_of(seen))

    def _files(self, place: BackedUpPlace) -> Iterator[tuple[str, Path]]:
        if place.path.is_file():
            yield FILES + place.key, place.path
        for folder, folders, files in os.walk(place.path, onerror=_raise):
            here = Path(folder)
            folders[:] = sorted(one for one in folders if here / one not in self._never)
            for file in sorted(files):
                path = here / file
                if path not in self._never:
                    yield f"{FILES}{place.key}/{path.relative_to(place.path)}", path

    def _one(self, name: str, path: Path) -> None:
        try:
            name.encode()
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return  # erased, or encrypted: its other form is found by the next round
        except UnicodeEncodeError:
            self._note(f"a file below {path.parent}: its name is no UTF-8")
            return
        except OSError:
            if path.is_symlink():
                self._note(f"{path}: a link is not followed")
                return
            raise
        with os.fdopen(handle, "rb") as stream:
            seen = os.fstat(handle)
            if not stat.S_ISREG(seen.st_mode) or not is_ours(name):
                self._note(f"{path}: no file that can be stored")
                return
            if self._seen.get(name) == (seen.st_size, seen.st_mtime_ns):
                return
            self._seen[name] = (seen.st_size, seen.st_mtime_ns)
            owner = owner_of(seen)
            if seen.st_size <= IN_MEMORY:
                self._writer.add_bytes(name, stream.read(), owner)
                return
            try:
                self._writer.add(name, stream, seen.st_size, owner)
            except OSError as error:
                if error.errno is not None:
                    raise
                raise BackupFailed(f"{path} became shorter while it was read", remedy="try again") from error

    def _note(self, text: str) -> None:
        if text not in self._noted and len(self.notes) < MOST_NOTES:
            self._noted.add(text)
            self.notes.append(text)


def owner_of(seen: os.stat_result) -> Owner:
    """Whose a file is, and its mode and time."""
    return Owner(_user(seen.st_uid), _group(seen.st_gid), seen.st_mode & 0o777, seen.st_mtime)


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


@cache
def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


@cache
def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return ""
