"""Tells who started this process that it is up and alive: systemd by sd_notify(3), or the supervisor of the
roles on this machine in the same words. Without either, nobody is told and nothing happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import MutableMapping
from typing import Final

from gateway.processes.linux import SUPERVISOR

SOCKET: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
WATCHDOG_PID: Final = "WATCHDOG_PID"
SUPERVISED_EVERY_S: Final = 5.0
"""How often a supervised role says that it lives. The supervisor decides how long it may be silent."""
_BEATS: Final = 3
"""Signs of life within systemd's limit."""


def supervisor_address(pid: int) -> str:
    """Where the supervisor with this pid hears its roles: an abstract socket, which leaves no file behind."""
    return f"@songhua-supervisor-{pid}"


class ServiceNotifier:
    """`limit_s`: systemd ends a process that is silent for longer; None where nobody watches. `every_s`:
    how often this process says that it lives, as long as its event loop runs; None: never.
    """

    def __init__(
        self, address: str = "", *, limit_s: float | None = None, every_s: float | None = None
    ) -> None:
        self._address = address
        self._every_s = every_s
        self._beat: asyncio.TimerHandle | None = None
        self.limit_s = limit_s

    @classmethod
    def asked(cls, environment: MutableMapping[str, str] = os.environ) -> ServiceNotifier:
        """From the environment. systemd's words are taken out of it: no child may speak for this process."""
        address = environment.pop(SOCKET, "")
        microseconds = environment.pop(WATCHDOG, "")
        watched = environment.pop(WATCHDOG_PID, str(os.getpid())) == str(os.getpid())
        supervisor = environment.get(SUPERVISOR, "")
        if supervisor:
            return cls(supervisor_address(int(supervisor)), every_s=SUPERVISED_EVERY_S)
        if address and watched and microseconds.isdecimal() and int(microseconds):
            limit_s = int(microseconds) / 1e6
            return cls(address, limit_s=limit_s, every_s=limit_s / _BEATS)
        return cls(address)

    def ready(self, status: str = "") -> None:
        """It is up. From now on, within a running event loop, it says that it lives."""
        self._tell("READY=1", *([f"STATUS={status}"] if status else []))
        if self._every_s is not None and self._beat is None:
            self._alive()

    def status(self, words: str) -> None:
        """One line for people: `systemctl status` shows it."""
        self._tell(f"STATUS={words}")

    def stopping(self) -> None:
        """It ends: no sign of life follows."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        self._tell("STOPPING=1")

    def _alive(self) -> None:
        assert self._every_s is not None
        self._tell("WATCHDOG=1")
        self._beat = asyncio.get_running_loop().call_later(self._every_s, self._alive)

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        place = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        # A listener that is gone or does not keep up: the next sign of life tells it the same.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            link.setblocking(False)
            link.sendto("\n".join(lines).encode(), place)
