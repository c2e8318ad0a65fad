"""A private Mosquitto: MQTT and WebSocket on free ports, password and ACL for each user, nobody anonymous."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.checkout import program
from tests.peers.ports import free_port, release
from tests.peers.program import Program


@dataclass(frozen=True, slots=True)
class Account:
    """A broker's user. `acl` holds mosquitto's own lines, e.g. "topic readwrite v1/harbin/#"."""

    name: str
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    acl: tuple[str, ...] = ("topic readwrite #",)


class MosquittoPeer:
    """One broker that survives restarts: persistence on, the same ports after `kill` and `restart`."""

    def __init__(
        self, folder: Path, *, accounts: Sequence[Account] = (), extra: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.websocket_port = free_port()
        self.accounts: dict[str, Account] = {}
        self._extra = dict(extra or {})
        self._program: Program | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for account in accounts:
            self.accounts[account.name] = account
        self._write()

    @property
    def program(self) -> Program:
        assert self._program is not None, "this broker was not started"
        return self._program

    def start(self) -> None:
        argv: list[str | Path] = [
            program("mosquitto", package="mosquitto"),
            "-c",
            self.folder / "mosquitto.conf",
        ]
        self._program = Program(argv, log=self.folder / "mosquitto.log", cwd=self.folder)
        self._program.wait_until(self._listening, what=f"a broker on port {self.port}", timeout=10)

    def add(self, account: Account) -> None:
        """Add or replace an account while the broker runs."""
        self.accounts[account.name] = account
        self._write()
        if self._program is not None:
            self._program.signal(1)  # SIGHUP: read the files again

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop(5)

    def kill(self) -> None:
        self.program.kill()

    def restart(self) -> None:
        """Up again on the same ports with what it had kept."""
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        release(self.port)
        release(self.websocket_port)

    def _write(self) -> None:
        passwords = self.folder / "passwords"
        self._put(passwords, "")
        tool = program("mosquitto_passwd", package="mosquitto")
        for account in self.accounts.values():
            subprocess.run(
                [tool, "-b", passwords, account.name, account.password],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=10,
            )
        blocks = ("\n".join([f"user {account.name}", *account.acl]) for account in self.accounts.values())
        self._put(self.folder / "acl", "\n\n".join(blocks) + "\n")
        lines = [
            *(
                ["user root"] if os.geteuid() == 0 else []
            ),  # else it becomes another user and cannot read these
            "per_listener_settings false",
            "allow_anonymous false",
            f"password_file {passwords}",
            f"acl_file {self.folder / 'acl'}",
            f"listener {self.port} 127.0.0.1",
            f"listener {self.websocket_port} 127.0.0.1",
            "protocol websockets",
            "persistence true",
            f"persistence_location {self.folder}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            "log_dest stderr",
            *[f"{key} {value}" for key, value in self._extra.items()],
        ]
        self._put(self.folder / "mosquitto.conf", "\n".join(lines) + "\n")

    def _put(self, file: Path, text: str) -> None:
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(text)

    def _listening(self) -> bool:
        return all(_answers(port) for port in (self.port, self.websocket_port))


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        trial.settimeout(0.5)
        return trial.connect_ex(("127.0.0.1", port)) == 0
