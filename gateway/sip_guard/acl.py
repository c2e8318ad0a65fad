"""The file that acl.conf includes, and the one word that the switch is told after it has changed."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.errors import SonghuaError
from gateway.sip_guard.model import Network

RELOAD: Final = "module reload acl"
"""Reads acl.conf again and nothing else; PJSIP takes the new list for the next request, calls go on."""
ANSWER_S: Final = 3.0
LONGEST_ANSWER: Final = 1 << 16
REMEDY: Final = (
    "let the gateway's user write its folder (docs/switch-security.md), or name another: asterisk.guard.file"
)
HEAD: Final = "; Addresses that are shut out of SIP. Written by songhua; see them with: songhua sip blocked\n"


class SwitchNotTold(SonghuaError):
    kind = "switch-not-told"
    title = "The switch does not read the list of blocked addresses"


def text_of(networks: Iterable[Network]) -> str:
    """`deny` alone: whoever is not named comes in. Networks only, so nothing else can stand in a line."""
    return HEAD + "".join(f"deny = {network}\n" for network in sorted(networks, key=str))


class SwitchList:
    """`file` is written whole or not at all; `socket` is the switch's console."""

    def __init__(self, file: Path, socket: Path) -> None:
        self._file = file
        self._socket = socket

    async def put(self, networks: Iterable[Network]) -> bool:
        """False when the file says so already. Raises `SwitchNotTold`."""
        return await self._put(text_of(networks))

    async def _put(self, text: str) -> bool:
        try:
            if not await asyncio.to_thread(_write, self._file, text):
                return False
        except OSError as error:
            raise SwitchNotTold(
                f"{self._file} cannot be written: {error.strerror}",
                remedy=REMEDY,
            ) from error
        try:
            await self._tell()
        except SwitchNotTold:
            # What it was not told is told again at the next look.
            self._file.unlink(missing_ok=True)
            raise
        return True

    async def _tell(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write(b"cli quit after " + RELOAD.encode() + b"\0")
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


def _write(file: Path, text: str) -> bool:
    """False when it says so already. To the switch no list and an empty one are the same."""
    if not file.exists() and text == HEAD:
        _check(file.parent)
        return False
    if file.exists() and file.read_text(encoding="ascii", errors="replace") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(text, encoding="ascii")
    fresh.chmod(0o640)
    fresh.replace(file)
    return True


def _check(folder: Path) -> None:
    """Raises `PermissionError` before the first address would have to be written."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))
