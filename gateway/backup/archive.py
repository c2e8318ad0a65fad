"""What is inside an archive: a tar stream whose last member is the manifest.

`check` reads all of it; only what it returns is trusted. Members have names of our own making, regular files
alone; whatever else a stream holds is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, Final, Protocol, cast

from pydantic import ValidationError

from gateway.backup.errors import ArchiveRefused
from gateway.backup.keys import BackupKey
from gateway.backup.manifest import DATABASE, FILES, HEADS, MANIFEST, SETTINGS, BackedUpFile, BackupManifest
from gateway.backup.sealed import SealedReader, SealedWriter

BLOCK: Final = 1 << 20
LARGEST_MANIFEST: Final = 1 << 30
_PLACE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,200}")

Told = Callable[[int], None]
"""Is told of so many more bytes."""


class Reads(Protocol):
    """A stream that is read once."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file is on the machine that it came from, and its mode and time."""

    user: str = ""
    group: str = ""
    mode: int = 0o600
    written: float = 0.0


class ArchiveWriter:
    """Adds members; `close` adds the manifest."""

    def __init__(
        self, stream: BinaryIO, key: BackupKey, said: Mapping[str, Any], told: Told = lambda _: None
    ) -> None:
        self._sealed = SealedWriter(stream, key, said)
        self._tar = tarfile.open(  # noqa: SIM115  # closed by `close`
            mode="w|", fileobj=cast("IO[bytes]", self._sealed), format=tarfile.PAX_FORMAT, bufsize=BLOCK
        )
        self._told = told
        self.members: list[BackedUpFile] = []

    def add(self, name: str, source: IO[bytes], size: int, owner: Owner | None = None) -> None:
        """Exactly `size` bytes. Raises `OSError` where the source has fewer."""
        hashed = _Hashing(source, self._told)
        self._tar.addfile(_info(name, size, owner or Owner()), cast("IO[bytes]", hashed))
        self.members.append(BackedUpFile(name=name, size=size, sha256=hashed.digest()))

    def add_bytes(self, name: str, content: bytes, owner: Owner | None = None) -> None:
        self.add(name, io.BytesIO(content), len(content), owner)

    def close(self, manifest: BackupManifest) -> None:
        raw = manifest.model_dump_json(indent=1).encode()
        self._tar.addfile(_info(MANIFEST, len(raw), Owner()), io.BytesIO(raw))
        self._tar.close()
        self._sealed.close()


class ArchiveMember:
    """A member while it is read, once, in blocks."""

    def __init__(self, info: tarfile.TarInfo, stream: IO[bytes]) -> None:
        self.name = info.name
        self.size = info.size
        self.owner = Owner(info.uname, info.gname, info.mode, float(info.mtime))
        self._stream = stream
        self._hash = hashlib.sha256()
        self._read = 0

    def blocks(self) -> Iterator[bytes]:
        while block := self._stream.read(BLOCK):
            self._hash.update(block)
            self._read += len(block)
            yield block

    def member(self) -> BackedUpFile:
        """What it was. Raises `ArchiveRefused` where it was not whole."""
        for _ in self.blocks():
            pass
        if self._read != self.size:
            raise ArchiveRefused(f"{self.name} is cut off")
        return BackedUpFile(name=self.name, size=self.size, sha256=self._hash.hexdigest())


def read(stream: BinaryIO, key: BackupKey, told: Told = lambda _: None) -> Iterator[ArchiveMember]:
    """Every member in its order, the manifest too. Raises `ArchiveRefused` and `BackupKeyTrouble`, also while
    a member is read.
    """
    sealed = SealedReader(stream, key)
    yield from members(sealed, told)
    sealed.finish()


def members(tar: Reads, told: Told = lambda _: None) -> Iterator[ArchiveMember]:
    """Those of the stream inside. Raises `ArchiveRefused`, also while a member is read."""
    counted = _Counted(tar, told)
    try:
        with tarfile.open(mode="r|", fileobj=cast("IO[bytes]", counted), bufsize=BLOCK) as opened:
            for info in opened:
                if not info.isreg() or not is_ours(info.name):
                    raise ArchiveRefused("it holds what no backup of Songhua holds")
                inner = opened.extractfile(info)
                assert inner is not None
                yield ArchiveMember(info, inner)
    except (tarfile.TarError, EOFError, UnicodeError, ValueError) as error:
        raise ArchiveRefused(f"it cannot be read ({type(error).__name__})") from error


def check(stream: BinaryIO, key: BackupKey, told: Told = lambda _: None) -> BackupManifest:
    """The manifest of an archive in which everything is as the manifest says. Raises as `read`."""
    return checked(read(stream, key, told))


def checked(inside: Iterable[ArchiveMember]) -> BackupManifest:
    """The manifest, if it names what else is inside. Raises `ArchiveRefused`."""
    found: list[BackedUpFile] = []
    manifest: BackupManifest | None = None
    for one in inside:
        if manifest is not None:
            raise ArchiveRefused("something stands behind its manifest")
        if one.name == MANIFEST:
            manifest = _manifest(one)
        else:
            found.append(one.member())
    if manifest is None:
        raise ArchiveRefused("it has no manifest: it was not finished")
    if manifest.members != found:
        raise ArchiveRefused("its members are not those of its manifest")
    return manifest


def is_ours(name: str) -> bool:
    """Whether a member may be called so."""
    if name in {MANIFEST, HEADS, SETTINGS}:
        return True
    if name.startswith(DATABASE):
        return re.fullmatch(r"[a-z0-9]+", name.removeprefix(DATABASE)) is not None
    if not name.startswith(FILES) or "\0" in name:
        return False
    parts = name.removeprefix(FILES).split("/")
    return _PLACE.fullmatch(parts[0]) is not None and not any(part in {"", ".", ".."} for part in parts)


def place_of(name: str) -> tuple[str, PurePosixPath]:
    """The key of the place of a member, and its path below it; "." for the place itself."""
    key, _, below = name.removeprefix(FILES).partition("/")
    return key, PurePosixPath(below)


def _manifest(one: ArchiveMember) -> BackupManifest:
    if one.size > LARGEST_MANIFEST:
        raise ArchiveRefused("its manifest is too large")
    try:
        return BackupManifest.model_validate(json.loads(b"".join(one.blocks())))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ArchiveRefused("its manifest is of another version, or damaged") from error


def _info(name: str, size: int, owner: Owner) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, owner.mode, owner.written
    info.uname, info.gname = owner.user, owner.group
    return info


class _Hashing:
    def __init__(self, source: IO[bytes], told: Told) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self._told = told

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        self._told(len(data))
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()


class _Counted:
    def __init__(self, source: Reads, told: Told) -> None:
        self._source = source
        self._told = told

    def read(self, size: int) -> bytes:
        data = self._source.read(size)
        self._told(len(data))
        return data
