"""A private Mumble server (Debian package mumble-server), and users of it by somebody else's client (pymumble
1.6.1, a program in an environment of its own, because it is GPL).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.peers.audio import Samples
from tests.peers.checkout import CHECKOUT, HOME, program
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed, Program

REQUIREMENTS: Final = CHECKOUT / "requirements" / "mumble-peer.txt"
ENVIRONMENT: Final = HOME / "mumble-peer"
SPEAK, ENTER = 0x8, 0x4
CLIENT_RATE: Final = 48_000


class MumblePeer:
    """One server that keeps its port, users, channels and certificate through `kill` and `start`."""

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        channels: Sequence[str] = (),
        registered: Mapping[str, str] | None = None,
        denied: Mapping[str, int] | None = None,
    ) -> None:
        """`channels` are children of the root, `registered` names with their own passwords; `denied` says
        what nobody may do in a channel (`SPEAK`, `ENTER`). `SuperUser` has the server's password, too.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.password = password
        self._channels = channels
        self._registered = dict(registered or {})
        self._denied = dict(denied or {})
        self._config = folder / "server.ini"
        self._database = folder / "server.sqlite"
        self._program: Program | None = None
        lines = {
            "database": self._database,
            "port": self.port,
            "host": "127.0.0.1",
            "serverpassword": password,
            "uname": "root",
            "bonjour": "false",
            "autobanAttempts": 0,
            "messagelimit": 100,
            "messageburst": 100,
        }
        self._config.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    @property
    def program(self) -> Program:
        assert self._program is not None, "this server was not started"
        return self._program

    def start(self) -> None:
        server = program("mumble-server", package="mumble-server")
        if not self._database.exists():
            self._lay(server)
        argv: list[str | Path] = [server, "-fg", "-ini", self._config]
        self._program = Program(argv, log=self.folder / "server.log", cwd=self.folder, carries_sound=True)
        self._program.wait_until(self._listening, what=f"a server on port {self.port}", timeout=20)

    def kill(self) -> None:
        self.program.kill()

    def close(self) -> None:
        if self._program is not None:
            # Asked politely, it takes seconds.
            self._program.kill()
        release(self.port)

    def sha256(self) -> str:
        """Of its certificate."""
        shown = ssl.get_server_certificate(("127.0.0.1", self.port), timeout=5)
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()

    def _lay(self, server: str) -> None:
        """What an operator does by hand, before it runs."""
        done = subprocess.run(
            [server, "-ini", self._config, "-supw", self.password],
            capture_output=True,
            text=True,
            check=False,
        )
        if not self._database.exists():
            raise PeerFailed(f"mumble-server made no database\n{done.stderr[-2000:]}")
        with sqlite3.connect(self._database) as base:
            rows = [(0, None, "Root"), *((at, 0, name) for at, name in enumerate(self._channels, 1))]
            base.executemany("INSERT INTO channels VALUES (1, ?, ?, ?, 1)", rows)
            for at, (name, password) in enumerate(self._registered.items(), 1):
                base.execute(
                    "INSERT INTO users VALUES (1, ?, ?, ?, '00', 1000, NULL, NULL, NULL, NULL)",
                    (at, name, hashlib.pbkdf2_hmac("sha384", password.encode(), b"\0", 1000, 48).hex()),
                )
            for name, what in self._denied.items():
                base.execute(
                    "INSERT INTO acl VALUES (1, ?, 5, NULL, 'all', 1, 1, 0, ?)",
                    (self._channels.index(name) + 1, what),
                )
        base.close()

    def _listening(self) -> bool:
        with socket.socket() as trial:
            trial.settimeout(0.5)
            return trial.connect_ex(("127.0.0.1", self.port)) == 0


def environment() -> Path:
    """The client's Python; made once for a checkout, in about ten seconds. Raises `PeerFailed`."""
    HOME.mkdir(parents=True, exist_ok=True)
    python = ENVIRONMENT / "bin" / "python"
    made = ENVIRONMENT / "requirements.txt"
    with (HOME / "mumble-peer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists() and made.read_bytes() == REQUIREMENTS.read_bytes():
            return python
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        for argv in (
            [sys.executable, "-m", "venv", str(ENVIRONMENT)],
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r",
             str(REQUIREMENTS)],
        ):  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                raise PeerFailed(f"{argv}: {done.stderr[-2000:]}")
        made.write_bytes(REQUIREMENTS.read_bytes())
    return python


class MumbleUser:
    """Somebody with the app in a channel: `say` is what he says, `transmitted` what he hears."""

    def __init__(self, folder: Path, *, port: int, name: str, password: str, channel: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._heard = folder / f"{name}.s16"
        self._texts = folder / f"{name}.jsonl"
        self._log = folder / f"{name}.log"
        self._control = free_port()
        self._argv = [
            str(port),
            name,
            password,
            channel,
            str(self._heard),
            str(self._texts),
            str(self._control),
        ]
        self._from = 0
        self._speaks_until = 0.0
        self._program: Program | None = None

    def start(self) -> None:
        """Returns when he is signed in."""
        self._heard.write_bytes(b"")
        self._texts.write_text("")
        script = CHECKOUT / "tests" / "peers" / "mumble_user.py"
        self._program = Program([environment(), script, *self._argv], log=self._log, carries_sound=True)
        self._program.wait_until(
            lambda: "connected" in self._log.read_text(errors="replace"), what="a user who is signed in"
        )

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        release(self._control)

    def order(self, what: str, **values: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.sendto(json.dumps({"what": what, **values}).encode(), ("127.0.0.1", self._control))

    def say(self, frequency: float, seconds: float) -> None:
        """A tone, from now on; returns at once."""
        self._speaks_until = time.monotonic() + seconds
        self.order("say", hz=frequency, seconds=seconds)

    @property
    def speaking(self) -> bool:
        return time.monotonic() < self._speaks_until

    def listen_anew(self) -> None:
        self._from = self._heard.stat().st_size

    def transmitted(self) -> Samples:
        """What he has heard since `listen_anew`, -1 to 1, at 8 kHz."""
        raw = self._heard.read_bytes()[self._from :]
        step = CLIENT_RATE // 8000
        samples = np.frombuffer(raw[: len(raw) // (2 * step) * 2 * step], "<i2").astype(np.float64) / 32768
        # Tones of tests are far below 4 kHz: the mean is filter enough.
        return np.asarray(samples.reshape(-1, step).mean(axis=1), dtype=np.float64)

    def hears(self, within: float = 0.25) -> bool:
        """Whether somebody was heard just now."""
        stat = self._heard.stat()
        return stat.st_size > 0 and time.time() < stat.st_mtime + within

    def texts(self) -> list[dict[str, Any]]:
        """All that were written to him: `from` and `text`."""
        return [json.loads(line) for line in self._texts.read_text().splitlines()]
