"""Restores an archive where nothing is yet. All of it is read before anything is written; the database comes
last, so that nothing half-restored can be taken for whole.

A file beside the settings says that a restore is under way. Who was interrupted goes on with the same
archive: what stands there and is right stays.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cdr import audit as ledger
from cdr.chain.keys import public_path
from cdr.chain.verify import ChainReport
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.backup import archive
from gateway.backup.archive import Told, place_of
from gateway.backup.databases import check_empty, is_restored, put
from gateway.backup.errors import ArchiveRefused, RestoreRefused
from gateway.backup.keys import BackupKey
from gateway.backup.landing import Landing, land
from gateway.backup.manifest import FILES, HEADS, SETTINGS, BackupManifest
from gateway.backup.places import included, named
from gateway.backup.sealed import read_header
from gateway.settings import BadSettings, Settings

MARKER: Final = ".restore-under-way"
_GO_ON: Final = "run it again with --go-on"


@dataclass
class Restored:
    """`ledger` is None where it could not be verified; `notes` say why, and what else to look after."""

    manifest: BackupManifest
    files: int = 0
    ledger: ChainReport | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """`into` is the settings file that says where the pieces belong; where there is none, the archive's is
    written there. `keys` is the archive of the keys.
    """

    file: Path
    into: Path
    key: BackupKey
    keys: Path | None = None
    go_on: bool = False


async def restore(order: RestoreOrder, told: Told = lambda _: None) -> Restored:
    """Raises `ArchiveRefused`, `BackupKeyTrouble` and `RestoreRefused` before anything is written, unless the
    disk or the database fails.
    """
    manifest = await asyncio.to_thread(examined, order.file, order.key, told)
    keys = None if order.keys is None else await asyncio.to_thread(_examined_keys, order.keys, order.key)
    with _refusing_faults():
        work = _Restore(order, manifest, keys, told)
        await work.check()
        await work.write()
    return work.restored


def examined(file: Path, key: BackupKey, told: Told = lambda _: None) -> BackupManifest:
    """The manifest of a whole backup that this version can restore. Raises `ArchiveRefused` and
    `BackupKeyTrouble`.
    """
    manifest = read_whole(file, key, told)
    if manifest.kind != "backup":
        raise ArchiveRefused(f"{file} holds keys and no backup", remedy="name it by --keys")
    if manifest.schema_revision is None or manifest.database is None:
        raise ArchiveRefused(f"{file} holds no database of Songhua")
    if manifest.schema_revision not in database.revisions():
        raise ArchiveRefused(
            f"its database has the schema {manifest.schema_revision}, which this version does not know",
            remedy=f"install version {manifest.version} or a later one",
        )
    return manifest


def read_whole(file: Path, key: BackupKey, told: Told = lambda _: None) -> BackupManifest:
    """The manifest of any archive of ours, read to its end. Raises as `examined`."""
    try:
        with file.open("rb") as stream:
            return archive.check(stream, key, told)
    except OSError as error:
        raise ArchiveRefused(f"{file}: {error.strerror}", remedy="see songhua backup list") from error


def _examined_keys(file: Path, key: BackupKey) -> BackupManifest:
    manifest = read_whole(file, key)
    if manifest.kind != "keys":
        raise ArchiveRefused(f"{file} is no archive of keys", remedy="see songhua backup --with-keys")
    return manifest


class _Restore:
    def __init__(
        self, order: RestoreOrder, manifest: BackupManifest, keys: BackupManifest | None, told: Told
    ) -> None:
        self._order = order
        self._manifest = manifest
        self._keys = keys
        self._told = told
        self._marker = order.into.with_name(order.into.name + MARKER)
        self._marked = _marked(self._marker)
        self._given = self._own_settings()
        self._places = (
            {key: Path(path) for key, path in manifest.places.items() if not key.startswith("storage.")}
            if self._given is None
            else {**named(self._given), "cdr.heads_file": self._given.cdr.heads_file.absolute()}
        )
        if self._given is None:
            self._places |= _included(order.into)
        if keys is not None and self._given is None:
            self._places |= {key: Path(path) for key, path in keys.places.items() if key != "storage.url"}
        self._stays = self._own_secrets()
        self._goes_on = False
        self.restored = Restored(manifest)

    async def check(self) -> None:
        """Raises `RestoreRefused` where anything stands in the way. Writes nothing."""
        salt = await asyncio.to_thread(_salt, self._order.file)
        self._goes_on = await asyncio.to_thread(self._is_going_on, salt)
        if self._given is None and not self._has_settings():
            raise RestoreRefused(
                f"{self._order.into} is not there, and the archive holds no settings",
                remedy="make one: songhua config init",
            )
        storage = self._storage()
        kind = storage.kind()
        if kind != self._manifest.database:
            raise RestoreRefused(
                f"the backup is of {self._manifest.database}, and {self._order.into} names {kind}",
                remedy="restore to the same kind; songhua db copy brings SQLite to PostgreSQL",
            )
        if not self._goes_on:
            await asyncio.to_thread(self._check_free)
            if kind == "sqlite" or self._given is not None:
                await check_empty(storage)
        self._salt = salt

    async def write(self) -> None:
        order, restored = self._order, self.restored
        await asyncio.to_thread(self._begin)
        landing = Landing(self._places, self._stays)
        if order.keys is not None and self._keys is not None:
            await asyncio.to_thread(
                land, order.keys, order.key, self._keys, landing, others=True, told=self._told
            )
        await asyncio.to_thread(self._put_settings)
        settings = self._loaded()
        await asyncio.to_thread(
            land, order.file, order.key, self._manifest, landing, others=False, told=self._told
        )
        restored.files = landing.files
        restored.notes += landing.notes
        if not (self._goes_on and await is_restored(settings.storage, self._manifest)):
            await check_empty(settings.storage)
            await put(settings.storage, order.file, order.key, self._manifest, self._told)
        await database.upgrade(settings.storage)
        restored.ledger = await verified(settings, restored.notes)
        await asyncio.to_thread(os.sync)
        await asyncio.to_thread(self._marker.unlink)

    def _is_going_on(self, salt: str) -> bool:
        seen = self._marked
        if seen is None:
            return False
        stands = "; ".join(self._standing()) or "nothing yet"
        if seen.get("salt") != salt:
            raise RestoreRefused(
                f"a restore of another archive ({seen.get('file', 'unknown')}) was interrupted; "
                f"there are: {stands}",
                remedy=f"go on with that one, or move these away, and {self._marker}",
            )
        if not self._order.go_on:
            raise RestoreRefused(
                f"a restore of this archive was interrupted; there are: {stands}",
                remedy=f"{_GO_ON}; or move these away, and {self._marker}",
            )
        return True

    def _standing(self) -> Iterator[str]:
        """What is there of the places that the archives have."""
        for key in sorted(self._used()):
            path = self._places[key]
            if path.is_dir():
                count = sum(len(files) for _, _, files in os.walk(path))
                if count:
                    yield f"{path} ({count} files)"
            elif path.exists():
                yield str(path)
        if self._order.into.exists():
            yield str(self._order.into)
        file = self._storage().file()
        if file is not None and file.exists():
            yield str(file)

    def _check_free(self) -> None:
        file = self._storage().file()
        found = [
            *(self._places[key] for key in sorted(self._used()) if _holds_anything(self._places[key])),
            *([file] if file is not None and file.exists() else []),
        ]
        if found:
            raise RestoreRefused(
                f"something stands there already: {', '.join(map(str, found))}",
                remedy="restore on an empty machine, or move these away; nothing is overwritten",
            )

    def _used(self) -> set[str]:
        names = [
            one.name for manifest in (self._manifest, self._keys) if manifest for one in manifest.members
        ]
        keys = {place_of(name)[0] for name in names if name.startswith(FILES)}
        if HEADS in names:
            keys.add("cdr.heads_file")
        return (keys & self._places.keys()) - self._stays

    def _own_settings(self) -> Settings | None:
        """The settings of this machine; None where they are the archive's, also when it put them there."""
        into = self._order.into
        put = self._marked is not None and not self._marked.get("own_settings", True)
        if put or not into.is_file():
            return None
        try:
            return Settings.load(into)
        except BadSettings as bad:
            raise RestoreRefused(
                f"{into}: {bad}", remedy="mend it: songhua config check; or move it away"
            ) from bad

    def _own_secrets(self) -> frozenset[str]:
        """Secrets and certificates of a machine that was set up by itself: those of the ledger and of second
        factors belong to the database.
        """
        if self._given is None or self._keys is None:
            return frozenset()
        return frozenset(
            key
            for key in self._keys.places
            if not key.startswith(("cdr.", "identity."))
            and key in self._places
            and _holds_anything(self._places[key])
        )

    def _has_settings(self) -> bool:
        return any(one.name == SETTINGS for one in self._manifest.members)

    def _storage(self) -> StorageSettings:
        if self._given is not None:
            return self._given.storage
        return StorageSettings(url=self._manifest.places["storage.url"])

    def _begin(self) -> None:
        self._marker.parent.mkdir(parents=True, exist_ok=True, mode=0o751)
        if self._goes_on:
            return
        told = {"file": str(self._order.file), "salt": self._salt, "own_settings": self._given is not None}
        self._marker.write_text(json.dumps(told), encoding="utf-8")

    def _put_settings(self) -> None:
        into = self._order.into
        if self._given is None:
            self._places[SETTINGS] = into.absolute()
        elif self._has_settings():
            self.restored.notes.append(f"{into} was there and stays; the archive's settings were not used")
        if SETTINGS in self._places:
            land_settings(self._order.file, self._order.key, into)

    def _loaded(self) -> Settings:
        try:
            return Settings.load(self._order.into)
        except BadSettings as bad:
            raise RestoreRefused(
                f"{self._order.into}: {bad}",
                remedy=f"give the archive of the keys: --keys FILE, and {_GO_ON}",
            ) from bad


def land_settings(file: Path, key: BackupKey, into: Path) -> None:
    """The archive's settings file and the lists beside it, readable by their owner and group alone."""
    land(file, key, None, Landing({SETTINGS: into.absolute(), **_included(into)}), others=False)


def _included(into: Path) -> dict[str, Path]:
    return {one.key: one.path for one in included(into)}


async def verified(settings: Settings, notes: list[str], *, files: bool = True) -> ChainReport | None:
    """The ledger, and with `files` the recordings, as far as the keys that are here allow; notes for the
    rest.
    """
    from gateway.wiring.ledger_settings import cdr_settings  # noqa: PLC0415
    from gateway.wiring.sealing import ALL_SEALED, keys_of  # noqa: PLC0415

    where = cdr_settings(settings)
    key = where.key_file if where.key_file.exists() else public_path(where.key_file)
    if not key.exists():
        notes.append(f"the ledger is not verified: neither {where.key_file} nor its public half is there")
        return None
    seals = keys_of(settings, needed=True) if where.sealing_key.exists() else None
    if seals is None:
        notes.append(f"seals of entries are not verified: {where.sealing_key} is not there")
    storage = Storage(create_engine(settings.storage))
    try:
        report = await ledger.verify(
            storage,
            key,
            where.heads_file,
            recordings=where.recordings if files else None,
            recordings_key=where.recordings_key_file,
            tables=ALL_SEALED,
            seals=seals,
        )
    finally:
        await storage.close()
    if not where.recordings_key_file.exists():
        lacking = [one for one in report.findings if one.what == "key-missing"]
        notes += [f"recordings are not compared with the ledger: {one.detail}" for one in lacking]
        report.findings = [one for one in report.findings if one not in lacking]
    return report


def _holds_anything(path: Path) -> bool:
    if path.is_dir():
        return any(path.iterdir())
    return path.exists()


def _marked(marker: Path) -> dict[str, Any] | None:
    """What an interrupted restore said of itself; None where there is none."""
    try:
        seen = json.loads(marker.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        seen = {}
    return seen if isinstance(seen, dict) else {}


def _salt(file: Path) -> str:
    with file.open("rb") as stream:
        return str(read_header(stream)[0]["salt"])


@contextmanager
def _refusing_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RestoreRefused(
            f"{error.filename or 'the disk'}: {error.strerror or error}",
            remedy=f"see the disk and the rights of this user; then {_GO_ON}",
        ) from error
