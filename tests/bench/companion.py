"""A program of a bench that is spoken to by lines; what it is asked and answers is mostly JSON."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed


class Companion:
    """Runs a module; `say` gives it an order and `hear` waits for its answer. Ends with the bench."""

    def __init__(self, module: str, *words: str, log: Path, env: Mapping[str, str] | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log: IO[bytes] = log.open("wb")
        self._name = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd=CHECKOUT, text=True,
            env={**os.environ, **(env or {})},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, **order: Any) -> Any:
        self.say(**order)
        return self.hear()

    def say(self, **order: Any) -> None:
        self.write(json.dumps(order))

    def hear(self) -> Any:
        """Raises `PeerFailed` when it has ended instead."""
        return json.loads(self.read())

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def read(self) -> str:
        """Raises `PeerFailed` when it has ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._log.flush()
            told = Path(self._log.name).read_text(errors="replace").splitlines()[-12:]
            raise PeerFailed("\n".join([f"{self._name} ended with {self._process.wait()}", *told]))
        return line.rstrip("\n")

    def terminate(self) -> None:
        self._process.terminate()

    def close(self) -> None:
        """Its input ends, and with it what it does; one that does not end is killed."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


def told(answer: Any) -> None:
    """From within a companion: one answer."""
    print(json.dumps(answer), flush=True)


def asked() -> dict[str, Any] | None:
    """From within a companion: the next order, None when the bench has ended."""
    line = sys.stdin.readline()
    return json.loads(line) if line else None
