"""What was spoken and heard so far: hours of work go on where they stopped. Nothing of it is committed.

What was heard is kept packed: it is for drafting alone, and neither a look into the folder nor a grep shows
a word of holdout b.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Spoken:
    """Audio: `ID.c.wav`, `ID.a.wav` and, when both are whole, `ID.json` with what they depend on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, report_id: str, who: str, write: Callable[[Path], None]) -> None:
        path = self.leg(report_id, who)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        write(part)
        part.replace(path)

    def done(self, report_id: str, digest: str, seconds: float) -> None:
        _write(
            self._folder / f"{report_id}.json", json.dumps({"digest": digest, "seconds": seconds}).encode()
        )

    def leg(self, report_id: str, who: str) -> Path:
        return self._folder / f"{report_id}.{who}.wav"

    def seconds(self, report_id: str, digest: str) -> float | None:
        """None when it is not spoken, or was when the report or the voices were others."""
        path = self._folder / f"{report_id}.json"
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return float(known["seconds"]) if known.get("digest") == digest else None


class RecognisedSegments:
    """Recognised segments, one file for each report and condition."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, report_id: str, condition: str, digest: str, segments: list[dict[str, Any]]) -> None:
        whole = json.dumps({"digest": digest, "segments": segments}, ensure_ascii=False)
        _write(self._path(report_id, condition), zlib.compress(whole.encode()))

    def get(self, report_id: str, condition: str, digest: str) -> list[dict[str, Any]] | None:
        path = self._path(report_id, condition)
        if not path.exists():
            return None
        known: dict[str, Any] = json.loads(zlib.decompress(path.read_bytes()))
        found: list[dict[str, Any]] = known["segments"]
        return found if known["digest"] == digest else None

    def _path(self, report_id: str, condition: str) -> Path:
        return self._folder / condition / f"{report_id}.z"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
