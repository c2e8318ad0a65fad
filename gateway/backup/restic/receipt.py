"""What the last sending came to, in a file beside the backups: who watches their age asks no repository."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from core.models import Frozen
from gateway.backup.age import BackupAge
from gateway.backup.restic.repository import StoredBackup

FILE: Final = ".songhua-restic.json"
_LARGEST: Final = 65_536
_SEND: Final = "songhua backup send; journalctl -u songhua-backup"


class SendingReceipt(Frozen):
    """`name` and `begun` are of the last backup that counts in this repository; `failure` says why the last
    sending did not succeed, and is empty where it did.
    """

    repository: str
    name: str = ""
    begun: datetime | None = None
    failure: str = ""


def receipt(folder: Path, repository: str) -> SendingReceipt:
    """Of this repository; an empty one where nothing is known. Raises `OSError` where the folder cannot be
    read.
    """
    try:
        with (folder / FILE).open("rb") as stream:
            found = SendingReceipt.model_validate_json(stream.read(_LARGEST))
    except (FileNotFoundError, ValidationError):
        found = SendingReceipt(repository="")
    return found if found.repository == repository else SendingReceipt(repository=repository)


def succeeded(folder: Path, repository: str, stored: StoredBackup) -> None:
    """An archive that was sent later may be an older one. Raises `OSError`."""
    before = receipt(folder, repository)
    newer = before.begun is None or before.begun <= stored.begun
    name, begun = (stored.name, stored.begun) if newer else (before.name, before.begun)
    _write(folder, SendingReceipt(repository=repository, name=name, begun=begun))


def failed(folder: Path, repository: str, why: str) -> None:
    """What counted before still counts. Raises `OSError`."""
    _write(folder, receipt(folder, repository).model_copy(update={"failure": why}))


def age_there(folder: Path, repository: str, every_h: float, now: datetime) -> BackupAge:
    """How old the last backup in the repository is. Reads the folder."""
    try:
        known = receipt(folder, repository)
    except OSError as error:
        return BackupAge(None, f"{folder}: {error.strerror}: nobody knows what {repository} has; mount it")
    because = f": {known.failure}" if known.failure else ""
    if known.begun is None:
        return BackupAge(None, f"there is no backup in {repository}{because}; {_SEND}")
    age_s = (now - known.begun).total_seconds()
    if age_s <= every_h * 3_600:
        return BackupAge(age_s, "")
    old = f"the last backup in {repository} is {age_s / 3_600:.0f} h old, every_h = {every_h:g}"
    return BackupAge(age_s, f"{old}{because}; {_SEND}")


def _write(folder: Path, told: SendingReceipt) -> None:
    part = folder / f"{FILE}.part"
    part.write_text(told.model_dump_json() + "\n", encoding="utf-8")
    part.chmod(0o640)
    part.replace(folder / FILE)
