"""Exit statuses of child processes, and of orphans that became children of this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator


class Children:
    """Collects each child that ends. Those whose `status` was asked for have a future with their exit status,
    negative for a signal.
    """

    def __init__(self) -> None:
        self._futures: dict[int, asyncio.Future[int]] = {}
        self._expected = 0

    def begin(self) -> None:
        """From now on no child stays a zombie."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._collect)

    @contextlib.contextmanager
    def expect(self) -> Iterator[None]:
        """Within this, a child whose `status` nobody asked for stays a zombie: its pid is given to no other
        process until somebody asks.
        """
        self._expected += 1
        try:
            yield
        finally:
            self._expected -= 1
            self._collect()

    def status(self, pid: int) -> asyncio.Future[int]:
        """The exit status, when it ends. Ask within `expect`."""
        future = asyncio.get_running_loop().create_future()
        self._futures[pid] = future
        return future

    def _collect(self) -> None:
        for pid in list(self._futures):
            self._collect_one(pid)
        while not self._expected and self._collect_one(-1):
            pass

    def _collect_one(self, which: int) -> bool:
        """False when there is none."""
        try:
            pid, status = os.waitpid(which, os.WNOHANG)
        except ChildProcessError:
            return False
        future = self._futures.pop(pid, None)
        if future is not None and not future.done():
            future.set_result(os.waitstatus_to_exitcode(status))
        return pid != 0
