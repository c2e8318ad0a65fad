"""The switch's logs as a store that an erasure searches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from privacy import files
from privacy.ports import ErasureSubject


class Logs:
    """Everything below `folder` except what stands in `apart`."""

    name = "switch-logs"

    def __init__(self, folder: Path, apart: Sequence[Path]) -> None:
        self._folder = folder
        self._apart = tuple(apart)

    async def erase(self, wanted: ErasureSubject) -> str:
        if not wanted.octets:
            return ""
        return await asyncio.to_thread(self._erase, wanted.octets)

    def _erase(self, words: Sequence[bytes]) -> str:
        found = self._files()
        refused = [f"{path.name} cannot be read" for path in files.closed(found)]
        for path in found:
            if path in files.closed([path]):
                continue
            try:
                files.blank(path, words)
            except FileNotFoundError:
                continue  # rotated away meanwhile: it is found under its new name
            except OSError as error:
                refused.append(f"{path.name}: {error.strerror or error}")
        if not refused:
            return ""
        return f"{'; '.join(refused[:5])}: run it as a user who may write there, or delete these files"

    def _files(self) -> list[Path]:
        return [
            path
            for path in sorted(self._folder.rglob("*"))
            if path.is_file()
            and not path.is_symlink()
            and not any(one in path.parents for one in self._apart)
        ]
