"""The service itself as a process: `songhua serve` with a database, accounts and ports of its own."""

from __future__ import annotations

import http.cookiejar
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from cdr.audit import init_keys
from cdr.settings import CdrSettings
from core.actor import Role
from core.scopes import Scopes
from core.secret import revealed
from identity.model import Language, User
from tests.peers import preloaded
from tests.peers.asterisk import AsteriskPeer
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.prepared import add_people, upgrade, with_people
from tests.peers.program import PeerFailed, Program

PATIENCE_S = 120.0
COMMAND_S = 90.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in. `endpoint` is the phone of an agent."""

    id: str
    name: str
    roles: tuple[str, ...]
    endpoint: str | None = None
    language: str = "zh"
    departments: tuple[str, ...] = ()
    password: str = "songhua-river-2026"  # opens a private test instance only

    @property
    def user(self) -> User:
        language: Language = "en" if self.language == "en" else "zh"
        roles = frozenset(Role(name) for name in self.roles)
        scopes = Scopes(departments=frozenset(self.departments))
        return User(self.id, self.name, roles, language, self.endpoint, scopes=scopes)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and the password of each role."""

    port: int
    websocket_port: int
    passwords: Mapping[str, str]


class SonghuaPeer:
    """All roles, or one, on a given Asterisk and broker. Write-ahead: `prepare`, then `start`."""

    def __init__(
        self,
        folder: Path,
        *,
        asterisk: AsteriskPeer,
        broker: Broker | None,
        database: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        descriptors: int | None = None,
        authority: Path | None = None,
        entry: Sequence[str] = ("gateway.cli",),
    ) -> None:
        """With `descriptors`, no process of the service may have more files and sockets open than these.
        `authority` is whom visitors trust, where the overrides say that the web speaks TLS. `entry` is the
        module that serves, with words of its own: the command line, or what measures it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.config = folder / "songhua.toml"
        self.port_file = folder / "web.port"
        self.asterisk = asterisk
        self.heads = folder / "heads.jsonl"
        settings = _settings(folder, asterisk, broker, database, self.port_file)
        for key, value in (overrides or {}).items():
            settings[key] = {**settings.get(key, {}), **value} if isinstance(value, Mapping) else value
        self._settings = settings
        self.trust = None if authority is None else ssl.create_default_context(cafile=authority)
        self._descriptors = descriptors
        self._entry = tuple(entry)
        self.config.write_text(to_toml(settings), encoding="utf-8")
        self.config.chmod(0o600)
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        if self._program is None:
            raise PeerFailed("this service was not started")
        return self._program

    @property
    def address(self) -> str:
        scheme = "http" if self.trust is None else "https"
        return f"{scheme}://127.0.0.1:{self.port_file.read_text().strip()}"

    def run(self, *words: str, env: Mapping[str, str] | None = None, check: bool = True) -> str:
        """What `songhua WORDS --config …` prints; a failure becomes `PeerFailed` with its message."""
        command = [*words, "--config", str(self.config)]
        environment = {**os.environ, **(env or {})}
        done = preloaded.command(command, environment, COMMAND_S) or subprocess.run(
            [sys.executable, "-m", "gateway.cli", *command],
            cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=COMMAND_S, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise PeerFailed(
                f"songhua {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def prepare(self, people: Sequence[Person]) -> None:
        """Schema, key and people, as `songhua db upgrade`, `audit init-key` and `user import` make them."""
        init_keys(CdrSettings(key_file=self._settings["cdr"]["key_file"]))
        accounts = [(one.user, one.password) for one in people]
        url = str(self._settings["storage"]["url"])
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            shutil.copyfile(with_people(accounts), str(address.database))
            return
        upgrade(url)
        add_people(url, accounts)

    def start(self, *, role: str | None = None) -> None:
        """Returns when the web answers (or, for a single other role, when it says that it is up)."""
        self.port_file.unlink(missing_ok=True)
        argv = [sys.executable, "-m", *self._entry, "serve", "--config", str(self.config)]
        argv += ["--role", role] if role else []
        if self._descriptors is not None:
            argv = ["prlimit", f"--nofile={self._descriptors}:{self._descriptors}", *argv]
        self._program = Program(argv, log=self.folder / "songhua.log", cwd=CHECKOUT)
        ready = (
            self._answers if role in {None, "centre"} else lambda: '"role is up"' in self.program.tail(200)
        )
        self._program.wait_until(ready, what="a service that answers", timeout=PATIENCE_S)

    def wait_healthy(self, *parts: str, timeout: float = PATIENCE_S) -> None:
        """Wait until these parts are up (all of them when none is named)."""
        deadline = time.monotonic() + timeout
        while True:
            states = {part["part"]: part for part in self.health()["parts"]}
            bad = [
                states.get(name, {"part": name, "why": "missing"})
                for name in (parts or tuple(states))
                if states.get(name, {}).get("state") != "up"
            ]
            if not bad:
                return
            if time.monotonic() > deadline:
                raise PeerFailed(f"not healthy: {bad}\n{self.program.tail()}")
            time.sleep(0.1)

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}/api/health", timeout=20, context=self.trust) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def sign_in(self, person: Person) -> Visitor:
        return Visitor(self.address, person, self.trust)

    def restart(self) -> None:
        self.program.stop(15)
        self.start()

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(15)

    def _answers(self) -> bool:
        try:
            return bool(self.port_file.exists() and self.health())
        except (OSError, ValueError):
            return False


class Visitor:
    """A signed-in person who speaks HTTP; `cookie` opens the WebSocket too."""

    def __init__(self, address: str, person: Person, trust: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._jar), urllib.request.HTTPSHandler(context=trust)
        )
        self.post("/api/session", {"user": person.id, "password": person.password})

    @property
    def cookie(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self._jar)

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("PATCH", path, body)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(
            self._address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Songhua": "1", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=10) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise PeerFailed(
                f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
            ) from error
        return json.loads(text) if text else None


def _settings(
    folder: Path, asterisk: AsteriskPeer, broker: Broker | None, database: str | None, port_file: Path
) -> dict[str, Any]:
    ports = asterisk.ports
    accounts = (
        {role: {"user": role, "password": word} for role, word in broker.passwords.items()} if broker else {}
    )
    return {
        "storage": {"url": database or f"sqlite+aiosqlite:///{folder / 'songhua.db'}"},
        "metrics": {"radio_port": 0, "speech_port": 0, "port_files": str(folder)},
        "web": {"port": 0, "port_file": str(port_file), "dist": str(CHECKOUT / "console" / "dist")},
        "mqtt": {
            "port": broker.port if broker else 1,
            "ws_url": f"ws://127.0.0.1:{broker.websocket_port}" if broker else "",
            "accounts": accounts,
        },
        "switch": {"sip_ws_url": _sip_ws(asterisk)},
        "ami": {
            "port": ports.ami,
            "username": asterisk.settings.ami.name,
            "secret": asterisk.settings.ami.secret.get_secret_value(),
        },
        "asterisk": json.loads(
            json.dumps(revealed(asterisk.settings.model_dump(exclude_none=True)), default=str)
        ),
        "speech": {
            "model": str(HOME / "models" / "whisper-base"),
            "spool": str(folder / "speech-spool.sqlite"),
        },
        "ivr": {"uploads": str(folder / "ivr")},
        "field": {"photos": str(folder / "photos"), "maps": str(folder / "maps")},
        "cdr": {"key_file": str(folder / "ledger.key"), "heads_file": str(folder / "heads.jsonl")},
        "log": {"level": "info"},
    }


def _sip_ws(asterisk: AsteriskPeer) -> str:
    ports = asterisk.settings.ports
    if asterisk.settings.tls is not None:
        return f"wss://127.0.0.1:{ports.https}/ws"
    return f"ws://127.0.0.1:{ports.http}/ws"


def to_toml(settings: Mapping[str, Any]) -> str:
    """Nested settings as TOML; JSON's strings, numbers and booleans are TOML's too."""
    scalars = [
        f"{key} = {_value(value)}" for key, value in settings.items() if not isinstance(value, Mapping)
    ]
    tables = [
        f"\n[{key}]\n" + "\n".join(f"{json.dumps(name)} = {_value(inner)}" for name, inner in value.items())
        for key, value in settings.items()
        if isinstance(value, Mapping)
    ]
    return "\n".join(scalars + tables) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def new_secret() -> str:
    return secrets.token_urlsafe(24)
