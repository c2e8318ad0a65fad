"""Checks the files that each role reads and writes on this machine, and their permissions. Blocking."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from cdr.settings import CdrSettings
from gateway.machine_user import machine_user
from gateway.settings import RoleName, Settings

Need = Literal["read", "write"]
_OTHERS: Final = 0o007


@dataclass(frozen=True, slots=True)
class NeededPath:
    """A file or folder and what it is for. A folder to `write` in need not be there: then it is made."""

    path: Path
    need: Need
    what: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class PathTrouble:
    """Why a place cannot be used; `remedy` says what to do. `unseen`: this user may not even look there."""

    place: NeededPath
    why: str
    remedy: str
    unseen: bool = False

    def __str__(self) -> str:
        return f"{self.place.what}: {self.place.path}: {self.why}; {self.remedy}"


def places(settings: Settings, role: RoleName) -> list[NeededPath]:
    """What this role needs, as the settings say."""
    if role == "speech":
        return [NeededPath(settings.speech.spool.absolute().parent, "write", "spool of transcripts")]
    found = [NeededPath(one.parent, "write", "database") for one in database_files(settings)[:1]]
    found.append(NeededPath(settings.cdr.sealing_key, "read", "seal key of the chain", optional=True))
    if role == "radio":
        return [*found, NeededPath(settings.field.photos.absolute(), "write", "photos of crews")]
    if settings.web.tls is not None:
        found += [
            NeededPath(settings.web.tls.certificate, "read", "certificate"),
            NeededPath(settings.web.tls.key_file("web.tls.key"), "read", "key of the certificate"),
        ]
    ledger = _ledger(settings)
    found += [
        NeededPath(ledger.key_file, "read", "key of the chain", optional=True),
        NeededPath(ledger.heads_file.absolute().parent, "write", "signed heads"),
        NeededPath(settings.ivr.uploads.absolute(), "write", "uploaded prompts and flows"),
    ]
    if ledger.cel_file is not None:
        found.append(NeededPath(ledger.cel_file.parent, "read", "Asterisk's CEL file"))
        found.append(NeededPath(ledger.cel_file, "read", "Asterisk's CEL file", optional=True))
    if ledger.recordings is not None:
        found += [NeededPath(one, "write", "recordings") for one in _recordings(ledger.recordings)]
        found.append(NeededPath(ledger.recordings_key_file, "read", "key of the recordings", optional=True))
    return found


def find(wanted: Iterable[NeededPath]) -> list[PathTrouble]:
    """The files that this process cannot use as it must."""
    return [trouble for place in wanted if (trouble := _try(place)) is not None]


def database_files(settings: Settings) -> list[Path]:
    """The database files of SQLite with their journals; none for PostgreSQL."""
    file = settings.storage.file()
    return (
        [] if file is None else [file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")]
    )


def open_to_all(settings: Settings, config: Path | None) -> Iterator[Path]:
    """Files and folders of ours that are there and that everybody on the machine may use."""
    ledger = _ledger(settings)
    folders = [settings.field.photos]
    if ledger.recordings is not None:
        folders.append(ledger.recordings)
    keys = [ledger.key_file, ledger.sealing_key, ledger.recordings_key_file]
    files = [*database_files(settings), *keys, ledger.heads_file, settings.speech.spool]
    if config is not None:
        files.append(config)
    files += [tls.key_file(f"{place}.key") for place, tls in settings.certificates()]
    for path in (*files, *folders):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & _OTHERS:
            yield path


def _ledger(settings: Settings) -> CdrSettings:
    # Imported here: the role radio loads nothing of the other rooms.
    from gateway.wiring.ledger_settings import cdr_settings  # noqa: PLC0415

    return cdr_settings(settings)


def _recordings(root: Path) -> list[Path]:
    """The folder, and the newest of its folders of days: Asterisk makes these, with rights of its own."""
    try:
        days = sorted(one for one in root.iterdir() if one.is_dir())
    except OSError:
        days = []
    return [root, *days[-1:]]


def _try(place: NeededPath) -> PathTrouble | None:
    path = place.path
    try:
        path.stat()
    except FileNotFoundError:
        return None if place.optional else _missing(place)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return PathTrouble(place, why, _remedy(place, path), unseen=isinstance(error, PermissionError))
    inner = os.X_OK if path.is_dir() else 0
    wanted = inner | (os.R_OK | os.W_OK if place.need == "write" else os.R_OK)
    if os.access(path, wanted):
        return None
    return PathTrouble(place, _why(place, path), _remedy(place, path))


def _exists(path: Path) -> bool:
    """One below a folder that may not be entered counts as there: nothing is made in it."""
    try:
        return path.exists()
    except PermissionError:
        return True


def _missing(place: NeededPath) -> PathTrouble | None:
    above = next(one for one in place.path.absolute().parents if _exists(one))
    if place.need == "write" and os.access(above, os.W_OK | os.X_OK):
        return None
    return PathTrouble(
        place, "it is not there", f"make it: install -d -o {machine_user()} -m 2770 {place.path}"
    )


def _why(place: NeededPath, path: Path) -> str:
    if place.need == "write" and _read_only(path):
        return "it is read-only for this process"
    return f"the user {machine_user()} may not {place.need} there"


def _read_only(path: Path) -> bool:
    """Of a place that is not there, or that may not be looked at, nobody can say so."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _remedy(place: NeededPath, path: Path) -> str:
    if place.need == "write" and _read_only(path):
        return f"under systemd: ReadWritePaths={path} (systemctl edit songhua); else mount it for writing"
    rights = "rwx" if place.need == "write" else "rx"
    return f"let the user's group: chgrp asterisk {path} && chmod g+{rights} {path} (docs/secrets.md)"
