"""Brings a backup back from a repository, as the archive that it was sent from."""

from __future__ import annotations

from pathlib import Path

from gateway.backup import opened
from gateway.backup.archive import Told
from gateway.backup.keys import BackupKey
from gateway.backup.manifest import BackupManifest
from gateway.backup.naming import alone, finish, named_faults, part_of
from gateway.backup.restic import repository
from gateway.backup.restic.program import ResticProgram


def verify(program: ResticProgram, name: str, told: Told = lambda _: None) -> tuple[str, BackupManifest]:
    """Read one to its end: its name, and the manifest that all of it was compared with. Raises `ResticFailed`
    and `ArchiveRefused`.
    """
    one = repository.chosen(program, name)
    with repository.reading(program, one) as stream:
        manifest = opened.check(stream, told)
    return one.name, manifest


def fetch(
    program: ResticProgram, name: str, folder: Path, key: BackupKey, told: Told = lambda _: None
) -> tuple[Path, BackupManifest]:
    """An archive in `folder`, encrypted with this key and read back. Raises `ResticFailed`, `BackupFailed`
    and `ArchiveRefused`; then there is none.
    """
    one = repository.chosen(program, name)
    with named_faults(folder), alone(folder):
        target = folder / one.name
        with part_of(target) as (written, part):
            with repository.reading(program, one) as stream:
                opened.seal(stream, written, key, told)
            return target, finish(written, part, key, target)
