"""nginx with the configuration that we ship, on ports and with a certificate of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port, release
from tests.peers.program import Program
from tests.peers.server_certificate import server_certificate

SHIPPED = CHECKOUT / "deploy" / "nginx" / "songhua.conf"


def lacking() -> str:
    """Why there is no nginx here; empty when there is."""
    return "" if _program() else "there is no nginx here: scripts/setup"


def _program() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


class NginxPeer:
    """In front of `upstream`, a port of this machine. Close it at the end."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.folder = folder
        self.port = free_port()
        self.access_log = folder / "access.log"
        self.certificate, _ = server_certificate(folder)
        self.config = folder / "nginx.conf"
        self.config.write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; user root;\n"
            "events { worker_connections 2000; }\n"
            f"http {{ access_log {self.access_log};\n"
            f"client_body_temp_path {folder}; proxy_temp_path {folder};\n"
            f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
            + self._shipped(upstream)
            + "}\n",
            encoding="utf-8",
        )
        self._nginx: Program | None = None

    def check(self) -> str:
        """What nginx says of the configuration. Raises `AssertionError` when it does not take it."""
        done = subprocess.run(
            [_program() or "nginx", "-t", "-c", self.config], capture_output=True, text=True, check=False
        )
        assert "syntax is ok" in done.stderr, done.stderr
        return done.stderr

    def start(self) -> None:
        self._nginx = Program([_program() or "nginx", "-c", self.config], log=self.folder / "nginx.log")
        self._nginx.wait_until(self._answers, what="nginx that listens")

    def close(self) -> None:
        if self._nginx is not None:
            self._nginx.stop(5)
        release(self.port)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _shipped(self, upstream: int) -> str:
        text = SHIPPED.read_text(encoding="utf-8")
        for shipped, ours in (
            ("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("listen [::]:443 ssl;", ""),
            ("/etc/ssl/songhua/", f"{self.folder}/"),
            ("server_name songhua.example.org;", "server_name localhost;"),
        ):
            assert shipped in text, shipped
            text = text.replace(shipped, ours)
        return text
