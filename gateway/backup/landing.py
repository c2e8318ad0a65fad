"""Writes an archive's files where they belong. Nothing that is there is overwritten: what is right stays, and
what differs is refused.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.backup import archive
from gateway.backup.archive import ArchiveMember, Owner, Told, place_of
from gateway.backup.errors import RestoreRefused
from gateway.backup.keys import BackupKey
from gateway.backup.manifest import FILES, HEADS, SETTINGS, BackupManifest

TEMPORARY: Final = ".restoring"
_OWN: Final = {HEADS: "cdr.heads_file", SETTINGS: SETTINGS}


@dataclass
class Landing:
    """`places` are paths by their keys in the settings; what has none is not restored, and noted. `stays` are
    keys of what is there already and is not the archive's.
    """

    places: Mapping[str, Path]
    stays: frozenset[str] = frozenset()
    files: int = 0
    notes: list[str] = field(default_factory=list)

    def path_of(self, name: str) -> Path | None:
        if name in _OWN:
            return self.places.get(_OWN[name])
        if not name.startswith(FILES):
            return None
        key, below = place_of(name)
        root = None if key in self.stays else self.places.get(key)
        if root is None:
            why = "it is there and stays" if key in self.stays else "the settings name no such place"
            note = f"{key}: not restored: {why}"
            if note not in self.notes:
                self.notes.append(note)
            return None
        return root / below


def land(
    file: Path,
    key: BackupKey,
    manifest: BackupManifest | None,
    landing: Landing,
    *,
    others: bool,
    told: Told = lambda _: None,
) -> None:
    """Every file of the archive but the database's. With `others`, who is neither owner nor group keeps his
    rights, as with certificates. Raises `RestoreRefused`, `ArchiveRefused` and `OSError`.
    """
    members = manifest.members if manifest is not None else []
    left = Counter(one.name for one in members)
    with file.open("rb") as stream:
        for one in archive.read(stream, key, told):
            left[one.name] -= 1
            path = landing.path_of(one.name)
            if path is None or left[one.name] > 0:  # a later one of this name counts
                continue
            _put(one, path, others=others)
            landing.files += 1


def _put(one: ArchiveMember, path: Path, *, others: bool) -> None:
    made_folders(path.parent, one.owner, others=others)
    temporary = path.with_name(path.name + TEMPORARY)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            for block in one.blocks():
                stream.write(block)
            own(stream.fileno(), one.owner, mask=0o777 if others else 0o770)
        wanted = one.member().sha256
        os.utime(temporary, (one.owner.written, one.owner.written))
        if path.exists() or path.is_symlink():
            if path.is_symlink() or not path.is_file() or _hash(path) != wanted:
                raise RestoreRefused(
                    f"{path} is there and differs from the archive",
                    remedy="move it away, and run it again with --go-on",
                )
            return
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


def made_folders(folder: Path, owner: Owner, *, others: bool = False) -> None:
    """Folders that are missing, the file's owner's."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o751 if others else 0o750)
        handle = os.open(one, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _give(handle, owner)
        finally:
            os.close(handle)


def own(handle: int, owner: Owner, *, mask: int) -> None:
    """Give an open file to whom it was, where he is known here and we may; its mode within `mask`."""
    _give(handle, owner)
    os.fchmod(handle, owner.mode & mask)


def _give(handle: int, owner: Owner) -> None:
    if os.geteuid() != 0:
        return
    try:
        uid = pwd.getpwnam(owner.user).pw_uid if owner.user else -1
    except KeyError:
        uid = -1
    try:
        gid = grp.getgrnam(owner.group).gr_gid if owner.group else -1
    except KeyError:
        gid = -1
    os.fchown(handle, uid, gid)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
