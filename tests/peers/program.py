"""One child process with its log: started, frozen, killed and stopped by its own id, never by name."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class PeerFailed(Exception):
    """A peer did not come up or ended early; the message holds the last lines of its log."""


_started: weakref.WeakSet[Program] = weakref.WeakSet()


def _end_all() -> None:
    """Nothing outlives the process that started it, whatever went wrong in between."""
    for left in list(_started):
        with contextlib.suppress(OSError, AttributeError):
            left.signal(signal.SIGKILL)


atexit.register(_end_all)


class Program:
    """A program in its own process group, so that its children end with it.

    Not in a session of its own: Linux shares the processors between sessions first (sched_autogroup), so a
    lane's niceness would not count for its peers.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.argv = [os.fspath(word) for word in argv]
        self.log = log
        _started.add(self)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                user=user,
                group=user,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def tail(self, lines: int = 25) -> str:
        """The last lines of the log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def wait_until(self, ready: Callable[[], bool], *, what: str, timeout: float = 20.0) -> None:
        """Poll `ready` until it holds; a program that ended, or time running out, is a `PeerFailed`."""
        deadline = time.monotonic() + timeout
        while not ready():
            if not self.running:
                raise PeerFailed(
                    f"{self.argv[0]} ended with {self.process.returncode} before {what}\n{self.tail()}"
                )
            if time.monotonic() > deadline:
                raise PeerFailed(f"{self.argv[0]}: no {what} within {timeout} s\n{self.tail()}")
            time.sleep(0.05)

    def wait(self, timeout: float) -> int:
        """Exit status, or `PeerFailed` when the program goes on for longer than `timeout` seconds."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise PeerFailed(f"{self.argv[0]} still runs after {timeout} s\n{self.tail()}") from error

    def signal(self, number: int) -> None:
        """To the program and its children."""
        if self.running:
            os.killpg(self.pid, number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, and collect it."""
        self.signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, timeout: float = 5.0) -> None:
        """SIGTERM, then SIGKILL when it does not obey within `timeout` seconds."""
        if not self.running:
            return
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
