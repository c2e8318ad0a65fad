"""Makes a backup: files, then the database, then the files that came or changed meanwhile, then the heads of
the chain up to the database's last entry.

In this order the database knows of no file that is not there, and the heads of no entry that it lacks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata as packages
from pathlib import Path
from typing import Any

from cdr.chain.heads import read_head
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.backup.archive import ArchiveWriter, Told
from gateway.backup.errors import BackupFailed
from gateway.backup.keys import BackupKey
from gateway.backup.listing import SUFFIX, listed
from gateway.backup.manifest import HEADS, SETTINGS, BackupManifest, LedgerHead, now
from gateway.backup.naming import alone, finish, named_faults, part_of
from gateway.backup.places import Fate, included, named, places, written_in_the_settings
from gateway.backup.snapshot import taken
from gateway.backup.storing import FilesOfPlaces, owner_of
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A file that was read back and found whole; `removed` are older ones, beyond those that are kept."""

    file: Path
    manifest: BackupManifest
    removed: tuple[Path, ...] = ()


async def make(
    settings: Settings,
    config: Path | None,
    folder: Path,
    key: BackupKey,
    *,
    keep: int | None = None,
    told: Told = lambda _: None,
) -> MadeBackup:
    """A new backup in `folder`; with `keep`, all but so many newest go once it is there. Raises
    `BackupFailed`, `ToolMissing` and `StorageAway`.
    """
    begun = now()
    with named_faults(folder), alone(folder):
        revision = await _revision(settings.storage)
        said = {
            **_said("backup", begun), "tenant": settings.tenant, "schema": revision,
            "database": settings.storage.kind(),
        }  # fmt: skip
        target = _free_name(folder, settings.tenant, begun)
        with part_of(target) as (stream, part):
            writer = ArchiveWriter(stream, key, said, told)
            manifest = await _write(writer, settings, config, begun)
            await asyncio.to_thread(finish, stream, part, key, target, manifest)
        removed = _prune(folder, keep) if keep is not None else ()
    return MadeBackup(target, manifest, removed)


async def make_keys(settings: Settings, target: Path, key: BackupKey) -> MadeBackup:
    """The archive of keys and secrets, in a file that is not there yet. Raises `BackupFailed`."""
    begun = now()
    with named_faults(target.parent), part_of(target) as (stream, part):
        writer = ArchiveWriter(stream, key, {**_said("keys", begun), "tenant": settings.tenant})
        stored = FilesOfPlaces(writer, ())
        await asyncio.to_thread(stored.add, places(settings, Fate.KEY))
        manifest = BackupManifest(
            kind="keys", version=version(), begun=begun, ended=now(), places=_paths(settings),
            members=writer.members, notes=stored.notes,
        )  # fmt: skip
        writer.close(manifest)
        await asyncio.to_thread(finish, stream, part, key, target, manifest)
    return MadeBackup(target, manifest)


def version() -> str:
    """The version of the program."""
    try:
        return packages.version("songhua")
    except packages.PackageNotFoundError:
        return "unknown"


async def _write(
    writer: ArchiveWriter, settings: Settings, config: Path | None, begun: datetime
) -> BackupManifest:
    kept = [*places(settings, Fate.KEPT), *(included(config) if config is not None else ())]
    stored = FilesOfPlaces(writer, _never(settings))
    # The second round is short: little is then between the files and the database.
    await asyncio.to_thread(stored.add, kept)
    await asyncio.to_thread(stored.add, kept)
    async with taken(settings.storage) as snapshot:
        await asyncio.to_thread(snapshot.write, stored.add_part)
    await asyncio.to_thread(stored.add, kept)
    if snapshot.head is not None:
        await asyncio.to_thread(_add_heads, writer, settings.cdr.heads_file, snapshot.head)
    if config is not None:
        await asyncio.to_thread(_add_settings, writer, config)
    notes = [
        *stored.notes,
        *(f"{place}: this secret stands in the settings file" for place in written_in_the_settings(settings)),
    ]
    manifest = BackupManifest(
        kind="backup", version=version(), schema_revision=snapshot.revision, database=snapshot.kind,
        head=snapshot.head, begun=begun, ended=now(),
        places=_paths(settings), members=writer.members, notes=notes,
    )  # fmt: skip
    writer.close(manifest)
    return manifest


def _never(settings: Settings) -> tuple[Path, ...]:
    """What stands in no backup although it may lie in one of its folders."""
    secret = [one.path for one in places(settings, Fate.KEY)]
    file = settings.storage.file()
    own = [] if file is None else [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    also = [settings.backup.folder, settings.backup.key_file, settings.speech.spool]
    return tuple(one.absolute() for one in (*secret, *own, *also) if one is not None)


def _add_settings(writer: ArchiveWriter, config: Path) -> None:
    writer.add_bytes(SETTINGS, config.read_bytes(), owner_of(config.stat()))


def _add_heads(writer: ArchiveWriter, file: Path, last: LedgerHead) -> None:
    """The heads up to the database's last entry; later ones speak of entries that it has not."""
    try:
        lines = file.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return
    heads = ((line, read_head(line)) for line in lines)
    kept = b"".join(line for line, head in heads if head is None or head.seq <= last.seq)
    writer.add_bytes(HEADS, kept, owner_of(file.stat()))


def _paths(settings: Settings) -> dict[str, str]:
    return {
        **{key: str(path) for key, path in named(settings).items()},
        "cdr.heads_file": str(settings.cdr.heads_file.absolute()),
        "storage.url": settings.storage.url,
    }


def _said(kind: str, begun: datetime) -> Mapping[str, Any]:
    return {"kind": kind, "version": version(), "begun": begun.isoformat()}


async def _revision(settings: StorageSettings) -> str | None:
    file = settings.file()
    if file is not None and not await asyncio.to_thread(file.is_file):  # to open it would make an empty one
        raise BackupFailed(
            f"the database {file} is not there", remedy="see [storage] url; songhua db upgrade"
        )
    storage = Storage(create_engine(settings))
    try:
        return await database.current(storage)
    finally:
        await storage.close()


def _free_name(folder: Path, tenant: str, begun: datetime) -> Path:
    stem = f"{tenant}-{begun:%Y%m%dT%H%M%SZ}"
    names = (f"{stem}{more}{SUFFIX}" for more in ("", *(f"-{number}" for number in range(1, 1_000))))
    return next(folder / name for name in names if not (folder / name).exists())


def _prune(folder: Path, keep: int) -> tuple[Path, ...]:
    gone = tuple(one.file for one in listed(folder)[keep:])
    for file in gone:
        file.unlink()
    return gone
