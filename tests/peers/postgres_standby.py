"""A streaming standby of a private PostgreSQL cluster, on a machine of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.peers.hosts import Host
from tests.peers.postgres import PostgresPeer, tools
from tests.peers.program import PeerFailed, Program


class PostgresStandby:
    """Copies `primary` at the start and follows it; after `promote` it is a primary itself."""

    def __init__(self, primary: PostgresPeer, host: Host) -> None:
        self.port = primary.port
        self.address = host.address
        self.folder = Path(tempfile.mkdtemp(prefix="songhua-pg-standby-"))
        self._primary = primary
        self._host = host
        self._user = "postgres" if os.geteuid() == 0 else None
        self._environment = {**os.environ, "PGPASSWORD": primary.password}
        self._program: Program | None = None

    def start(self) -> None:
        if self._user is not None:
            shutil.chown(self.folder, self._user, self._user)
        data, primary = self.folder / "data", self._primary
        copy: list[str | Path] = [tools() / "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast"]
        copy += ["-h", primary.address, "-p", str(primary.port), "-U", "postgres"]
        with self._host.inside():
            done = subprocess.run(
                copy, env=self._environment, user=self._user, cwd=self.folder, capture_output=True, text=True,
                timeout=60, check=False,
            )  # fmt: skip
            if done.returncode != 0:
                raise PeerFailed(f"pg_basebackup: {done.stderr}")
            data.chmod(0o700)
            options = [f"listen_addresses={self.address}", f"unix_socket_directories={self.folder}"]
            options += ["fsync=off", "hot_standby=on", "max_connections=300"]
            settings = [word for one in options for word in ("-c", one)]
            self._program = Program(
                [tools() / "postgres", "-D", data, "-p", str(self.port), *settings],
                log=self.folder.parent / f"{self.folder.name}.log",
                user=self._user,
                cwd=self.folder,
            )
        self._program.wait_until(lambda: self.psql("SELECT 1").strip() == "1", what="a standby", timeout=30)

    def psql(self, statement: str) -> str:
        """Its output; empty where it does not answer."""
        argv: list[str | Path] = [tools() / "psql", "-h", self.address, "-p", str(self.port)]
        with self._host.inside():
            done = subprocess.run(
                [*argv, "-U", "postgres", "-At", "-c", statement],
                env=self._environment, capture_output=True, text=True, timeout=30, check=False,
            )  # fmt: skip
        return done.stdout

    def promote(self) -> None:
        """As an operator does whose primary is gone for good."""
        self.psql("SELECT pg_promote()")

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(10)
            self._program.log.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
