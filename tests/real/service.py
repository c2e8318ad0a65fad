"""The whole service on real peers, for tests that break one part of it while calls go on.

Asterisk, Mosquitto as the service renders it, every role of `songhua serve`, agents' phones; the gateway
reaches Asterisk's manager port through a proxy that a test can cut.
"""

from __future__ import annotations

import re
import sqlite3
import time
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from core.ids import leg_id
from gateway.asterisk.settings import QueueSettings
from tests.mqtt.broker import RenderedBroker
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.desk_screen import DeskScreen
from tests.real.flow_stage import Citizen
from tests.real.tcp_proxy import TcpProxy
from tests.waiting import seconds_until, wait_for

CITIZEN, AGENT = 1000.0, 700.0
SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor", "dispatcher", "acceptor", "admin"))
STATES = {"Up": "up", "Ringing": "ringing"}
RTP_PORTS = 80
POLL_S = 0.02

wait = seconds_until


@dataclass(slots=True)
class Seat:
    """An agent: a person who is signed in, and a phone of his own."""

    person: Person
    phone: BaresipPhone
    visitor: Visitor

    @property
    def endpoint(self) -> str:
        return self.phone.name


class WholeService(PeerWorld):
    """`start` brings everything up; `close` takes it down. `overrides` are sections of the settings.

    `role`: only this one is started, and `needed` are the parts that must be well. `descriptors`: how many
    each of its processes may have open. `people` are further ones, without a phone.
    """

    def __init__(
        self,
        folder: Path,
        *,
        agents: int = 2,
        answer: Literal["auto", "manual"] = "auto",
        overrides: Mapping[str, Any] | None = None,
        queues: tuple[QueueSettings, ...] = (),
        role: str | None = None,
        needed: tuple[str, ...] = (),
        descriptors: int | None = None,
        people: tuple[Person, ...] = (),
    ) -> None:
        self.folder = folder
        super().__init__()
        self._answer = answer
        self._role = role
        self._needed = needed
        self._descriptors = descriptors
        self._people = people
        self._callers = 0
        self._names = [f"agent-{number}" for number in range(1, agents + 1)]
        prompts = short_prompts(folder / "prompts")
        self.switch = AsteriskPeer(
            private_settings(
                folder / "asterisk",
                agents=tuple(agent(name) for name in self._names),
                queues=queues or (QueueSettings(name="hotline", ring_seconds=20),),
                prompts=prompts,
                rtp_ports=RTP_PORTS,
            )
        )
        self.broker = RenderedBroker(folder / "broker")
        self.web = free_port()
        self._ends.callback(release, self.web)
        self.link: TcpProxy
        self.service: SonghuaPeer
        self.seats: list[Seat] = []
        self.supervisor: Visitor
        self._overrides = {"ivr": {"prompts": str(prompts)}, **(overrides or {})}
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", CITIZEN, 5), folder / "c.ulaw")

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self._ends.callback(self.broker.close)
        self.broker.start()
        self.link = TcpProxy(self.switch.ports.ami)
        self._ends.callback(self.link.close)
        overrides = dict(self._overrides)
        overrides["ami"] = {"port": self.link.port, **overrides.get("ami", {})}
        overrides["web"] = {"port": self.web, **overrides.get("web", {})}
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            overrides=overrides,
            descriptors=self._descriptors,
        )
        self._ends.callback(self.service.close)
        people = [Person(f"user.{name}", name, ("agent",), endpoint=name) for name in self._names]
        self.service.prepare([SUPERVISOR, *people, *self._people])
        self.service.start(role=self._role)
        self.bring_speech()
        self.service.wait_healthy(*self._needed)
        self.supervisor = self.service.sign_in(SUPERVISOR)
        for one, person in zip(self.switch.settings.agents, people, strict=True):
            phone = BaresipPhone(
                self.folder / one.name,
                name=one.name,
                secret=one.secret.get_secret_value(),
                switch_port=self.switch.ports.sip,
                speech=audio.tone(self.folder / f"{one.name}.wav", AGENT, 300),
                answer=self._answer,
            )
            self._ends.callback(phone.close)
            phone.start()
            seat = Seat(person, phone, self.service.sign_in(person))
            seat.visitor.post("/api/agents/me/sign-in", {})
            self.seats.append(seat)
            self.ready(seat)

    def bring_speech(self) -> None:
        """Where no role speech runs here, others bring it."""

    def calm(self, *parts: str) -> None:
        """Nobody on the phone, everybody ready, these parts up: what an earlier fault left is no excuse."""
        self.service.wait_healthy(*parts, timeout=40)
        # A test that failed in mid-call leaves its callers on the line: they must not fail the next one too.
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(20)
        for seat in self.seats:
            self.ready(seat)

    # --- people ---------------------------------------------------------------------------------

    def ready(self, seat: Seat) -> None:
        """Say what the last calls were about, and be ready for the next one."""

        def agent_now() -> dict[str, Any]:
            rows: list[dict[str, Any]] = self.supervisor.get("/api/agents")["agents"]
            return next(row for row in rows if row["agent_id"] == seat.person.id)

        wait_for(lambda: agent_now()["call_id"] is None, "end of this agent's call", 20)
        for call in agent_now()["owed"]:
            self.dispose(seat, call)
        seat.visitor.post("/api/agents/me/state", {"state": "ready"})
        interface = re.compile(rf"PJSIP/{seat.endpoint}\b(?!.*paused).*Not in use")

        def rung() -> bool:
            return any(interface.search(line) for line in self.switch.rx("queue show hotline").splitlines())

        try:
            wait_for(rung, f"readiness of {seat.endpoint} in the queue", 20)
        except PeerFailed as late:
            seen = f"{self.switch.rx('queue show hotline')}\n{agent_now()}\n{self.service.program.tail(12)}"
            raise PeerFailed(f"{late}\n{seen}") from late

    def seat_on(self, call: str) -> Seat:
        """Who has taken a call that still runs: the queue rings everybody in turn."""
        (agent,) = self.supervisor.get(f"/api/calls/{call}")["agent_ids"]
        return next(seat for seat in self.seats if seat.person.id == agent)

    def dispose(self, seat: Seat, call: str, kind: str = "enquiry") -> str:
        op = str(uuid.uuid4())
        seat.visitor.post(f"/api/calls/{call}/disposition", {"op_id": op, "kind": kind})
        return op

    def caller(self, *, seconds: float = 120, speech: Path | None = None, loop: bool = True) -> SippCaller:
        """A citizen with a number of his own, who has not dialled yet."""
        folder, number = self._next_citizen()
        citizen = SippCaller(
            folder,
            switch_port=self.switch.ports.sip,
            caller=number,
            speech=speech or self._speech,
            loop=loop,
            seconds=seconds,
        )
        self._ends.callback(citizen.close)
        return citizen

    def with_handset(self, *, seconds: float = 120) -> Citizen:
        """The same, who says and presses what a test wants, when it wants it."""
        folder, number = self._next_citizen()
        port = self.switch.ports.sip
        citizen = Citizen(folder, switch_port=port, caller=number, called="12345", seconds=seconds)
        self._ends.callback(citizen.close)
        return citizen

    def _next_citizen(self) -> tuple[Path, str]:
        self._callers += 1
        return self.folder / f"citizen-{self._callers}", f"1390451{self._callers:04d}"

    def taps(self) -> list[str]:
        """Channels by which a speech node hears a leg, as the switch lists them."""
        rows = self.switch.rx("core show channels concise").splitlines()
        return [row for row in rows if row.startswith("AudioSocket/")]

    def number(self, citizen: SippCaller) -> str:
        return f"1390451{citizen.folder.name.removeprefix('citizen-').zfill(4)}"

    def dial(self, *, seconds: float = 120, speech: Path | None = None, loop: bool = True) -> SippCaller:
        citizen = self.caller(seconds=seconds, speech=speech, loop=loop)
        citizen.dial()
        return citizen

    def screen(self, seat: Seat | None = None) -> DeskScreen:
        screen = DeskScreen(self.service.address, seat.visitor if seat else self.supervisor)
        self._ends.callback(screen.close)
        return screen

    # --- what is true ---------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.supervisor.get("/api/calls")["calls"]
        return found

    def call_of(self, citizen: SippCaller) -> dict[str, Any] | None:
        return next((call for call in self.calls() if call["caller"] == self.number(citizen)), None)

    def talking(self, citizen: SippCaller, timeout: float = 20) -> str:
        """Wait until this citizen talks with an agent; the call's id."""

        def talks() -> bool:
            call = self.call_of(citizen)
            return call is not None and call["state"] == "talking"

        wait_for(talks, f"talk of {self.number(citizen)}", timeout)
        call = self.call_of(citizen)
        assert call is not None
        return str(call["call_id"])

    def channels(self) -> dict[str, str]:
        """The switch's own word: state by the leg's id, live-audio taps left out."""
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        return {
            str(leg_id("songhua", row[-1])): STATES.get(row[4], "dialling")
            for row in rows
            if len(row) > 10 and not row[0].startswith("AudioSocket/")
        }

    def shown(self) -> dict[str, str]:
        """The hotline's word about the same."""
        return {leg["leg_id"]: leg["state"] for call in self.calls() for leg in call["legs"]}

    def state_is_right_within(self, seconds: float, *, since: float) -> float:
        """Wait until hotline and switch say the same; how many seconds after `since` (monotonic) they did."""
        seen: tuple[dict[str, str], dict[str, str]] = ({}, {})
        asked = time.monotonic()
        while True:
            asked = time.monotonic()
            try:
                seen = (self.shown(), self.channels())
                right = seen[0] == seen[1] and self.linked()
            except (OSError, PeerFailed):
                right = False
            if right:
                return asked - since
            if asked - since > seconds:
                raise AssertionError(
                    f"{asked - since:.1f} s after recovery the hotline shows {seen[0]}, "
                    f"the switch has {seen[1]}\n" + self.service.program.tail(15)
                )
            time.sleep(POLL_S)

    def linked(self) -> bool:
        return bool(self.part("asterisk")["state"] == "up")

    def part(self, name: str) -> dict[str, Any]:
        parts: dict[str, dict[str, Any]] = {part["part"]: part for part in self.service.health()["parts"]}
        return parts.get(name, {"part": name, "state": "missing", "why": ""})

    def rung_legs(self) -> set[str]:
        """Ring attempts at agents' phones, as Asterisk's own ledger (CEL) has them."""
        found = set()
        for row in self.cel_lines():
            if row[0] == "CHAN_START" and row[6].startswith("PJSIP/agent-"):
                found.add(str(leg_id("songhua", row[9])))
        return found

    def cel_lines(self) -> list[list[str]]:
        """Asterisk's own lines of calls (none of taps), field by field."""
        if not self.switch.cel.exists():
            return []
        lines = self.switch.cel.read_text(errors="replace").splitlines()
        rows = [line.strip('"').split('","') for line in lines]
        return [row for row in rows if len(row) > 10 and not row[6].startswith("AudioSocket/")]

    def imported(self) -> int:
        return int(self.ask_database("SELECT count(*) FROM cdr_cel_rows")[0][0])

    def cel_is_complete(self, timeout: float = 20) -> float:
        """Wait until every line is imported, and none twice."""

        def complete() -> bool:
            return self.imported() == len(self.cel_lines())

        try:
            return seconds_until(complete, "complete CEL", timeout)
        except PeerFailed as error:
            raise AssertionError(
                f"{self.imported()} lines imported of {len(self.cel_lines())} written"
            ) from error

    def record(self, call: str) -> dict[str, Any]:
        """The call as the ledger holds it."""
        found: dict[str, Any] = self.supervisor.get(f"/api/ledger/calls/{call}?reveal=true")
        return found

    def transcript(self, call: str) -> dict[str, Any]:
        """`segments` and `gaps` of a call as they are now."""
        found: dict[str, Any] = self.supervisor.get(f"/api/calls/{call}/transcript")
        return found

    def ask_database(self, query: str) -> list[tuple[Any, ...]]:
        with_uri = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        link = sqlite3.connect(with_uri, uri=True, timeout=10)
        try:
            return link.execute(query).fetchall()
        finally:
            link.close()

    def process(self, role: str) -> psutil.Process:
        """The process of one role, below the supervisor."""
        for child in psutil.Process(self.service.program.pid).children():
            words = child.cmdline()
            if "--role" in words and words[words.index("--role") + 1] == role:
                return child
        raise PeerFailed(f"there is no process of the role {role}\n{self.service.program.tail()}")

    def metric(self, name: str) -> float:
        """The sum of a metric's samples."""
        text = self.service_text("/metrics")
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    def service_text(self, path: str) -> str:
        with urllib.request.urlopen(self.service.address + path, timeout=20) as answer:
            return str(answer.read().decode())

    def hang_up_all(self, *citizens: SippCaller) -> None:
        for citizen in citizens:
            citizen.hang_up()
        self.switch.wait_idle(20)
