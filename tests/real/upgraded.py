"""A recorded installation on real peers, upgraded by the commands of `docs/install.md` and started."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from core.secret import revealed
from gateway.asterisk.settings import AsteriskSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer
from tests.peers.baresip import BaresipPhone
from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed, Program
from tests.peers.songhua import Broker, Person, SonghuaPeer, to_toml
from tests.real.service import AGENT, SUPERVISOR, Seat, WholeService
from tests.speech.fakes import OBEDIENT
from tests.upgrades.installation import TERMINAL, Installation
from tests.waiting import wait_for

UID, OTHER, GROUP = "app:17", "app:18", "app:daoli"
MACHINE = ("ports", "directories", "ami")
"""What of `[asterisk]` is another on this machine."""


class UpgradedService(WholeService):
    """The new version where the old one stood. `database` is an empty one, or SQLite where it is missing."""

    def __init__(self, folder: Path, installation: Installation, database: str | None = None) -> None:
        installation.put_broker(folder / "broker")
        super().__init__(folder, agents=1)
        self.installation = installation
        self.facts = installation.facts
        self._database = database or f"sqlite+aiosqlite:///{folder / 'service' / 'songhua.db'}"
        self._old = installation.settings(folder, CHECKOUT)
        here = revealed(self.switch.settings.model_dump(exclude_none=True))
        self._old["asterisk"] |= {key: here[key] for key in MACHINE}
        self.switch = AsteriskPeer(AsteriskSettings.model_validate(self._old["asterisk"]))
        self.refusal = ""

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self._ends.callback(self.broker.close)
        self.broker.start()
        passwords = self.broker.rendered.passwords
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, passwords),
        )
        self._ends.callback(self.service.close)
        self.service.config.write_text(to_toml(self._settings()), encoding="utf-8")
        self._put_back()
        self._upgrade()
        self.service.start()
        self.service.wait_healthy()
        self.supervisor = self.service.sign_in(SUPERVISOR)

    def _settings(self) -> dict[str, Any]:
        """The old file; only ports, secrets of the switch and the database's address are this machine's."""
        settings, ports = dict(self._old), self.switch.ports
        settings["storage"] = {"url": self._database}
        settings["web"] |= {"port": self.web}
        settings["mqtt"] |= {
            "port": self.broker.port, "ws_url": f"ws://127.0.0.1:{self.broker.websocket_port}",
        }  # fmt: skip
        settings["switch"] = {"sip_ws_url": f"ws://127.0.0.1:{ports.http}/ws"}
        settings["ami"] |= {"port": ports.ami, "secret": self.switch.settings.ami.secret.get_secret_value()}
        settings["speech"] |= {"engine": OBEDIENT, "model": str(self.folder)}
        loaded: dict[str, Any] = json.loads(json.dumps(settings, default=str))
        return loaded

    def _put_back(self) -> None:
        self.installation.put_ledger_keys(self.service.folder)
        self.installation.put_recordings(self.switch.recordings)
        self.installation.put_terminal(self.folder / "unit.db")
        if self._database.startswith("sqlite"):
            self.installation.put_sqlite(self.service.folder / "songhua.db")
        else:
            asyncio.run(self.installation.put_postgresql(self._database))
        self._bring_broker_up_to_date()

    def _bring_broker_up_to_date(self) -> None:
        """Sessions of the roles under their names, what waits in them, and what is kept on topics."""
        queued = self.installation.queued()
        for session in self.facts["sessions"]:
            role = session.removeprefix("songhua-").partition(".")[0]
            words = ["-i", session, "-c", "-x", "86400", "-q", "1", "-W", "1"]
            for topic in sorted({topic for topic, _ in queued}):
                words += ["-t", topic]
            self._mosquitto("mosquitto_sub", role, *words, check=False)
        for topic, payload in queued:
            self._mosquitto("mosquitto_pub", topic.split("/")[3], "-q", "1", "-t", topic, "-m", payload)
        for topic, payload in self.installation.retained():
            user = topic.split("/")[3] if topic.split("/")[2] in {"role", "unit"} else "radio"
            user = "speech" if topic.split("/")[2] == "speech" else user
            self._mosquitto("mosquitto_pub", user, "-r", "-q", "1", "-t", topic, "-m", payload)

    def _mosquitto(self, program: str, user: str, *words: str, check: bool = True) -> None:
        passwords = {**self.broker.rendered.passwords, **self.facts["passwords"]}
        account = ["-V", "5", "-p", str(self.broker.port), "-u", user, "-P", passwords[user]]
        subprocess.run([program, *account, *words], check=check, timeout=30, capture_output=True)

    def _upgrade(self) -> None:
        with pytest.raises(PeerFailed):
            self.service.start(role="centre")
        self.refusal = self.service.program.tail()
        self.service.run("db", "upgrade")
        self.service.run("audit", "init-key")

    # --- who works there -------------------------------------------------------------------------

    def person(self, who: str) -> Person:
        """As recorded: `supervisor` or `agent`."""
        return SUPERVISOR if who == "supervisor" else Person("user.agent-1", "agent-1", ("agent",), "agent-1")

    def seat(self) -> Seat:
        """The agent with the telephone that the old settings name."""
        person, (one,) = self.person("agent"), self.switch.settings.agents
        phone = BaresipPhone(
            self.folder / one.name,
            name=one.name,
            secret=one.secret.get_secret_value(),
            switch_port=self.switch.ports.sip,
            speech=audio.tone(self.folder / f"{one.name}.wav", AGENT, 300),
            answer="auto",
        )
        self._ends.callback(phone.close)
        phone.start()
        return Seat(person, phone, self.service.sign_in(person))

    def sound(self, path: str) -> bytes:
        """What the supervisor hears there."""
        request = urllib.request.Request(
            self.service.address + path, headers={"Cookie": self.supervisor.cookie}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bytes(answer.read())

    def former_terminal(self) -> FormerTerminal:
        return FormerTerminal(self)


class FormerTerminal:
    """The unit's terminal of the old version, with the store that it had."""

    def __init__(self, world: UpgradedService) -> None:
        self._world = world
        self._words = ["--uid", UID, "--broker", f"127.0.0.1:{world.broker.port}", "--json"]
        self._words += ["--store", str(world.folder / "unit.db")]
        self._environment = {"SONGHUA_UNIT_PASSWORD": world.facts["passwords"][UID]}
        self._program: Program | None = None

    def start(self) -> None:
        argv = [sys.executable, str(TERMINAL), "run", *self._words]
        log, folder = self._world.folder / "former.log", self._world.folder
        self._program = Program(argv, log=log, cwd=folder, env=self._environment)

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(5)

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What it has shown of a kind, since it runs."""
        assert self._program is not None
        lines = self._program.log.read_text(errors="replace").splitlines()
        return [one for line in lines if line.startswith("{") and (one := json.loads(line))["kind"] == kind]

    def report(self, order: str, step: str) -> None:
        """Returns when the centre has confirmed the step."""
        argv = [sys.executable, str(TERMINAL), "send", step, "--dispatch", order, *self._words]

        def confirmed() -> bool:
            done = subprocess.run(
                argv, cwd=self._world.folder, env=self._environment, capture_output=True, timeout=60,
                check=False,
            )  # fmt: skip
            return done.returncode == 0

        wait_for(confirmed, f"receipt of {step}", 40)
