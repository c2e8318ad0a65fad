"""The gateway that the safety tests break: started, frozen, killed and watched through one small class.

`SimulatedProcess` is the stand-in; another class with the same methods puts the real gateway in its place.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Protocol

from gateway.asterisk.settings import AsteriskSettings
from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed, Program
from tests.waiting import wait_for


class GatewayUnderTest(Protocol):
    """What the tests do to a gateway."""

    def start(self) -> None:
        """Returns once it has given its first sign of life to the switch."""

    def reached(self, step: str, *, timeout: float, calls: int = 1) -> None:
        """Wait until so many dialogues have come to `step`: "thinks", "plays", "thinks again", "reads"."""

    def finished_well(self) -> bool:
        """True when a dialogue came to its end."""

    def kill(self) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...

    def fall_silent(self) -> None:
        """Keep the connections and never speak again."""

    def vanish(self) -> None:
        """Close the port and reset the connections."""

    def close(self) -> None: ...


class SimulatedProcess:
    """`simulated_gateway.py` as a process of its own."""

    def __init__(
        self,
        folder: Path,
        settings: AsteriskSettings,
        *,
        prompt: Path,
        start: str = "well",
        delay: float = 0.0,
    ) -> None:
        self._log = folder / "gateway.log"
        self._argv = [sys.executable, str(CHECKOUT / "tests/real/simulated_gateway.py")]
        self._argv += [
            "--ami",
            str(settings.ports.ami),
            "--user",
            settings.ami.name,
            "--secret",
            settings.ami.secret.get_secret_value(),
        ]
        self._argv += ["--fastagi", str(settings.ports.fastagi), "--prompt", str(prompt.with_suffix(""))]
        self._argv += ["--start", start, "--delay", str(delay)]
        self._program: Program | None = None

    def start(self) -> None:
        self._program = Program(self._argv, log=self._log)
        self.reached("beat", timeout=10)

    def reached(self, step: str, *, timeout: float, calls: int = 1) -> None:
        try:
            wait_for(lambda: self._steps().count(step) >= calls, f"step '{step}'", timeout)
        except PeerFailed as late:
            raise PeerFailed(f"{late}\n{self._log.read_text()}") from late

    def finished_well(self) -> bool:
        return "dialogue ends well" in self._steps()

    def kill(self) -> None:
        self._running().kill()

    def freeze(self) -> None:
        self._running().freeze()

    def thaw(self) -> None:
        self._running().thaw()

    def fall_silent(self) -> None:
        self._running().signal(signal.SIGUSR2)

    def vanish(self) -> None:
        self._running().signal(signal.SIGUSR1)

    def close(self) -> None:
        if self._program is not None and self._program.running:
            self._program.kill()

    def _running(self) -> Program:
        assert self._program is not None, "this gateway was not started"
        return self._program

    def _steps(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []
