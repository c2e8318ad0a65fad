"""The files of the active versions on this machine's disk, for a start without the database.

Versions are immutable files; `<folder>/in-force.json` names the active ones. A call keeps the sound that it
began with. The hash of a file is checked before it is used.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.log import logger
from ivr.versions.model import BUILT_IN, Subject, digest, flow, prompt

LIST: Final = "in-force.json"
MOST_LIST_BYTES: Final = 4 << 20
SUFFIX: Final = {"flow": ".yaml", "prompt": ".wav"}
_log = logger("ivr")


@dataclass(frozen=True, slots=True)
class ActiveVersion:
    number: int
    sha256: str


class VersionFolder:
    """Blocking file work, small. Raises `OSError` where something cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def file(self, subject: Subject, number: int) -> Path:
        """`+` stands in no name, and the gateway may send it to the switch."""
        place = self.folder / f"{subject.kind}s" / subject.name
        return place.with_name(f"{place.name}+{number}{SUFFIX[subject.kind]}")

    def put(self, subject: Subject, number: int, content: bytes) -> Path:
        """Keep a version's content; a file that is there and right is left alone."""
        file = self.file(subject, number)
        if self._read(file) != content:
            _write(file, content)
        return file

    def content(self, subject: Subject, entry: ActiveVersion) -> bytes | None:
        """None if it is not there, or not what it was."""
        content = self._read(self.file(subject, entry.number))
        if content is None or digest(content) != entry.sha256:
            return None
        return content

    def save(self, entries: Mapping[Subject, ActiveVersion]) -> None:
        rows = [
            {"kind": subject.kind, "name": subject.name, "number": entry.number, "sha256": entry.sha256}
            for subject, entry in sorted(entries.items(), key=lambda item: str(item[0]))
        ]
        _write(self.folder / LIST, json.dumps(rows, indent=1).encode())

    def load(self) -> dict[Subject, ActiveVersion]:
        """What was in force. Any damage leaves out what is damaged, never more; it is logged."""
        raw = self._read(self.folder / LIST, MOST_LIST_BYTES)
        if raw is None:
            return {}
        try:
            rows = json.loads(raw)
        except ValueError:
            rows = None
        if not isinstance(rows, list):
            _log.error("the list of flows in force is damaged", file=LIST)
            return {}
        found = {}
        for row in rows:
            with contextlib.suppress(Exception):
                subject, entry = _row(row)
                found[subject] = entry
        if len(found) != len(rows):
            _log.error("the list of flows in force is damaged", file=LIST, lost=len(rows) - len(found))
        return found

    def sweep(self, keep: Mapping[Subject, ActiveVersion], *, older_than: float) -> None:
        """Remove the files of versions that are out of force for so long that no call can be playing them."""
        wanted = {self.file(subject, entry.number) for subject, entry in keep.items()}
        for suffix in SUFFIX.values():
            for file in self.folder.glob(f"**/*+*{suffix}"):
                with contextlib.suppress(OSError):
                    if file not in wanted and file.stat().st_mtime < older_than:
                        file.unlink()

    @staticmethod
    def _read(file: Path, most: int = 64 << 20) -> bytes | None:
        try:
            with file.open("rb") as opened:
                return opened.read(most)
        except OSError:
            return None


def _row(row: Mapping[str, Any]) -> tuple[Subject, ActiveVersion]:
    """Raises whatever a row that nobody wrote brings."""
    name = str(row["name"])
    if row["kind"] == "flow":
        subject = flow(name)
    elif row["kind"] == "prompt":
        language, _, plain = name.partition("/")
        subject = prompt(language, plain)
    else:
        raise ValueError("kind")
    number = int(row["number"])
    if number < BUILT_IN:
        raise ValueError("number")
    return subject, ActiveVersion(number, str(row["sha256"]))


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing, also when the power goes. The switch must be able to read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
