"""Descriptors of this process: the limit raised as far as it goes, and who may have how many of them.

Calls never share a limit with the web: the web has at most half, what waits at the dialogue's door and the
speech node's a quarter, and the rest is for what calls need: manager link, dialogues, database, recordings.
"""

from __future__ import annotations

import contextlib
import os
import resource
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from core.listening.places import LEAVING_MOST
from core.metrics import gauge

LEAST: Final = 4096
"""With fewer a role works, and cannot serve a city."""
FEW_LEFT: Final = 0.1
_open = gauge("descriptors_open", "Files and sockets that this process has open")
_most = gauge("descriptors_limit", "How many it may have open")


@dataclass(frozen=True, slots=True)
class Shares:
    """Most connections of a kind."""

    web: int
    calls: int


@cache
def limit() -> int:
    """How many this process may have; the first call raises the soft limit to the hard one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    most = os.sysconf("SC_OPEN_MAX") if found == resource.RLIM_INFINITY else found
    _most.set(most)
    _open.set_function(in_use)
    return most


def shares(most: int) -> Shares:
    """How many of a process's descriptors web and calls may use each."""
    return Shares(web=max(16, most // 2 - LEAVING_MOST), calls=max(16, most // 4))


def in_use() -> int:
    """0 where the system does not say."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return 0
