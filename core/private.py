"""Makes new files private and switches core dumps off; called before a process opens a file."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Final

UMASK: Final = 0o027
"""Others get nothing; the group may read: Asterisk's user and ours share one."""
FILE: Final = 0o640


def keep_private() -> None:
    """New files 0640 and folders 0750 at most; no core file, in which secrets and callers would stand."""
    os.umask(os.umask(0o777) | UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def write_private(path: Path, content: bytes) -> None:
    """A new file that its owner alone reads (0600), on disk when it returns. Raises `FileExistsError` where
    there is one, and `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def make_file(path: Path) -> None:
    """Make an empty file with mode 0640 at most, whatever the umask; nothing happens where it is there."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))
    except OSError:
        return  # it is there, or who opens it next says why it cannot be made
