"""What processes take: processor time with all that they started, memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import psutil


def cpu_s(pids: Iterable[int], *, children: bool = True) -> float:
    """Seconds so far of these processes and of what they have started and is still there."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(pid)
            for one in [top, *(top.children(recursive=True) if children else [])]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += sum(one.cpu_times()[:2])
    return total


def memory_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6
