"""Puts the parts of a stage under the kernel's scheduler as systemd puts units: each in a CPU group.

Without it all threads of the machine take turns, and the switch's many outnumber the centre's one as soon as
the cores are full; deployed units share by unit. Needs root; cgroup v1's `cpu` folder or v2's root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.peers.program import PeerFailed

ROOTS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))


@contextmanager
def units(parts: Mapping[str, Iterable[int]]) -> Iterator[None]:
    """Each part's processes, with their children so far and to come, get an equal share when all want more.

    Raises `PeerFailed` when this machine gives no CPU groups.
    """
    root = _root()
    made: list[Path] = []
    try:
        for name, pids in parts.items():
            made.append(_enter(root / f"songhua-bench-{name}", pids))
        yield
    finally:
        for group in made:
            for left in (group / "cgroup.procs").read_text().split():
                _leave(root, left)
            group.rmdir()


def _enter(group: Path, pids: Iterable[int]) -> Path:
    try:
        group.mkdir(exist_ok=True)
        for pid in pids:
            for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                (group / "cgroup.procs").write_text(str(one.pid))
    except OSError as error:
        raise PeerFailed(f"no CPU groups here ({error}); run as root, or without --units") from error
    return group


def _root() -> Path:
    for root in ROOTS:
        if (root / "cpu.shares").exists():
            return root
        if "cpu" in _read(root / "cgroup.subtree_control").split():
            return root
    raise PeerFailed("no CPU groups here; run as root on a machine with cgroups, or without --units")


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _leave(root: Path, pid: str) -> None:
    try:
        (root / "cgroup.procs").write_text(pid)
    except OSError:  # it has ended meanwhile
        return
