"""Puts the parts of a stage under the kernel's scheduler as systemd puts units: each in a CPU group.

Without it all threads of the machine take turns, and the hundreds of the switch and of SIPp outnumber the
centre's one as soon as the cores are full. Deployed units share by unit, and callers and phones are other
machines: here each of SIPp's processes is a unit as well. Needs root; cgroup v1's `cpu` folder or v2's root.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.peers.program import PeerFailed

ROOTS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))


class Units:
    """Each part added gets an equal share when all want more; its children belong to it."""

    def __init__(self) -> None:
        self._root = _root()
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for group in self._made:
            for left in (group / "cgroup.procs").read_text().split():
                _leave(self._root, left)
            group.rmdir()

    def add(self, name: str, pid: int) -> None:
        """Raises `PeerFailed` when this machine gives no CPU groups."""
        group = self._root / f"songhua-bench-{name}"
        try:
            group.mkdir(exist_ok=True)
            if group not in self._made:
                self._made.append(group)
            for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                (group / "cgroup.procs").write_text(str(one.pid))
        except OSError as error:
            raise PeerFailed(f"no CPU groups here ({error}); run as root, or with --one-group") from error


def _root() -> Path:
    for root in ROOTS:
        if (root / "cpu.shares").exists():
            return root
        if "cpu" in _read(root / "cgroup.subtree_control").split():
            return root
    raise PeerFailed("no CPU groups here; run as root on a machine with cgroups, or with --one-group")


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _leave(root: Path, pid: str) -> None:
    try:
        (root / "cgroup.procs").write_text(pid)
    except OSError:  # it has ended meanwhile
        return
