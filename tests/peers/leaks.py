"""Leak checks that stand around a test: file descriptors and threads of a process, channels of a switch."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.asterisk import AsteriskPeer

PATIENCE = 5.0
RESERVED = "songhua-ports-"  # ports stay reserved for the life of the process, by intention


class Leaked(AssertionError):
    """Something stayed open; the message says what."""


def descriptors(pid: int | str = "self") -> dict[str, int]:
    """What each open descriptor of a process leads to, and how often."""
    found: dict[str, int] = {}
    folder = Path(f"/proc/{pid}/fd")
    for entry in list(folder.iterdir()):
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if RESERVED not in target and not target.startswith(f"/proc/{os.getpid()}/fd"):
            kind = (
                target.partition(":")[0] if target.startswith(("socket:", "pipe:", "anon_inode:")) else target
            )
            found[kind] = found.get(kind, 0) + 1
    return found


@contextmanager
def no_leaks(
    *, pid: int | str = "self", switch: AsteriskPeer | None = None, slack: int = 0
) -> Iterator[None]:
    """Fail when the process holds more descriptors afterwards, or the switch keeps a channel open.

    Waits up to five seconds for things to settle; `slack` descriptors more are forgiven (a database's pool).
    """
    before = descriptors(pid)
    yield
    if switch is not None:
        switch.wait_idle()
    deadline = time.monotonic() + PATIENCE
    while more := _more(before, descriptors(pid), slack):
        if time.monotonic() > deadline:
            raise Leaked(f"open since the test began: {more}")
        gc.collect()
        time.sleep(0.1)


def _more(before: dict[str, int], after: dict[str, int], slack: int) -> dict[str, int]:
    if sum(after.values()) <= sum(before.values()) + slack:
        return {}
    return {kind: count - before.get(kind, 0) for kind, count in after.items() if count > before.get(kind, 0)}
