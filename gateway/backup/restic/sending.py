"""Sends an archive to the repository of the settings, and leaves a receipt of what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from core.errors import SonghuaError
from gateway.backup.archive import Told
from gateway.backup.errors import ResticFailed
from gateway.backup.keys import BackupKey
from gateway.backup.listing import listed
from gateway.backup.naming import held, named_faults
from gateway.backup.restic import receipt, repository
from gateway.backup.restic.program import ResticProgram
from gateway.backup.restic.repository import SentArchive
from gateway.backup.settings import BackupSettings, ResticSettings

LOCK: Final = ".songhua-restic.lock"


def place_of(settings: BackupSettings) -> tuple[ResticSettings, Path]:
    """The repository and the folder of the settings. Raises `ResticFailed` where they name none."""
    if settings.restic is None or settings.folder is None:
        raise ResticFailed("the settings name no repository", remedy="set [backup.restic] repository")
    return settings.restic, settings.folder


def send(
    settings: BackupSettings, key: BackupKey, file: Path | None = None, told: Told = lambda _: None
) -> SentArchive:
    """The newest archive of the folder, or this one. Raises `ResticFailed`, `BackupFailed`, `ArchiveRefused`
    and `BackupKeyTrouble`; then the receipt says why.
    """
    restic, folder = place_of(settings)
    with named_faults(folder), held(folder / LOCK, f"another backup is being sent to {restic.repository}"):
        try:
            sent = repository.send(
                ResticProgram(restic),
                file or _newest(folder),
                key,
                keep=restic.keep,
                read_back=restic.read_back,
                told=told,
            )
        except (SonghuaError, OSError) as error:
            why = error.detail if isinstance(error, SonghuaError) else str(error.strerror)
            receipt.failed(folder, restic.repository, why)
            raise
        receipt.succeeded(folder, restic.repository, sent.stored)
        return sent


def _newest(folder: Path) -> Path:
    found = listed(folder)
    if not found:
        raise ResticFailed(f"there is no backup in {folder}", remedy="songhua backup --send")
    return found[0].file
