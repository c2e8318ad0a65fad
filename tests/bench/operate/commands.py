"""Commands of `songhua` as an operator gives them, each a process of its own, with the time it takes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed, Program


class TimedCommand:
    """Begins when it is made; `began` and `ended` are times of the clock."""

    def __init__(self, log: Path, *words: str | Path) -> None:
        argv = [sys.executable, "-m", "gateway.cli", *(str(word) for word in words)]
        self.began = time.time()
        self.ended = 0.0
        self._words = " ".join(argv[2:])
        self.program = Program(argv, log=log, cwd=CHECKOUT)

    def wait(self, timeout: float) -> float:
        """Seconds until it ended well. Raises `PeerFailed` for one that did not."""
        code = self.program.wait(timeout)
        self.ended = time.time()
        if code:
            raise PeerFailed(f"{self._words} ended with {code}\n{self.program.tail()}")
        return round(self.ended - self.began, 2)
