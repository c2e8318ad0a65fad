"""The values that held last, in a file on this machine: for a start without the database."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.log import logger

_log = logger("settings")


class ValuesCopy:
    """Blocking file work, small. A damaged file counts as none; that is logged."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> dict[str, Any]:
        """Values by name."""
        try:
            found = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict):
            _log.error("the copy of the settings cannot be read", file=self._file.name)
            return {}
        return found

    def save(self, values: Mapping[str, Any]) -> None:
        """All of it or nothing. A disk that takes nothing is logged: the next start has older values."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as out:
                    json.dump(values, out, ensure_ascii=False)
                    out.flush()
                    os.fsync(out.fileno())
                Path(name).replace(self._file)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as error:
            _log.error("the copy of the settings was not written", error=type(error).__name__)
