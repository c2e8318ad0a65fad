"""The backups of a folder, by what they say in the open: no key is needed to see how old the last one is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.backup.errors import ArchiveRefused
from gateway.backup.sealed import read_header

SUFFIX: Final = ".songhua-backup"
PART: Final = ".part"
"""An archive gets its name once it was read back and found whole; until then it ends so."""
NAME: Final = re.compile(rf"[a-z0-9-]+-\d{{8}}T\d{{6}}Z(-\d+)?{re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True)
class ListedBackup:
    """`begun` is the moment from which it holds everything."""

    file: Path
    begun: datetime
    bytes: int
    version: str
    schema: str | None
    database: str

    def age_s(self, now: datetime) -> float:
        return (now - self.begun).total_seconds()


def listed(folder: Path) -> Sequence[ListedBackup]:
    """Newest first; other files are passed over. Raises `OSError`."""
    found = [_seen(file) for file in folder.iterdir() if NAME.fullmatch(file.name)]
    return sorted((one for one in found if one is not None), key=lambda one: one.begun, reverse=True)


def _seen(file: Path) -> ListedBackup | None:
    try:
        with file.open("rb") as stream:
            header, _ = read_header(stream)
        return _backup(file, header)
    except (OSError, ArchiveRefused, ValueError, KeyError, TypeError):
        return None


def _backup(file: Path, header: dict[str, Any]) -> ListedBackup | None:
    begun = datetime.fromisoformat(header["begun"])
    if header.get("kind") != "backup" or begun.tzinfo is None:
        return None
    return ListedBackup(
        file, begun, file.stat().st_size, str(header["version"]), header["schema"], str(header["database"])
    )
