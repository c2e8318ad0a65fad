"""A service whose every secret is known to the test, and whose peers are all away. Each of its system calls
that reach out, or write into a home folder, is on record.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from gateway.asterisk.render import prepare_directories
from gateway.secret_sources import secrets_of
from gateway.settings import Settings
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.ports import free_port
from tests.peers.program import Program
from tests.peers.songhua import to_toml

MARK: Final = "Plant0"
"""Short: a password of SMPP has eight characters."""
CALLS: Final = "connect,sendto,sendmsg,sendmmsg,openat,mkdir,execve"


class PlantedService:
    """All three roles under strace, as `songhua serve` runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.calls = folder / "calls.txt"
        self.config = folder / "songhua.toml"
        self.port_file = folder / "centre.port"
        self.config.write_text(to_toml(planted(folder)), encoding="utf-8")
        self.config.chmod(0o600)
        self.settings = Settings.load(self.config)
        assert self.settings.asterisk is not None
        prepare_directories(self.settings.asterisk)
        argv = [
            "strace",
            "-f",
            "-qq",
            "--seccomp-bpf",
            "-s",
            "300",
            "-e",
            f"trace={CALLS}",
            "-e",
            "signal=none",
        ]
        argv += ["-o", str(self.calls), sys.executable, "-m", "gateway.cli"]
        self.program = Program(
            [*argv, "serve", "--config", str(self.config)],
            log=folder / "songhua.log",
            env={
                "HOME": str(self.home),
                "XDG_CACHE_HOME": "",
                "SONGHUA__AMI__SECRET": f"{MARK}00environment",
            },
            cwd=CHECKOUT,
        )

    def wait_up(self) -> None:
        self.program.wait_until(
            lambda: self.program.tail(2_000).count('"role is up"') >= 3, what="three roles", timeout=120
        )

    def close(self) -> None:
        self.program.stop(20)

    @property
    def port(self) -> int:
        return int(self.port_file.read_text())

    def figures_port(self, role: str) -> int:
        return int((self.folder / f"{role}.port").read_text())

    def processes(self) -> list[Path]:
        """Of the service and what it started, without strace: folders below /proc."""
        found = []
        for one in Path("/proc").glob("[0-9]*"):
            try:
                environment = (one / "environ").read_bytes()
                name = (one / "comm").read_text()
            except OSError:
                continue
            if f"HOME={self.home}".encode() in environment and "strace" not in name:
                found.append(one)
        return found


def unplanted(settings: Settings) -> set[str]:
    """Secrets that settings may have and these lack."""
    dumped = json.dumps(_paths(settings.model_dump()))
    return {path for path in secrets_of(Settings) if not re.search(_pattern(path), dumped)}


def _pattern(path: str) -> str:
    return '"' + re.escape(path).replace(r"\*", '[^".]+') + '"'


def _paths(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in _paths(one, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list | tuple):
        return [found for number, one in enumerate(value) for found in _paths(one, f"{path}.{number}")]
    return [path] if hasattr(value, "get_secret_value") and MARK in value.get_secret_value() else []


def planted(folder: Path) -> dict[str, Any]:
    numbers = iter(range(10, 99))

    def secret() -> str:
        return f"{MARK}{next(numbers)}Secret"

    sip, http, ami, agi = (free_port() for _ in range(4))
    etc = folder / "asterisk"
    directories = {name: str(etc / name) for name in ("varlib", "spool", "run", "log", "recordings")}
    return {
        "storage": {"url": f"postgresql+asyncpg://songhua:{secret()}@127.0.0.1:1/songhua"},
        "web": {"port": 0, "port_file": str(folder / "centre.port"), "dist": str(CHECKOUT / "console/dist")},
        "metrics": {
            "radio_port": 0, "speech_port": 0, "port_files": str(folder), "token": secret(),
        },
        "mqtt": {
            "port": 1,
            "accounts": {
                role: {"user": role, "password": secret()} for role in ("centre", "radio", "speech")
            },
        },
        "tls": {"folder": str(folder / "tls")},
        "identity": {
            "oidc": {"issuer": "http://127.0.0.1:1", "client_id": "songhua", "client_secret": secret()},
        },
        "telemetry": {"endpoint": "http://127.0.0.1:1", "token": secret()},
        "mail": {
            "host": "127.0.0.1", "port": 1, "user": "us", "password": secret(),
            "sender": "songhua@example.org",
        },
        "sms": {
            "host": "127.0.0.1", "port": 1, "security": "none", "system_id": "us", "number": "12319",
            "password": secret()[:8],
        },
        "webhooks": {"signing_key": secret()},
        "backup": {
            "folder": str(folder / "backups"),
            "restic": {
                "repository": str(folder / "restic"), "password": secret(),
                "s3_key_id": secret(), "s3_key": secret(),
            },
        },
        "sensing": {
            "accounts": {"police": {"user": "us", "password": secret()}},
            "plate_key": secret(),
            "feeds": {"police": {"title": "police", "secret": secret()}},
            "gb28181": {
                "port": free_port(), "devices": {"23010300001180000001": {"password": secret()}},
            },
        },
        "citizen": {
            "open311": {"enabled": True, "keys": {"other": secret()}},
            "wechat": {
                "enabled": True, "app_id": "wx1", "app_secret": secret(), "token": secret(),
                "encoding_aes_key": secret().ljust(43, "A"), "api": "http://127.0.0.1:1",
            },
        },
        "switch": {"turn": {"urls": ["turn:127.0.0.1:3478"], "secret": secret()}},
        "ami": {"port": ami, "secret": secret()},
        "asterisk": {
            "ports": {"sip": sip, "http": http, "ami": ami, "fastagi": agi},
            "directories": {"etc": str(etc), "prompts": str(CHECKOUT / "ivr/prompts"), **directories},
            "ami": {"secret": secret()},
            "asyncagi": {"name": "songhua-agi", "secret": secret()},
            "trunks": [{"name": "carrier", "match": ["192.0.2.1"], "username": "us", "secret": secret()}],
            "agents": [{"name": "agent-1", "secret": secret()}],
            "radios": [{"name": "north", "host": "127.0.0.1", "username": "us", "secret": secret()}],
            "unit_pages": {"secret": secret()},
        },
        "speech": {
            "model": str(HOME / "models" / "whisper-base"), "spool": str(folder / "speech-spool.sqlite"),
        },
        "ivr": {"uploads": str(folder / "ivr")},
        "cdr": {
            "key_file": str(folder / "ledger.key"),
            "recordings_key_file": str(folder / "recordings.key"),
            "heads_file": str(folder / "heads.jsonl"),
        },
        "radio": {
            "photos": str(folder / "photos"),
            "svxreflector": {
                "port": 1, "talkgroups": [{"tg": 1, "callsign": "SONGHUA-1", "password": secret()}],
            },
            "mumble": {
                "port": 1, "talkgroups": [{"tg": 1, "channel": "c", "name": "S", "password": secret()}],
            },
            "dmr_homebrew": {
                "role": "peer", "port": 1, "id": 460499, "password": secret(),
                "talkgroups": [{"tg": 9, "slot": 2}], "repeaters": [{"id": 1, "password": secret()}],
            },
            "trunk_recorder": {
                "system": "harbin", "talkgroups": [{"tg": 1}],
                "broker": {"host": "127.0.0.1", "port": 1, "user": "us", "password": secret()},
            },
        },
        "log": {"level": "debug", "show_personal": True},
    }  # fmt: skip
