"""Free ports that stay ours: locked for the life of this process, so that checkouts run side by side."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

# Below Linux's ephemeral range, so that no outgoing connection takes one meanwhile.
FIRST, LAST = 10_200, 32_000
_held: dict[int, IO[str]] = {}
_random = random.SystemRandom()


class NoFreePort(Exception):
    """Nothing free in the range; another run has perhaps left its processes behind."""


def free_port() -> int:
    """A port free for TCP and UDP on loopback; nobody else who asks here gets it while this process lives."""
    return free_port_range(1)


def free_port_range(count: int) -> int:
    """First of `count` free ports in a row, beginning with an even one (RTP)."""
    for _ in range(2000):
        first = _random.randrange(FIRST, LAST - count) & ~1
        if _take(range(first, first + count)):
            return first
    raise NoFreePort(
        f"no {count} free ports in a row between {FIRST} and {LAST}: stop what a former run left behind"
    )


def release(first: int, count: int = 1) -> None:
    """Give ports back before the process ends."""
    for port in range(first, first + count):
        lock = _held.pop(port, None)
        if lock is not None:
            lock.close()


def _take(ports: range) -> bool:
    taken: list[int] = []
    for port in ports:
        if port in _held or not _lock(port):
            break
        taken.append(port)
        if not _bindable(port):
            break
    else:
        return True
    for port in taken:
        release(port)
    return False


def _lock(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"songhua-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    file = (folder / str(port)).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held[port] = file
    return True


def _bindable(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
