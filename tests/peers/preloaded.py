"""Services and commands that tests start, forked by one process that has imported them: most of a start is
imports.

That process (`tests.peers.service_forker`) is started by the first service and ends with this one, by the end
of its link. Which services are forked is said by `can_fork`; commands are while it runs.
SONGHUA_TEST_COLD=1 gives each its own interpreter.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
COLD_VARIABLE: Final = "SONGHUA_TEST_COLD"
SERVE: Final = [sys.executable, "-m", "gateway.cli", "serve"]
ROOM: Final = 1024
"""Bytes of the forker's command line: over it a service writes its own words, for `ps`."""
_READ_AT_START: Final = (
    "PYTHON", "LD_", "LANG", "LC_", "MALLOC_", "OMP_", "OPENBLAS_", "SSL_",
    "TERM", "NO_COLOR", "FORCE_COLOR",
)  # fmt: skip
"""Environment that an interpreter or a library reads once: what differs in it is not forked."""


class ForkedService:
    """What `subprocess.Popen` is to a program with an interpreter of its own."""

    def __init__(self, forker: _Forker, argv: Sequence[str], pid: int) -> None:
        self.args = argv
        self.pid = pid
        self.returncode: int | None = None
        self._forker = forker
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Its exit status, negative for a signal, if it has ended."""
        with self._lock:
            if self.returncode is None:
                self.returncode = self._forker.ask({"poll": self.pid})["status"]
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """`subprocess.TimeoutExpired` when it still runs after so many seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if timeout is not None and deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        """Nothing happens when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Forker:
    """The process that forks services, asked by one thread at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = _read_at_start(environment)
        self._lock = threading.Lock()
        mine, its = socket.socketpair()
        with its:
            argv = [sys.executable, "-m", "tests.peers.service_forker", str(its.fileno()), "-" * ROOM]
            self._process = subprocess.Popen(
                argv, cwd=CHECKOUT, env=dict(environment), pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self._link = mine
        self._lines = mine.makefile("rb")

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def suits(self, environment: Mapping[str, str]) -> bool:
        """Whether it was started with the same of what is read only once."""
        return self._environment == _read_at_start(environment)

    def ask(self, what: Mapping[str, object]) -> dict[str, Any]:
        """Its answer; `OSError` when it has ended, or says that something could not be done."""
        with self._lock:
            self._link.sendall(json.dumps(what).encode() + b"\n")
            line = self._lines.readline()
        if not line:
            raise ConnectionResetError("the process that forks services has ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise OSError(answer["error"])
        return answer

    def close(self) -> None:
        self._lines.close()
        self._link.close()
        self._process.wait(10)


class _Services:
    """The forker of this process; none before `use`."""

    def __init__(self) -> None:
        self.used = False
        self._forker: _Forker | None = None
        self._lock = threading.Lock()

    def forker(self, environment: Mapping[str, str]) -> _Forker | None:
        """None for a service whose environment differs in what is read only once."""
        with self._lock:
            if self._forker is not None and not self._forker.running:
                self._forker.close()
                self._forker = None
            if self._forker is None:
                self._forker = _Forker(environment)
            return self._forker if self._forker.suits(environment) else None

    @property
    def running(self) -> bool:
        with self._lock:
            return self._forker is not None and self._forker.running

    def close(self) -> None:
        if self._forker is not None:
            self._forker.close()


_services = _Services()
atexit.register(_services.close)


def use() -> None:
    """From now on services are forked. Measurements of starts do not call this."""
    _services.used = True


def can_fork(argv: Sequence[str], environment: Mapping[str, str], cwd: Path | None, user: str | None) -> bool:
    """Whether this is `songhua serve` in the checkout, with nothing around it and no option of Python."""
    return (
        _services.used
        and environment.get(COLD_VARIABLE) != "1"
        and list(argv[: len(SERVE)]) == SERVE
        and cwd == CHECKOUT
        and user is None
    )


def fork(argv: Sequence[str], environment: Mapping[str, str], log: Path) -> ForkedService | None:
    """`songhua serve …` in a session of its own, told into the end of `log`; None when it needs its own
    interpreter.
    """
    forker = _services.forker(environment)
    if forker is None:
        return None
    order = {"words": list(argv[3:]), "environment": dict(environment), "log": str(log.absolute())}
    return ForkedService(forker, argv, forker.ask(order)["pid"])


def command(
    words: Sequence[str], environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str] | None:
    """What `songhua WORDS` prints, run in the checkout without any input; None when it needs its own
    interpreter. Raises `subprocess.TimeoutExpired` when it took longer: it was killed.
    """
    if environment.get(COLD_VARIABLE) == "1" or not _services.running:
        return None
    forker = _services.forker(environment)
    if forker is None:
        return None
    with tempfile.TemporaryDirectory(prefix="command-") as folder:
        out, errors = Path(folder, "out"), Path(folder, "errors")
        order = {
            "words": list(words), "environment": dict(environment), "log": str(out), "errors": str(errors),
        }  # fmt: skip
        argv = [sys.executable, "-m", "gateway.cli", *words]
        process = ForkedService(forker, argv, forker.ask(order)["pid"])
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        said = [file.read_text(encoding="utf-8", errors="replace") for file in (out, errors)]
    return subprocess.CompletedProcess(argv, status, *said)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}
