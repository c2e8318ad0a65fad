"""One consistent moment of the database, taken while others write."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Storage, StorageSettings, create_engine
from gateway.backup import postgres
from gateway.backup.errors import BackupFailed
from gateway.backup.manifest import DATABASE, DatabaseKind, LedgerHead

PART: Final = 16 << 20
"""Bytes of a member with a part of PostgreSQL's dump."""
SPARE: Final = 64 << 20
_COPY: Final = ".backup-copy-"


class Adds(Protocol):
    """Puts a member into the archive."""

    def __call__(self, name: str, part: bytes | Path) -> None: ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`write` puts the database into the archive. It blocks, and is valid inside `taken` alone."""

    kind: DatabaseKind
    revision: str | None
    head: LedgerHead | None
    write: Callable[[Adds], None]


@asynccontextmanager
async def taken(settings: StorageSettings) -> AsyncIterator[Snapshot]:
    """Raises `BackupFailed`, `ToolMissing` and `StorageAway`."""
    file = settings.file()
    if file is not None:
        with closing(await asyncio.to_thread(_SqliteCopy, file)) as copy:
            yield await asyncio.to_thread(copy.snapshot)
        return
    storage = Storage(create_engine(settings))
    try:
        async with _of_postgres(storage, settings) as snapshot:
            yield snapshot
    finally:
        await storage.close()


class _SqliteCopy:
    """A copy beside the database, where the same people may read. Its lock says that somebody works on it: a
    copy without one was left by a process that was killed, and goes.
    """

    def __init__(self, file: Path) -> None:
        for left in file.parent.glob(f"{file.name}{_COPY}*"):
            _remove_if_left(left)
        needed = file.stat().st_size
        free = shutil.disk_usage(file.parent).free
        if free < needed + SPARE:
            raise BackupFailed(
                f"{file.parent} has {free >> 20} MB free, and a copy of the database needs {needed >> 20}",
                remedy="make room there",
            )
        self._path = file.with_name(f"{file.name}{_COPY}{os.getpid()}")
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            _same_owner(self._handle, file)
            self._take(file)
        except BaseException:
            self.close()
            raise

    def _take(self, file: Path) -> None:
        """In one step: it reads one moment of the write-ahead log, and who writes does not wait."""
        try:
            with (
                closing(sqlite3.connect(f"file:{_quoted(file)}?mode=ro", uri=True, timeout=10)) as source,
                closing(sqlite3.connect(self._path)) as target,
            ):
                source.backup(target)
                # One file without a log: whoever opens it with the service's engine has a log again.
                target.execute("PRAGMA journal_mode=DELETE")
                broken = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            raise BackupFailed(f"{file} cannot be copied: {error}", remedy="see its disk") from error
        if broken != "ok":
            raise BackupFailed(
                f"{file} is damaged: {broken}", remedy="restore the last backup: songhua backup list"
            )

    def snapshot(self) -> Snapshot:
        with closing(sqlite3.connect(f"file:{_quoted(self._path)}?mode=ro", uri=True)) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            revision = _one(connection, names, "alembic_version", "SELECT version_num FROM alembic_version")
            last = _one(
                connection, names, "cdr_chain", "SELECT seq, hash FROM cdr_chain ORDER BY seq DESC LIMIT 1"
            )
        head = LedgerHead(seq=last[0], hash=last[1]) if last else None
        return Snapshot("sqlite", revision[0] if revision else None, head, self._write)

    def _write(self, adds: Adds) -> None:
        adds(f"{DATABASE}sqlite", self._path)

    def close(self) -> None:
        for end in ("", "-journal", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        os.close(self._handle)


@asynccontextmanager
async def _of_postgres(storage: Storage, settings: StorageSettings) -> AsyncIterator[Snapshot]:
    """A transaction stays open for as long as the dump of its snapshot takes; it locks no rows."""
    async with storage.read() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ")
        try:
            version = await connection.scalar(text("SHOW server_version_num"))
            tool = await asyncio.to_thread(postgres.find, "pg_dump", int(version) // 10_000)
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            name = str(await connection.scalar(text("SELECT pg_export_snapshot()")))
            revision = await _scalar(connection, "alembic_version", "SELECT version_num FROM alembic_version")
            seq = await _scalar(connection, "cdr_chain", "SELECT max(seq) FROM cdr_chain")
            found = (
                await connection.scalar(text("SELECT hash FROM cdr_chain WHERE seq = :seq"), {"seq": seq})
                if seq
                else None
            )
        except DBAPIError as error:
            raise BackupFailed(f"no snapshot: {type(error.orig).__name__}", remedy="see its log") from error
        head = LedgerHead(seq=seq, hash=found) if seq else None

        def write(adds: Adds) -> None:
            parts: Iterator[bytes] = postgres.dumped(tool, settings.address(), name, PART)
            for number, part in enumerate(parts, 1):
                adds(f"{DATABASE}postgresql{number:06}", part)

        yield Snapshot("postgresql", revision, head, write)


async def _scalar(connection: AsyncConnection, table: str, query: str) -> Any:
    if await connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
        return None
    return await connection.scalar(text(query))


def _one(connection: sqlite3.Connection, names: set[str], table: str, query: str) -> tuple[str, str] | None:
    return connection.execute(query).fetchone() if table in names else None


def _quoted(file: Path) -> str:
    return quote(str(file))


def _same_owner(handle: int, file: Path) -> None:
    """A backup that root makes says whose the database is, all the same."""
    seen = file.stat()
    if os.geteuid() == 0:
        os.fchown(handle, seen.st_uid, seen.st_gid)


def _remove_if_left(left: Path) -> None:
    try:
        handle = os.open(left, os.O_RDWR)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink()
    except OSError:
        return
    finally:
        os.close(handle)
