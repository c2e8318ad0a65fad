"""The supervisor's side of the preloaded process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.processes.linux import room_for

NAME: Final = "gateway.processes.preloaded"
PROGRAM: Final = ("-m", NAME)


class NotStarted(Exception):
    """The preloaded process has ended, or could not fork."""


class PreloadedProcess:
    """One preloaded process. `start` waits while it still imports."""

    def __init__(self, pid: int, link: socket.socket) -> None:
        self.pid = pid
        self._link = link
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def start(self, words: Sequence[str]) -> int:
        """The pid of `songhua WORDS`, which is a child of this process; `NotStarted`."""
        async with self._one_at_a_time:
            try:
                if self._streams is None:
                    self._streams = await asyncio.open_connection(sock=self._link)
                reader, writer = self._streams
                writer.write(json.dumps({"words": list(words)}).encode() + b"\n")
                await writer.drain()
                line = await reader.readline()
            except OSError as error:
                raise NotStarted(str(error)) from error
        if not line.endswith(b"\n"):
            raise NotStarted("the preloaded process has ended")
        answer = json.loads(line)
        if "pid" not in answer:
            raise NotStarted(answer["error"])
        return int(answer["pid"])

    def kill(self) -> None:
        """It has nothing to lose. Only before its exit status was collected."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """When it has ended."""
        if self._streams is None:
            self._link.close()
        else:
            self._streams[1].close()


def spawn_preloaded(
    room: int, environment: Mapping[str, str], program: Sequence[str] = PROGRAM
) -> PreloadedProcess:
    """In an interpreter of its own, whose command line has `room` bytes for the words of what it starts."""
    mine, its = socket.socketpair()
    with its:
        its.set_inheritable(True)
        argv = [sys.executable, *program, str(its.fileno())]
        argv.append("-" * max(1, room - room_for(argv) - 1))
        pid = spawn(argv, environment)
    return PreloadedProcess(pid, mine)


def spawn(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """A child with an interpreter of its own; its pid."""
    return os.posix_spawn(argv[0], tuple(argv), environment)
