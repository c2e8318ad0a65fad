"""A private PostgreSQL cluster: as user `postgres` when we are root, on a free port, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed, Program


class PostgresPeer:
    """One cluster in a folder of its own below /tmp (its user must reach it)."""

    def __init__(self, *, connections: int = 60, network: str = "", address: str = "127.0.0.1") -> None:
        """`network`: hosts in it may come too, also to replicate, by `address` of this machine."""
        self.port = free_port()
        self.address = address
        self._network = network
        self.folder = Path(tempfile.mkdtemp(prefix="songhua-pg-"))
        self.password = secrets.token_hex(12)
        self._user = "postgres" if os.geteuid() == 0 else None
        self._connections = connections
        self._program: Program | None = None

    @property
    def url(self) -> str:
        """For SQLAlchemy with asyncpg; the database is `postgres`."""
        return f"postgresql+asyncpg://postgres:{self.password}@{self.address}:{self.port}/postgres"

    def start(self) -> None:
        """Make the cluster and start it (about two seconds)."""
        programs, data = tools(), self.folder / "data"
        if self._user is not None:
            shutil.chown(self.folder, self._user, self._user)
        secret = self.folder / "secret"
        secret.write_text(self.password)
        secret.chmod(0o644)
        argv: list[str | Path] = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256"]
        argv += ["--pwfile", secret, "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            argv,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self._user,
            cwd=self.folder,
            timeout=60,
            check=False,
        )
        secret.unlink()
        if made.returncode != 0:
            raise PeerFailed(f"initdb: {made.stdout.decode(errors='replace')}")
        if self._network:
            with (data / "pg_hba.conf").open("a") as access:
                for what in ("all", "replication"):
                    access.write(f"host {what} all {self._network} scram-sha-256\n")
        self.resume()

    def stop(self) -> None:
        """As an operator stops it: every connection ends at once, nothing committed is lost."""
        assert self._program is not None
        self._program.signal(signal.SIGINT)
        self._program.wait(20)

    def resume(self) -> None:
        """Start again after `stop` or `kill`."""
        programs, data = tools(), self.folder / "data"
        addresses = ",".join(dict.fromkeys(("127.0.0.1", self.address)))
        options = ["-c", f"listen_addresses={addresses}", "-c", f"unix_socket_directories={self.folder}"]
        options += [
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            f"max_connections={self._connections}",
        ]
        self._program = Program(
            [programs / "postgres", "-D", data, "-p", str(self.port), *options],
            log=self.folder.parent / f"{self.folder.name}.log",
            user=self._user,
            cwd=self.folder,
        )
        ready: list[str | Path] = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        self._program.wait_until(
            lambda: subprocess.run(ready, check=False, timeout=10).returncode == 0,
            what="a database",
            timeout=20,
        )

    def psql(self, statement: str) -> str:
        """Run one statement and return its output."""
        return subprocess.run(
            [
                tools() / "psql",
                "-h",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-U",
                "postgres",
                "-At",
                "-c",
                statement,
            ],
            env={**os.environ, "PGPASSWORD": self.password},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=30,
        ).stdout

    def kill(self) -> None:
        assert self._program is not None
        self._program.kill()

    def close(self) -> None:
        """Stop and delete everything."""
        if self._program is not None:
            self._program.stop(10)
            self._program.log.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        release(self.port)


def tools() -> Path:
    """The folder of the newest PostgreSQL's programs."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda tool: int(tool.parts[-3]))
    if not versions:
        raise PeerFailed("PostgreSQL is missing: run scripts/setup (Debian package postgresql)")
    return versions[-1].parent
