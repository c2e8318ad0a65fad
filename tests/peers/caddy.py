"""Caddy with the configuration that we ship, on a port and with a certificate of its own."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port, release
from tests.peers.program import Program
from tests.peers.server_certificate import server_certificate

SHIPPED = CHECKOUT / "deploy" / "caddy" / "Caddyfile"


class CaddyPeer:
    """In front of `upstream`, a port of this machine. Close it at the end."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder = folder
        self.port = free_port()
        self.access_log = folder / "access.log"
        self.certificate, self._key = server_certificate(folder)
        self.config = folder / "Caddyfile"
        self.config.write_text(self._shipped(upstream), encoding="utf-8")
        self._caddy: Program | None = None

    def check(self) -> str:
        """What Caddy says of the configuration. Raises `AssertionError` when it does not take it."""
        done = subprocess.run(
            ["caddy", "validate", "--adapter", "caddyfile", "--config", self.config],
            capture_output=True, text=True, check=False, env=self._environment(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stderr

    def start(self) -> None:
        argv = ["caddy", "run", "--adapter", "caddyfile", "--config", str(self.config)]
        self._caddy = Program(argv, log=self.folder / "caddy.log", env=self._environment())
        self._caddy.wait_until(self._answers, what="Caddy that listens")

    def close(self) -> None:
        if self._caddy is not None:
            self._caddy.stop(5)
        release(self.port)

    def _environment(self) -> dict[str, str]:
        home = str(self.folder)
        path = os.environ.get("PATH", "")
        return {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "PATH": path}

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _shipped(self, upstream: int) -> str:
        text = SHIPPED.read_text(encoding="utf-8")
        log = f"\tlog {{\n\t\toutput file {self.access_log}\n\t}}"
        for shipped, ours in (
            ("{\n\tservers {", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers {"),
            (
                "songhua.example.org {",
                f"localhost:{self.port} {{\n\tbind 127.0.0.1\n\ttls {self.certificate} {self._key}\n{log}",
            ),
            ("127.0.0.1:8080", f"127.0.0.1:{upstream}"),
        ):
            assert shipped in text, shipped
            text = text.replace(shipped, ours)
        return text
