"""The whole service with phones that always answer: no wrap-up stands between two calls, so that every
caller who reaches nobody was failed by the fault and by nothing else.
"""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from core.ids import leg_id
from gateway.asterisk.settings import QueueSettings
from tests.bench.calls.load import Phones
from tests.mqtt.broker import RenderedBroker
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.ports import free_port, release
from tests.peers.postgres import PostgresPeer
from tests.peers.program import PeerFailed
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.faults.cel import Cel
from tests.real.service import STATES
from tests.real.tcp_proxy import TcpProxy
from tests.waiting import wait_for

PHONES = 20
RTP_PORTS = 320
POLL_S = 0.02
AMI_BUFFER = 8192
"""What the kernel takes from the switch ahead of the gateway, in bytes."""
SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor", "dispatcher", "acceptor", "admin"))
CLOSE_AFTER_S = 3.0


class City(PeerWorld):
    """Everything up between `with` and its end. `postgres`: the ledger can be stopped."""

    def __init__(
        self, folder: Path, *, postgres: bool = False, overrides: Mapping[str, Any] | None = None
    ) -> None:
        self.folder = folder
        super().__init__()
        names = [f"agent-{number}" for number in range(1, PHONES + 1)]
        self._prompts = short_prompts(folder / "prompts")
        queue = QueueSettings(name="hotline", ring_seconds=15, fallback_members=tuple(names))
        self.switch = AsteriskPeer(
            private_settings(
                folder / "asterisk",
                agents=tuple(agent(name) for name in names),
                queues=(queue,),
                prompts=self._prompts,
                rtp_ports=RTP_PORTS,
            )
        )
        self.cel = Cel(self.switch.cel)
        self.broker = RenderedBroker(folder / "broker")
        self.database = PostgresPeer() if postgres else None
        self.speech = audio.to_ulaw(audio.tone(folder / "c.wav", 1000, 5), folder / "c.ulaw")
        self._overrides = dict(overrides or {})
        self.phones: Phones
        self.link: TcpProxy
        self.service: SonghuaPeer
        self.supervisor: Visitor

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self.phones = Phones(self.folder / "phones", self.switch)
        self._ends.callback(self.phones.close)
        self.phones.start()
        self._ends.callback(self.broker.close)
        self.broker.start()
        if self.database is not None:
            self._ends.callback(self.database.close)
            self.database.start()
        self.link = TcpProxy(self.switch.ports.ami, receive_bytes=AMI_BUFFER)
        self._ends.callback(self.link.close)
        web = free_port()
        self._ends.callback(release, web)
        times = {"close_after_s": CLOSE_AFTER_S, "close_poll_s": 0.5, "recording_poll_s": 0.5}
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            database=self.database.url if self.database else None,
            overrides={
                "ivr": {"prompts": str(self._prompts)},
                "ami": {"port": self.link.port},
                "web": {"port": web},
                "cdr": times,
                **self._overrides,
            },
        )
        self._ends.callback(self.service.close)
        # Each phone is the desk of a person who is not signed in: nobody owes wrap-up.
        people = [
            Person(f"user.{one.name}", one.name, ("agent",), endpoint=one.name)
            for one in self.switch.settings.agents
        ]
        self.service.prepare([SUPERVISOR, *people])
        self.service.start()
        self.service.wait_healthy("asterisk", "hotline", "ivr", "storage")
        self.supervisor = self.service.sign_in(SUPERVISOR)

    def calm(self) -> None:
        """Nobody on the line and every part up: what an earlier fault left is no excuse."""
        if not self.broker.program.running:
            self.broker.start()
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(20)
        self.service.wait_healthy("asterisk", "hotline", "ivr", "storage", "mqtt", timeout=40)

    # --- what can be broken ---------------------------------------------------------------------

    def centre(self) -> psutil.Process:
        return self.role("centre")

    def role(self, name: str) -> psutil.Process:
        """The process of one role, below the supervisor."""
        for child in psutil.Process(self.service.program.pid).children():
            words = child.cmdline()
            if "--role" in words and words[words.index("--role") + 1] == name:
                return child
        raise PeerFailed(f"there is no role {name}\n{self.service.program.tail()}")

    def kill_gateway(self) -> None:
        os.kill(self.centre().pid, signal.SIGKILL)

    # --- what is true ---------------------------------------------------------------------------

    def ask(self, query: str) -> list[tuple[str, ...]]:
        """Rows of the ledger as texts, on either database."""
        if self.database is not None:
            lines = self.database.psql(query).splitlines()
            return [tuple(line.split("|")) for line in lines if line]
        link = sqlite3.connect(f"file:{self.service.folder / 'songhua.db'}?mode=ro", uri=True, timeout=10)
        try:
            return [tuple(str(value) for value in row) for row in link.execute(query).fetchall()]
        finally:
            link.close()

    def part(self, name: str) -> str:
        """The state of one part, as `/api/health` has it."""
        parts = {part["part"]: part["state"] for part in self.service.health()["parts"]}
        return str(parts.get(name, "missing"))

    def linked(self) -> bool:
        return self.part("asterisk") == "up"

    def answers(self) -> bool:
        try:
            return bool(self.service.health())
        except (OSError, ValueError):
            return False

    def metric(self, name: str, label: str = "") -> float:
        with urllib.request.urlopen(f"{self.service.address}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and label in line)

    def wrong(self) -> list[str]:
        """What hotline and switch do not say alike, leg by leg; what changes meanwhile is no fault."""
        try:
            before = self._channels()
            shown = {
                leg["leg_id"]: leg["state"]
                for call in self.supervisor.get("/api/calls")["calls"]
                for leg in call["legs"]
            }
            after = self._channels()
            linked = self.linked()
        except (OSError, PeerFailed) as error:
            return [f"no answer: {error}"]
        steady = {leg: state for leg, state in before.items() if after.get(leg) == state}
        known = set(before) | set(after)
        return [
            *(f"{leg} is shown {shown[leg]} and gone" for leg in shown if leg not in known),
            *(
                f"{leg} is {state} and shown {shown.get(leg, 'nowhere')}"
                for leg, state in steady.items()
                if shown.get(leg) != state
            ),
            *(() if linked else ("the link to the switch is down",)),
        ]

    def right_after(self, since: float, within: float) -> float:
        """Wait until the state is right; seconds from `since` (monotonic). It fails after `within`."""
        asked = time.monotonic()
        while wrong := self.wrong():
            if asked - since > within:
                raise AssertionError(
                    f"wrong state {asked - since:.1f} s after the fault: {'; '.join(wrong[:5])}\n"
                    f"{self.service.program.tail(15)}"
                )
            time.sleep(POLL_S)
            asked = time.monotonic()
        return asked - since

    def wait_linked(self, timeout: float = 20) -> float:
        """When the gateway answers again and has its link (monotonic)."""
        wait_for(self.linked, "link to the switch", timeout)
        return time.monotonic()

    def _channels(self) -> dict[str, str]:
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        return {
            str(leg_id("songhua", row[-1])): STATES.get(row[4], "dialling")
            for row in rows
            if len(row) > 10 and not row[0].startswith("AudioSocket/")
        }


def token() -> str:
    return secrets.token_hex(4)
