"""One private PostgreSQL for all processes of a test run: the first to need it starts it, and stops it at
the end once nobody else uses it.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.peers.postgres import PostgresPeer

POLL_S = 0.05
CONNECTIONS = 300
"""Eight processes, each with the pools of a few engines."""


class SharedPostgres:
    """The cluster whose address stands in `folder`, which all processes of a run have in common.

    Who uses it holds a lock on a file, which the kernel lets go when the process ends, however it ends.
    """

    def __init__(self, folder: Path) -> None:
        self._address = folder / "postgres.url"
        self._gate = (folder / "postgres.gate").open("a")
        self._users = (folder / "postgres.users").open("a")
        self._started: PostgresPeer | None = None

    def join(self) -> str:
        """Its address for SQLAlchemy with asyncpg; started if nobody has."""
        with _locked(self._gate):
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self._address.exists():
                self._started = PostgresPeer(connections=CONNECTIONS)
                self._started.start()
                self._address.write_text(self._started.url, encoding="utf-8")
            return self._address.read_text(encoding="utf-8")

    def leave(self) -> None:
        """Use it no more. Who started it waits until nobody uses it and stops it."""
        fcntl.flock(self._users, fcntl.LOCK_UN)
        while self._started is not None and not self._stopped(self._started):
            time.sleep(POLL_S)
        self._users.close()
        self._gate.close()

    def _stopped(self, cluster: PostgresPeer) -> bool:
        with _locked(self._gate):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._address.unlink()
            cluster.close()
            return True


@contextmanager
def _locked(gate: IO[str]) -> Iterator[None]:
    fcntl.flock(gate, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(gate, fcntl.LOCK_UN)
