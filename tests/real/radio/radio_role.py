"""The role `radio` as a process of its own, beside the role `centre` of the same service."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed, Program
from tests.peers.songhua import PATIENCE_S, SonghuaPeer


class RadioRole:
    """May be killed and started again; each run writes a log of its own."""

    def __init__(self, service: SonghuaPeer, logs: Path) -> None:
        self._service = service
        self._logs = logs
        self._runs = 0
        self._program: Program | None = None

    def start(self) -> None:
        """Returns when the role says that it is up."""
        self._runs += 1
        argv: list[str | Path] = [
            sys.executable, "-m", "gateway.cli", "serve", "--role", "radio", "--config", self._service.config,
        ]  # fmt: skip
        log = self._logs / f"radio-{self._runs}.log"
        program = self._program = Program(argv, log=log, cwd=CHECKOUT)
        program.wait_until(
            lambda: '"role is up"' in program.tail(200), what="a role that is up", timeout=PATIENCE_S
        )

    @property
    def program(self) -> Program:
        if self._program is None:
            raise PeerFailed("the role radio was not started")
        return self._program

    @property
    def running(self) -> bool:
        return self._program is not None and self._program.running

    def kill(self) -> None:
        self.program.kill()

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop()
