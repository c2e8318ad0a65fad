"""Runs broker, switch and service as children of this process, where there is no systemd."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from core.environment import without_secrets
from core.log import logger
from gateway.installation.context import BROKER, SWITCH, USER
from gateway.secret_sources import ENVIRONMENT

PAUSE_S: Final = 1.0
STOP_S: Final = 20.0
_log = logger("installation")


class ForegroundServices:
    """Each by its user's name. One that ends is started again, as long as `stay` lasts; `songhua serve` does
    the same for its roles. All are stopped in the opposite order.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], *, folder: Path, as_users: bool) -> None:
        self._commands = commands
        self._folder = folder
        self._as_users = as_users
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._end = threading.Event()

    def start(self, service: str) -> None:
        """Does nothing where it runs. Raises `OSError`."""
        running = self._running.get(service)
        if running is not None and running.poll() is None:
            return
        user = service if self._as_users else None
        groups = {USER: [SWITCH], BROKER: [USER]}.get(service, [])
        self._running[service] = subprocess.Popen(  # noqa: S603  # our own commands
            self._commands[service],
            cwd=self._folder if service == USER else "/",
            stdin=subprocess.DEVNULL,
            env=self._environment(service),
            umask=0o007 if service == SWITCH else 0o027,
            user=user,
            group=user,
            extra_groups=groups if self._as_users else None,
            # Ctrl-C is this process's: it stops them in their order.
            start_new_session=True,
        )

    def _environment(self, service: str) -> dict[str, str]:
        """The service and the broker's log reader read the settings, which variables may change."""
        settings = (
            {} if service == SWITCH else {k: v for k, v in os.environ.items() if k.startswith(ENVIRONMENT)}
        )
        return {**without_secrets(), **settings}

    def stop(self, service: str) -> None:
        """SIGTERM, and SIGKILL for who does not end."""
        running = self._running.pop(service, None)
        if running is None:
            return
        running.terminate()
        try:
            running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()

    def stay(self) -> None:
        """Until SIGTERM or Ctrl-C."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._end.set())
        try:
            while not self._end.wait(PAUSE_S):
                self.look_after()
        finally:
            self.close()

    def look_after(self) -> None:
        """Start again who has ended."""
        for service, running in list(self._running.items()):
            if running.poll() is not None:
                _log.error("service ended, starting it again", service=service, status=running.returncode)
                self.start(service)

    def close(self) -> None:
        """Stop all that run."""
        for service in reversed(list(self._running)):
            self.stop(service)

    @property
    def any_started(self) -> bool:
        """Whether this process has started one."""
        return bool(self._running)


def commands(config: Path, broker: Path, asterisk: Path, program: str) -> dict[str, Sequence[str]]:
    """How each is started: `broker` and `asterisk` are the folders of their configurations."""
    songhua = [sys.executable, "-m", "gateway.cli"]
    return {
        BROKER: [*songhua, "broker", "run", str(broker), "--config", str(config)],
        SWITCH: [program, "-f", "-C", str(asterisk / "asterisk.conf")],
        USER: [*songhua, "serve", "--config", str(config)],
    }
