"""Copies a model from a zip or folder into the models folder and writes nothing else.

Archives are untrusted: names that lead out of the folder, links, encrypted entries
and more bytes than were announced are refused.
"""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from speech.errors import ModelUnfit

MOST_BYTES: Final = 16 << 30
"""The largest Mandarin model for Vosk unpacks to about 2 GB."""
MOST_FILES: Final = 20_000
SPARE: Final = 256 << 20
"""Bytes that stay free on the disk."""
_CHUNK: Final = 1 << 20
_TORN: Final = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error,
    NotImplementedError, EOFError, ValueError, LookupError, OverflowError,
)  # fmt: skip
"""What zipfile raises for bytes that are no archive; nothing of it says more than that."""
_BAD: Final = frozenset('\\:*?"<>|\0')


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    most_bytes: int = MOST_BYTES
    most_files: int = MOST_FILES


def bring(source: Path, target: Path, bounds: ArchiveLimits | None = None) -> None:
    """Copy the model at `source` into the empty folder `target`; one folder around it is left out.

    Raises `ModelUnfit`; `target` is then whatever it is, and to be thrown away.
    """
    limits = bounds or ArchiveLimits()
    try:
        if source.is_dir():
            _from_folder(source, target, limits)
        elif source.is_file():
            _from_zip(source, target, limits)
        else:
            raise ModelUnfit(f"there is no {source}", remedy="give the folder or the zip of a model")
    except OSError as error:
        raise ModelUnfit(
            f"it cannot be copied: {error.strerror or error}",
            remedy="check the disk's space and who may read and write there",
        ) from error


def _from_folder(source: Path, target: Path, limits: ArchiveLimits) -> None:
    files = []
    for path in sorted(source.rglob("*")):
        if path.is_symlink():
            raise ModelUnfit(
                f"{path.name} is a link", remedy="give a copy without links (cp -rL FOLDER COPY)"
            )
        if path.is_dir():
            continue
        if not path.is_file():
            raise ModelUnfit(f"{path.name} is not a regular file", remedy="give a folder with files only")
        files.append(path)
        _check_count(len(files), limits)
    _check_size(sum(path.stat().st_size for path in files), target, limits)
    for path in files:
        with path.open("rb") as file:
            _copy(file, target / path.relative_to(source), limits.most_bytes)


def _from_zip(source: Path, target: Path, limits: ArchiveLimits) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = list(_entries(archive, limits))
            _check_size(sum(entry.file_size for entry, _ in entries), target, limits)
            shared = _around([name for _, name in entries])
            left = limits.most_bytes
            for entry, name in entries:
                with archive.open(entry) as file:
                    # The size in the directory is only what the archive says.
                    left -= _copy(file, target / name.relative_to(shared), min(left, entry.file_size))
    except _TORN as error:
        raise ModelUnfit(f"{source.name} is not a complete zip file", remedy="download it again") from error
    except RuntimeError as error:  # what zipfile raises for an encrypted entry
        raise ModelUnfit(f"{source.name} is encrypted", remedy="unpack it yourself") from error


def _entries(
    archive: zipfile.ZipFile, limits: ArchiveLimits
) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    seen: set[str] = set()
    for entry in archive.infolist():
        name = PurePosixPath(entry.filename)
        if (
            name.is_absolute()
            or ".." in name.parts
            or _BAD & set(entry.filename)
            or stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}
        ):
            raise ModelUnfit(
                "an entry leads out of its folder, or is a link", remedy="do not trust this file"
            )
        if entry.is_dir():
            continue
        folded = str(name).casefold()
        if not name.parts or folded in seen:
            raise ModelUnfit("two entries have one name", remedy="do not trust this file")
        seen.add(folded)
        _check_count(len(seen), limits)
        yield entry, name


def _around(names: list[PurePosixPath]) -> PurePosixPath:
    """The one folder in which everything lies, if there is one."""
    tops = {name.parts[0] for name in names}
    alone = len(tops) == 1 and all(len(name.parts) > 1 for name in names)
    return PurePosixPath(tops.pop()) if alone else PurePosixPath()


def _copy(file: IO[bytes], to: Path, most: int) -> int:
    to.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with to.open("xb") as copy:
        while chunk := file.read(_CHUNK):
            written += len(chunk)
            if written > most:
                raise ModelUnfit("it is larger than it says", remedy="do not trust this file")
            copy.write(chunk)
    return written


def _check_count(files: int, limits: ArchiveLimits) -> None:
    if files > limits.most_files:
        raise ModelUnfit(
            f"it has more than {limits.most_files} files", remedy="give a model, and nothing else"
        )


def _check_size(size: int, target: Path, limits: ArchiveLimits) -> None:
    if size > limits.most_bytes:
        raise ModelUnfit(
            f"it has {size / 1e9:.1f} GB, and a model may have {limits.most_bytes / 1e9:.0f}",
            remedy="give a model, and nothing else",
        )
    free = shutil.disk_usage(target).free
    if size + SPARE > free:
        raise ModelUnfit(
            f"it needs {size / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free",
            remedy="free disk space, or set speech.models to a folder on another disk",
        )
