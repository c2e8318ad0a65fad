"""Puts an archive's database where none is."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, inspect, text
from sqlalchemy.engine import Connection

from core.storage import Storage, StorageAway, StorageSettings, create_engine
from gateway import database
from gateway.backup import archive, postgres
from gateway.backup.archive import ArchiveMember, Told
from gateway.backup.errors import RestoreRefused, ToolMissing
from gateway.backup.keys import BackupKey
from gateway.backup.landing import TEMPORARY, made_folders, own
from gateway.backup.manifest import DATABASE, BackupManifest


async def check_empty(settings: StorageSettings) -> None:
    """Raises `RestoreRefused` where the database has tables, `StorageAway` where it does not answer."""
    file = settings.file()
    if file is not None:
        if file.exists():
            raise RestoreRefused(
                f"the database {file} is there", remedy="move it away; nothing is overwritten"
            )
        return
    storage = Storage(create_engine(settings))
    try:
        async with storage.read() as connection:
            names = await connection.run_sync(_tables)
    finally:
        await storage.close()
    if names:
        raise RestoreRefused(
            f"the database {settings.url} has {len(names)} tables",
            remedy="make an empty one (createdb), and name it in [storage] url; nothing is overwritten",
        )


async def is_restored(settings: StorageSettings, manifest: BackupManifest) -> bool:
    """Whether this very database stands there already, all of it: it comes in one step."""
    file = settings.file()
    if file is not None and not file.exists():
        return False
    storage = Storage(create_engine(settings))
    try:
        if await database.current(storage) not in database.revisions():
            return False
        async with storage.read() as connection:
            last = text("SELECT seq, hash FROM cdr_chain ORDER BY seq DESC LIMIT 1")
            found = (await connection.execute(last)).one_or_none()
    finally:
        await storage.close()
    head = manifest.head
    return tuple(found) == (head.seq, head.hash) if found and head else not found and head is None


async def put(
    settings: StorageSettings,
    file: Path,
    key: BackupKey,
    manifest: BackupManifest,
    told: Told = lambda _: None,
) -> None:
    """Raises `RestoreRefused`, `ToolMissing`, `StorageAway` and `OSError`; then there is no database."""
    target = settings.file()
    if target is not None:
        await asyncio.to_thread(_put_sqlite, target, file, key, told)
        return
    storage = Storage(create_engine(settings))
    try:
        async with storage.read() as connection:
            version = int(str(await connection.scalar(text("SHOW server_version_num"))))
    finally:
        await storage.close()
    tool = await asyncio.to_thread(postgres.find, "pg_restore", version // 10_000)
    await asyncio.to_thread(_put_postgres, tool, settings.address(), file, key, told)
    if not await is_restored(settings, manifest):
        raise StorageAway("not what the archive says", remedy="see the server's log")


def _put_sqlite(target: Path, file: Path, key: BackupKey, told: Told) -> None:
    temporary = target.with_name(target.name + TEMPORARY)
    try:
        for one in _members(file, key, told):
            made_folders(target.parent, one.owner)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as stream:
                for block in one.blocks():
                    stream.write(block)
                own(stream.fileno(), one.owner, mask=0o660)
                stream.flush()
                os.fsync(stream.fileno())
        if target.exists():
            raise RestoreRefused(f"the database {target} is there", remedy="move it away")
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)


def _put_postgres(tool: Path, url: URL, file: Path, key: BackupKey, told: Told) -> None:
    argv: list[str | Path] = [tool, "--single-transaction", "--exit-on-error", "--no-owner"]
    argv += ["--no-privileges", *postgres.arguments(url)]
    with subprocess.Popen(  # noqa: S603  # our tool, our address
        argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=postgres.environment(url),
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stderr is not None
        try:
            for one in _members(file, key, told):
                for block in one.blocks():
                    running.stdin.write(block)
            running.stdin.close()
        except BrokenPipeError:
            pass  # it says why
        except BaseException:
            running.kill()
            raise
        said = running.stderr.read()
    if running.returncode != 0:
        raise ToolMissing(f"pg_restore failed: {postgres.last_line(said)}", remedy="see the server's log")


def _members(file: Path, key: BackupKey, told: Told) -> Iterator[ArchiveMember]:
    with file.open("rb") as stream:
        for one in archive.read(stream, key, told):
            if one.name.startswith(DATABASE):
                yield one


def _tables(connection: Connection) -> list[str]:
    return inspect(connection).get_table_names()
