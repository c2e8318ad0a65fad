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
from typing import Final

from tests.peers import preloaded

RUN_VARIABLE: Final = "SONGHUA_TEST_RUN"
"""By which the processes of a lane of tests are known, whosever children they are by now."""
SOUND_FIRST: Final = -10


class PeerFailed(Exception):
    """A peer did not come up or ended early; the message holds the last lines of its log."""


_started: weakref.WeakSet[Program] = weakref.WeakSet()


def _end_all() -> None:
    """Nothing outlives the process that started it, whatever went wrong in between."""
    for left in list(_started):
        with contextlib.suppress(OSError, AttributeError):
            left.signal(signal.SIGKILL)


atexit.register(_end_all)


def prefer(session: int, niceness: int) -> None:
    """Between sessions Linux counts the niceness of each session, not that of its processes: autogroups,
    sched(7). Without them, or without the right to go before others, nothing changes.
    """
    with contextlib.suppress(OSError):
        Path(f"/proc/{session}/autogroup").write_text(str(niceness), encoding="ascii")


class Program:
    """A program in its own session, so that its children end with it."""

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        carries_sound: bool = False,
    ) -> None:
        """`carries_sound`: beside other tests it has the processors first, as a switch has where it is
        installed: what it plays late is lost.
        """
        self.argv = [os.fspath(word) for word in argv]
        self.log = log
        _started.add(self)
        log.parent.mkdir(parents=True, exist_ok=True)
        self.process = self._start({**os.environ, **(env or {})}, cwd, user)
        if carries_sound and RUN_VARIABLE in os.environ:
            prefer(self.pid, SOUND_FIRST)

    def _start(
        self, env: Mapping[str, str], cwd: Path | None, user: str | None
    ) -> subprocess.Popen[bytes] | preloaded.ForkedService:
        if preloaded.can_fork(self.argv, env, cwd, user):
            forked = preloaded.fork(self.argv, env, self.log)
            if forked is not None:
                return forked
        with self.log.open("ab") as out:
            return subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                user=user,
                group=user,
                start_new_session=True,
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
