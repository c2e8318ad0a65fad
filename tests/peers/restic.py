"""A repository of the real restic (Debian package restic) in a folder, and what restic itself says of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.peers.checkout import program
from tests.waiting import wait_for

PASSWORD = "repository-0123456789"


class ResticPeer:
    """`password` is that of its repository."""

    def __init__(self, repository: Path, password: str = PASSWORD) -> None:
        self.repository = repository
        self.password = password

    def init(self) -> None:
        self._told("init")

    def snapshots(self) -> list[dict[str, Any]]:
        """All of them, under whatever tag."""
        found: list[dict[str, Any]] = json.loads(self._told("snapshots", "--no-lock"))
        return found

    def check(self) -> None:
        """Read all of it. Raises where anything is damaged."""
        self._told("check", "--read-data")

    def locks(self) -> list[Path]:
        """Those that hold: one that is being written has another name."""
        return [one for one in (self.repository / "locks").iterdir() if len(one.name) == 64]

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Another restic works there alone, for as long as this lasts."""
        with self._started("check") as other:
            wait_for(lambda: self.locks() or other.poll() is not None, "restic's lock")
            other.send_signal(signal.SIGSTOP)
            assert self.locks(), "it was too quick"
            try:
                yield
            finally:
                other.send_signal(signal.SIGCONT)
                other.wait(30)

    def _told(self, *words: str) -> str:
        with self._started(*words) as started:
            out, said = started.communicate(timeout=60)
        assert started.returncode == 0, said
        return out

    def _started(self, *words: str) -> subprocess.Popen[str]:
        argv = [
            program("restic", package="restic"),
            "-r",
            str(self.repository),
            "--no-cache",
            "--json",
            *words,
        ]
        return subprocess.Popen(
            argv, env={**os.environ, "RESTIC_PASSWORD": self.password}, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
