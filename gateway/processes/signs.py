"""What roles say of themselves to the supervisor on this machine: that they are up, and that they live."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Final

from core.log import logger
from gateway.processes.notify import supervisor_address

_log = logger("gateway")

_LARGEST: Final = 4096
_CREDENTIALS: Final = struct.Struct("3i")
LOOKS: Final = 6
"""A role is frozen when it was silent for so many looks in a row. Looks are counted, and not seconds: a
machine that stood still as a whole ends nobody.
"""


class RoleSigns:
    """`up` is called with the pid of a role that says that it is ready. The kernel says who speaks, and
    only those are heard for whom `is_role` is true: another process of this machine cannot speak for one.
    """

    def __init__(self, is_role: Callable[[int], bool], up: Callable[[int], None]) -> None:
        self._is_role = is_role
        self._up = up
        self._silent: dict[int, int] = {}

    @contextlib.contextmanager
    def listen(self) -> Iterator[None]:
        """Within a running event loop. Where nothing can be heard, nobody is up and nobody is missed."""
        with contextlib.ExitStack() as heard:
            try:
                if sys.platform.startswith("linux"):
                    heard.enter_context(self._listening())
            except OSError as error:
                # Containers that share a network and not their pids: another supervisor has the address.
                _log.warning("roles are not heard", why=str(error))
            yield

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            link.bind("\0" + supervisor_address(os.getpid())[1:])
            loop.add_reader(link, self._read, link)
            try:
                yield
            finally:
                loop.remove_reader(link)

    def forget(self, pid: int) -> None:
        """It has ended; the pid may become another's."""
        self._silent.pop(pid, None)

    def look(self) -> list[int]:
        """To be called at even intervals: the pids of those that were up and have been silent for so many."""
        for pid in self._silent:
            self._silent[pid] += 1
        return [pid for pid, looks in self._silent.items() if looks > LOOKS]

    def _read(self, link: socket.socket) -> None:
        try:
            text, ancillary, _, _ = link.recvmsg(_LARGEST, socket.CMSG_SPACE(_CREDENTIALS.size))
        except OSError:
            return
        for level, kind, told in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                pid = _CREDENTIALS.unpack(told[: _CREDENTIALS.size])[0]
                if self._is_role(pid):
                    self._heard(pid, text.split(b"\n"))

    def _heard(self, pid: int, lines: list[bytes]) -> None:
        if b"READY=1" in lines:
            self._silent[pid] = 0
            self._up(pid)
        elif b"STOPPING=1" in lines:
            self.forget(pid)
        elif pid in self._silent:
            self._silent[pid] = 0
