"""A private SvxReflector (Debian package svxreflector): TCP, UDP and its status page on free ports."""

from __future__ import annotations

import json
import secrets
import socket
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.peers.checkout import program
from tests.peers.ports import free_port, release
from tests.peers.program import Program


class SvxReflectorPeer:
    """One reflector that keeps its ports and users through `kill` and `restart`."""

    def __init__(
        self,
        folder: Path,
        *,
        callsigns: Sequence[str],
        codec: str = "S16",
        allowed: Mapping[int, str] | None = None,
        longest_talk_s: int | None = None,
    ) -> None:
        """`callsigns` may sign in, all with the password `password`; `allowed` are regular expressions for
        the callsigns that may use a talkgroup. Who talks for longer than `longest_talk_s` is blocked.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.status_port = free_port()
        self.password = secrets.token_hex(8)
        self._config = folder / "svxreflector.conf"
        self._program: Program | None = None
        lines = [
            "[GLOBAL]",
            f"LISTEN_PORT={self.port}",
            f"HTTP_SRV_PORT={self.status_port}",
            f"CODECS={codec}",
            *(
                []
                if longest_talk_s is None
                else [f"SQL_TIMEOUT={longest_talk_s}", "SQL_TIMEOUT_BLOCKTIME=60"]
            ),
            "[USERS]",
            *[f"{callsign}=Tests" for callsign in callsigns],
            "[PASSWORDS]",
            f'Tests="{self.password}"',
        ]
        for tg, pattern in (allowed or {}).items():
            lines += [f"[TG#{tg}]", f"ALLOW={pattern}"]
        self._config.write_text("\n".join(lines) + "\n")

    @property
    def program(self) -> Program:
        assert self._program is not None, "this reflector was not started"
        return self._program

    @property
    def log(self) -> str:
        """All that it has said."""
        file = self.folder / "svxreflector.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        argv: list[str | Path] = [
            program("svxreflector", package="svxreflector"),
            f"--config={self._config}",
        ]
        self._program = Program(
            argv,
            log=self.folder / "svxreflector.log",
            cwd=self.folder,
            env={"HOME": str(self.folder)},
            carries_sound=True,
        )
        self._program.wait_until(self._listening, what=f"a reflector on port {self.port}", timeout=10)

    def kill(self) -> None:
        self.program.kill()

    def restart(self) -> None:
        """Up again on the same ports; nobody is signed in."""
        self.program.stop(5)
        self.start()

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(5)
        release(self.port)
        release(self.status_port)

    def nodes(self) -> dict[str, Any]:
        """Who is signed in, as its status page says: talkgroup, whether he talks, what he monitors."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.status_port}/status", timeout=20) as answer:
            nodes: dict[str, Any] = json.load(answer)["nodes"]
        return nodes

    def _listening(self) -> bool:
        with socket.socket() as trial:
            trial.settimeout(0.5)
            return trial.connect_ex(("127.0.0.1", self.port)) == 0
