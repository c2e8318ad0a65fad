"""A generated file that the switch's configuration includes, and the command that reloads it."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Final

from core.errors import SonghuaError

ANSWER_S: Final = 3.0
LONGEST_ANSWER: Final = 1 << 16
REMEDY: Final = (
    "let the gateway's user write its folder (docs/switch-security.md), or name another: asterisk.guard.file"
)


class SwitchNotTold(SonghuaError):
    kind = "switch-not-told"
    title = "The switch does not read the gateway's files"
    status = 503


class IncludedFile:
    """`file` is written whole or not at all; `socket` is the switch's console. To the switch no file and one
    that says `empty` are the same.
    """

    def __init__(self, file: Path, socket: Path, *, reload: str, empty: str) -> None:
        self._file = file
        self._untold = file.with_name(file.name + ".untold")
        self._socket = socket
        self._reload = reload
        self._empty = empty

    def text(self) -> str:
        """What it says now; `empty` where it cannot be read."""
        try:
            return self._file.read_text(encoding="ascii", errors="replace")
        except OSError:
            return self._empty

    async def put_text(self, text: str) -> bool:
        """False when the file says so already. Raises `SwitchNotTold`."""
        try:
            if not await asyncio.to_thread(self._write, text):
                return False
            await self._tell()
            await asyncio.to_thread(self._untold.unlink, missing_ok=True)
        except OSError as error:
            raise SwitchNotTold(
                f"{self._file} cannot be written: {error.strerror}",
                remedy=REMEDY,
            ) from error
        return True

    async def _tell(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write(b"cli quit after " + self._reload.encode() + b"\0")
                    await writer.drain()
                    answer = await reader.read(LONGEST_ANSWER)
                    while b"reloaded successfully" not in answer and len(answer) < LONGEST_ANSWER:
                        if not (more := await reader.read(LONGEST_ANSWER)):
                            break
                        answer += more
                finally:
                    writer.close()
        except (OSError, TimeoutError) as error:
            raise SwitchNotTold(
                f"{self._socket}: {error.__class__.__name__}",
                remedy="start Asterisk, or let the gateway's user open its console (docs/switch-security.md)",
            ) from error
        if b"reloaded successfully" not in answer:
            raise SwitchNotTold(
                "the console refuses: " + answer[-200:].decode("ascii", "replace").strip(),
                remedy="render the switch's configuration again: cli_permissions.conf",
            )

    def _write(self, text: str) -> bool:
        """False when it says so already, and the switch knows it. The mark stays until it does: a switch that
        starts meanwhile reads the new text, and one that runs is told at the next look.
        """
        file = self._file
        if not self._untold.exists():
            if not file.exists() and text == self._empty:
                _check(file.parent)
                return False
            if file.exists() and self.text() == text:
                return False
        file.parent.mkdir(parents=True, exist_ok=True)
        self._untold.touch(mode=0o600)
        fresh = file.with_name(file.name + ".new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(text)
            os.fchmod(stream.fileno(), 0o640)
        fresh.replace(file)
        return True


def _check(folder: Path) -> None:
    """Raises `PermissionError` before the first line would have to be written."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))
