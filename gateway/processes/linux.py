"""What Linux does for parents and children (prctl(2)), and the command line that `ps` shows of a process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SUPERVISOR: Final = "SONGHUA_SUPERVISOR"
"""Environment variable by which a child knows whose child it is."""
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_ARG_START: Final = 45
"""Place of `arg_start` in /proc/PID/stat, counted from the state; `arg_end` follows."""


def end_with_supervisor(number: int = signal.SIGTERM) -> None:
    """A supervised process gets this signal when its supervisor is gone, even by kill -9: a role must never
    run twice.
    """
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != int(supervisor):
        # It went away before the line above.
        raise SystemExit(0)


def adopt_orphans() -> bool:
    """Descendants whose parent ends become children of this process; false where the system has no such
    thing.
    """
    return sys.platform.startswith("linux") and _prctl(_PR_SET_CHILD_SUBREAPER, 1) == 0


def room_for(words: Sequence[str]) -> int:
    """Bytes that these words take in a command line."""
    return len(_command_line(words))


def show_words(words: Sequence[str]) -> None:
    """Let `ps` and /proc/PID/cmdline show these words for this process. They are written over the words that
    it was started with, so what takes more room than those is cut.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415  # the list of commands needs none of it

    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    start, end = int(fields[_ARG_START]), int(fields[_ARG_START + 1])
    room = end - start
    if start and room > 0:
        # The last byte stays 0: without it the kernel takes all for one word.
        ctypes.memmove(start, _command_line(words)[: room - 1].ljust(room, b"\0"), room)


def _command_line(words: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(word) + b"\0" for word in words)


def _prctl(option: int, value: int) -> int:
    import ctypes  # noqa: PLC0415  # the list of commands needs none of it

    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))
