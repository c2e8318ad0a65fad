"""Asterisk's console over its own socket: it needs no program of Asterisk on this machine, and says why it is
silent.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from pathlib import Path
from typing import Final, Literal

LONGEST_S: Final = 10.0
LARGEST_ANSWER: Final = 4 * 1024 * 1024
VERBOSE: Final = "\x7f"
"""Begins a line that the switch says of its own accord, to every console."""

Silence = Literal["", "forbidden", "absent", "deaf"]
"""`forbidden`: this user may not open it. `absent`: nobody listens there. `deaf`: it takes too long."""


class ControlSocket:
    """`silence` says why the last command had no answer."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.silence: Silence = ""

    async def run(self, command: str) -> str:
        """What the command prints; empty when nothing comes."""
        return await asyncio.to_thread(self._ask, command)

    def _ask(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
                link.settimeout(LONGEST_S)
                link.connect(str(self.file))
                link.sendall(b"cli quit after " + command.encode() + b"\0")
                said = b""
                while len(said) < LARGEST_ANSWER and (piece := link.recv(65_536)):
                    said += piece
        except OSError as error:
            self.silence = _why(error)
            return ""
        self.silence = ""
        _greeting, _, answer = said.decode(errors="replace").partition("\n")
        return "".join(line for line in answer.splitlines(keepends=True) if not line.startswith(VERBOSE))


def probe(file: Path) -> Silence:
    """Why its console would say nothing; empty where somebody listens. Blocking."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(LONGEST_S)
            link.connect(str(file))
    except OSError as error:
        return _why(error)
    return ""


def _why(error: OSError) -> Silence:
    if isinstance(error, TimeoutError):
        return "deaf"
    return "forbidden" if error.errno in {errno.EACCES, errno.EPERM} else "absent"
