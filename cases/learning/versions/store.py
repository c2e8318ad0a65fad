"""Versions as folders that never change, a pointer that is replaced whole, one lock for whoever changes it.

Who trains holds another one: a switch takes moments, and a way back from bad weights waits for no training.

`<folder>/v0003/` holds weights, the list of cases and the manifest; `in-force.json` names the version that is
in force. A version is made in a hidden folder and renamed when all of it is on the disk; the pointer moves
after that: a process that is killed at any moment leaves either the former state or the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from cases.drafting.classify.loading import LETTERS, MEANING
from cases.learning.errors import BrokenVersion, FolderUnwritable, RetrainingRuns
from cases.learning.versions.model import FORM, SHIPPED, Manifest, Pointer
from core.files import sync

POINTER: Final = "in-force.json"
MANIFEST: Final = "manifest.json"
CASES: Final = "cases.txt"
"""Ids of the cases that a version was trained on: no other version may be compared with it on them."""
FILES: Final = (LETTERS, MEANING, CASES)
_LOCK: Final = "lock"
_TRAINING: Final = "training-lock"
_MAKING: Final = ".making-"
_MOST_TEXT: Final = 1 << 20
WAY_BACK: Final = "songhua cases retrain --roll-back returns to the version before"


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version on the shelf; `manifest` is None when it cannot be read, `fault` then says why."""

    number: int
    manifest: Manifest | None
    fault: str = ""


class VersionStore:
    """Blocking file work. Raises `FolderUnwritable` where something cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    # --- reading --------------------------------------------------------------------------------

    def pointer(self) -> Pointer:
        """The shipped weights when nothing was ever switched. Raises `BrokenVersion`."""
        try:
            text = _read(self.folder / POINTER)
        except FileNotFoundError:
            return Pointer()
        except OSError as error:
            raise BrokenVersion(f"{POINTER} cannot be read: {error.strerror}", remedy=WAY_BACK) from error
        try:
            found = Pointer.model_validate_json(text)
        except ValidationError as error:
            raise BrokenVersion(f"{POINTER} is damaged", remedy=WAY_BACK) from error
        if found.form != FORM:
            raise BrokenVersion(f"{POINTER} has form {found.form}, not {FORM}", remedy=WAY_BACK)
        return found

    def place(self, number: int) -> Path:
        """The folder of a version."""
        return self.folder / f"v{number:04}"

    def manifest(self, number: int) -> Manifest:
        """Raises `BrokenVersion`."""
        try:
            found = Manifest.model_validate_json(_read(self.place(number) / MANIFEST))
        except OSError as error:
            raise BrokenVersion(
                f"version {number}: {MANIFEST} cannot be read: {error.strerror}", remedy=WAY_BACK
            ) from error
        except ValidationError as error:
            raise BrokenVersion(f"version {number}: {MANIFEST} is damaged", remedy=WAY_BACK) from error
        if (found.form, found.number) != (FORM, number):
            raise BrokenVersion(f"version {number}: {MANIFEST} belongs to another", remedy=WAY_BACK)
        return found

    def whole(self, number: int, sha256: str) -> Path:
        """The folder of a version whose manifest and files are what they were. Raises `BrokenVersion`."""
        folder = self.place(number)
        found = self.manifest(number)
        if _sha256(folder / MANIFEST) != sha256:
            raise BrokenVersion(f"version {number}: {MANIFEST} was changed", remedy=WAY_BACK)
        for name in FILES:
            try:
                same = _sha256(folder / name) == found.files.get(name)
            except OSError as error:
                raise BrokenVersion(
                    f"version {number}: {name} cannot be read: {error.strerror}", remedy=WAY_BACK
                ) from error
            if not same:
                raise BrokenVersion(f"version {number}: {name} was changed or damaged", remedy=WAY_BACK)
        return folder

    def sha256(self, number: int) -> str:
        """Of the version's manifest; empty for the shipped weights. Raises `BrokenVersion`."""
        if number == SHIPPED:
            return ""
        self.manifest(number)
        return _sha256(self.place(number) / MANIFEST)

    def versions(self) -> list[ListedVersion]:
        """The newest first; the shipped weights are not among them."""
        out: list[ListedVersion] = []
        for number in sorted(self._numbers(), reverse=True):
            try:
                out.append(ListedVersion(number, self.manifest(number)))
            except BrokenVersion as broken:
                out.append(ListedVersion(number, None, broken.detail))
        return out

    def signature(self) -> tuple[tuple[str, int, int, int], ...]:
        """What changes whenever the pointer or a file of any version does."""
        out = []
        for file in (self.folder / POINTER, *self.folder.glob("v[0-9]*/*")):
            with contextlib.suppress(OSError):
                stat = file.stat()
                out.append((str(file), stat.st_ino, stat.st_mtime_ns, stat.st_size))
        return tuple(sorted(out))

    # --- writing --------------------------------------------------------------------------------

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Alone at what is in force, until the process ends at the latest. Raises `RetrainingRuns`."""
        return self._alone(_LOCK)

    def training(self) -> contextlib.AbstractContextManager[None]:
        """Alone at making a version, for as long as that takes. Raises `RetrainingRuns`."""
        return self._alone(_TRAINING)

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RetrainingRuns(
                    remedy="wait until it has ended; songhua cases models shows it"
                ) from error
            yield
        finally:
            os.close(handle)

    def begin(self) -> Path:
        """An empty folder to make a version in; what a killed process left behind goes. Of who trains."""
        try:
            for left in self.folder.glob(f"{_MAKING}*"):
                shutil.rmtree(left)
            return Path(tempfile.mkdtemp(prefix=_MAKING, dir=self.folder))
        except OSError as error:
            raise self._unwritable(error) from error

    def give_up(self, making: Path) -> None:
        """Delete a version that was not completed."""
        shutil.rmtree(making, ignore_errors=True)

    def next_number(self) -> int:
        """One more than the highest number that is there."""
        return max(self._numbers(), default=SHIPPED) + 1

    def keep(self, making: Path, manifest: Manifest) -> None:
        """Make the version of it, whole and for good. Under the lock."""
        try:
            (making / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            for name in (*FILES, MANIFEST):
                (making / name).chmod(0o644)
                sync(making / name)
            making.chmod(0o755)
            sync(making)
            making.rename(self.place(manifest.number))
            sync(self.folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def point(self, pointer: Pointer) -> None:
        """Replace the pointer. Under the lock."""
        try:
            handle, name = tempfile.mkstemp(prefix=".pointer-", dir=self.folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as out:
                    out.write(pointer.model_dump_json(indent=1))
                    out.flush()
                    os.fsync(out.fileno())
                Path(name).chmod(0o644)
                Path(name).replace(self.folder / POINTER)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            sync(self.folder)
        except OSError as error:
            raise self._unwritable(error) from error

    def sweep(self, pointer: Pointer) -> list[int]:
        """Remove versions that no way back leads to, and half-written pointers. Under the lock.

        Gives their numbers. The newest stays, in force or not: a number is never given twice.
        """
        wanted = {pointer.version, *pointer.before, max(self._numbers(), default=SHIPPED)}
        gone = [number for number in self._numbers() if number not in wanted]
        for number in gone:
            shutil.rmtree(self.place(number), ignore_errors=True)
        for left in self.folder.glob(".pointer-*"):
            left.unlink(missing_ok=True)
        return sorted(gone)

    def _numbers(self) -> set[int]:
        found = (one.name[1:] for one in self.folder.glob("v[0-9]*") if one.is_dir())
        return {int(name) for name in found if name.isascii() and name.isdigit()}

    def _unwritable(self, error: OSError) -> FolderUnwritable:
        return FolderUnwritable(
            f"{self.folder}: {error.strerror}",
            remedy="cases.classifiers must be a folder that this user may write, with room on its disk",
        )


def files_of(folder: Path) -> Mapping[str, str]:
    """SHA-256 by name of the files of a version that is being made. Raises `OSError`."""
    return {name: _sha256(folder / name) for name in FILES}


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_MOST_TEXT).decode("utf-8", errors="replace")


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
