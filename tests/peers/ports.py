"""Free ports that stay ours: locked for the life of this process, so that checkouts run side by side."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import IO

# Below Linux's ephemeral range, so that no outgoing connection takes one meanwhile. Each size has a zone with
# places of its own: one port that is kept between two others would make no room for 400 in a row. A single
# port is even, too: baresip also binds the next one, for TLS.
_ZONES = (
    (2, 10_200, 13_600), (4, 13_600, 14_400), (32, 14_400, 17_600), (128, 17_600, 22_720),
    (400, 22_720, 29_600), (1_200, 29_600, 32_000), (4_600, 22_720, 32_000),
)  # fmt: skip
_held: set[int] = set()
_random = random.SystemRandom()


class NoFreePort(Exception):
    """Nothing free in the range; another run has perhaps left its processes behind."""


def free_port() -> int:
    """A port free for TCP and UDP on loopback; nobody else who asks here gets it while this process lives."""
    return free_port_range(1)


def free_port_range(count: int) -> int:
    """First of `count` (at most 4,600) free ports in a row; it is even (RTP)."""
    place, zone, end = next(one for one in _ZONES if count <= one[0])
    places = list(range(zone, end - place + 1, place))
    _random.shuffle(places)
    for first in places:
        if _take(range(first, first + count)):
            return first
    raise NoFreePort(
        f"no {count} free ports in a row between {zone} and {end}: stop what a former run left behind"
    )


def release(first: int, count: int = 1) -> None:
    """Give ports back before the process ends."""
    for port in range(first, first + count):
        if port in _held:
            _held.discard(port)
            fcntl.lockf(_locks(), fcntl.LOCK_UN, 1, port)


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


@cache
def _locks() -> IO[bytes]:
    """One file for all processes, of which each locks a byte for each of its ports. A file for each port
    would take a descriptor each, and `select` knows none above 1,023.
    """
    folder = Path(tempfile.gettempdir()) / f"songhua-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    return (folder / "locks").open("ab")


def _lock(port: int) -> bool:
    try:
        fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _held.add(port)
    return True


def _bindable(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
