"""How old the last good backup of a folder is, and what is wrong with that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.backup.listing import listed


@dataclass(frozen=True, slots=True)
class BackupAge:
    """`age_s` since the last good one began; None where there is none. `why` is empty while all is well."""

    age_s: float | None
    why: str


def age_of(folder: Path, every_h: float, now: datetime) -> BackupAge:
    """Reads the folder."""
    try:
        found = listed(folder)
    except OSError as error:
        why = f"{folder}: {error.strerror}: nobody knows how old the last backup is; mount it"
        return BackupAge(None, why)
    if not found:
        why = f"there is no backup in {folder}; run songhua backup, and see songhua-backup.timer"
        return BackupAge(None, why)
    age_s = found[0].age_s(now)
    if age_s <= every_h * 3_600:
        return BackupAge(age_s, "")
    why = (
        f"the last good backup is {age_s / 3_600:.0f} h old, every_h = {every_h:g}; "
        "journalctl -u songhua-backup says why"
    )
    return BackupAge(age_s, why)
