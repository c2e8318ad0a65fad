"""What a command says of an error that is no bug: one line of cause, one of remedy, and an exit code.

The database's packages are not imported for it: most commands need none, and their errors are known by name.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.errors import SonghuaError

FAILED, ABSENT = 1, 5
_STORAGE_AWAY: Final = "storage-away"
"""Its cause says more."""
_AWAY: Final = frozenset({_STORAGE_AWAY, "broker-away"})
_UPGRADE: Final = "run songhua db upgrade"
_ADDRESS: Final = "start it, or correct storage.url; songhua config check --online tries it"


@dataclass(frozen=True, slots=True)
class ExplainedFailure:
    cause: str
    remedy: str
    code: int = FAILED


def explained(error: BaseException) -> ExplainedFailure | None:
    """None for what nobody foresaw."""
    return next((known for one in _all(error) if (known := _one(one)) is not None), None)


def _all(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was made of: groups of tasks, drivers' errors."""
    seen: list[BaseException] = [error]
    for one in seen:
        yield one
        inner = list(one.exceptions) if isinstance(one, BaseExceptionGroup) else []
        inner += [
            cause for cause in (getattr(one, "orig", None), one.__cause__) if isinstance(cause, BaseException)
        ]
        seen += [cause for cause in inner if cause not in seen]


def _one(error: BaseException) -> ExplainedFailure | None:
    if isinstance(error, SonghuaError):
        below = error.__cause__ if error.kind == _STORAGE_AWAY else None
        if below is not None and (known := explained(below)) is not None:
            return known
        said = f"{error.title}: {error.detail}" if error.detail else error.title
        return ExplainedFailure(said, error.remedy, ABSENT if error.kind in _AWAY else FAILED)
    module = type(error).__module__.partition(".")[0]
    if module in {"sqlalchemy", "sqlite3", "asyncpg", "alembic"}:
        return _database(type(error).__name__, str(error).partition("\n")[0])
    if isinstance(error, socket.gaierror):
        return ExplainedFailure(
            f"a host name cannot be resolved: {error.strerror}",
            "correct the host in the settings, or DNS",
            ABSENT,
        )
    if isinstance(error, OSError):
        return _system(error)
    return None


_DATABASE: Final = (
    (
        "database or disk is full|disk i/o error|DiskFull|no space left",
        "the disk of the database is full, or cannot be written",
        "make room (df -h); what was recorded so far is there",
    ),
    (
        "readonly database|read-only",
        "the database cannot be written",
        "let this user write its file and folder, or run the command as the service's user",
    ),
    (
        "unable to open database file",
        "the database's file cannot be opened",
        "make its folder, and let this user write there: storage.url",
    ),
    (
        "database is locked",
        "the database is locked by another process",
        "wait, and run the command again",
    ),
    (
        "not a database|malformed",
        "the database's file is damaged, or none of SQLite's",
        "name the right file in storage.url, or restore a backup",
    ),
    (
        "no such table|no such column|UndefinedTable|UndefinedColumn",
        "the database's schema does not match this version",
        _UPGRADE,
    ),
    (
        r"InvalidCatalogName|database \S+ does not exist",
        "PostgreSQL has no such database",
        "make it: createdb -O songhua songhua; or correct storage.url",
    ),
    (
        "InvalidPassword|InvalidAuthorization|password authentication|no password",
        "PostgreSQL refuses user or password",
        "correct storage.url and storage.password_file",
    ),
    (
        "InsufficientPrivilege|permission denied",
        "the database's user may not do that",
        "let it own the database: ALTER DATABASE … OWNER TO …",
    ),
    (
        "CannotConnectNow|TooManyConnections|ConnectionDoesNotExist|connection was closed|Shutdown",
        "PostgreSQL takes no connection now",
        _ADDRESS,
    ),
    (
        "Can't locate revision",
        "the database was written by a newer version of Songhua",
        "install that version, or restore the backup from before its upgrade",
    ),
    (
        "Could not parse|NoSuchModule|Can't load plugin",
        "storage.url is no address of a database",
        "postgresql+asyncpg://USER@HOST/NAME or sqlite+aiosqlite:////FOLDER/FILE",
    ),
)
"""By what the drivers say, each with cause and remedy."""


def _database(name: str, said: str) -> ExplainedFailure | None:
    for pattern, cause, remedy in _DATABASE:
        if re.search(pattern, f"{name} {said}", re.IGNORECASE):
            return ExplainedFailure(cause, remedy, ABSENT)
    return None


def _system(error: OSError) -> ExplainedFailure:
    file = str(error.filename or "")
    number = error.errno
    said = (error.strerror or str(error) or type(error).__name__).rstrip(".")
    if number in {errno.ENOSPC, errno.EDQUOT}:
        return ExplainedFailure(f"{file or 'a disk'}: no space left", "make room (df -h), then again", ABSENT)
    if number in {errno.EACCES, errno.EPERM, errno.EROFS}:
        remedy = "run it as the service's user, or let this user in: songhua config check names the files"
        return ExplainedFailure(f"{file or 'a file or port'}: {said}", remedy, ABSENT)
    if number == errno.EADDRINUSE:
        remedy = "end what listens there (ss -lntup), or choose another port: songhua ports lists ours"
        return ExplainedFailure(f"a port is in use: {said}", remedy, ABSENT)
    if number == errno.EADDRNOTAVAIL:
        return ExplainedFailure(
            f"this machine does not have that address: {said}",
            "correct the host in the settings (ip addr)",
            ABSENT,
        )
    if isinstance(error, ConnectionError | TimeoutError) or "connect" in said.casefold():
        remedy = (
            "start what should listen there, or correct its address; songhua config check --online tries all"
        )
        return ExplainedFailure(f"no connection: {said}", remedy, ABSENT)
    where = f"{file}: " if file else ""
    return ExplainedFailure(f"{where}{said}", "songhua config check names files that are missing", ABSENT)
