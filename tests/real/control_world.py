"""A small centre whose calls are moved about: Asterisk, the role `centre`, two agents, a supervisor, and the
far end of the trunk. Each has a tone of his own, so that it can be told who hears whom, and when.

One world serves all tests of a file: `rest` brings it back to where it began.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.asterisk.settings import QueueSettings, Trunk
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.waiting import wait_for

NUMBER = "13904519999"
TONES = {"citizen": 1000.0, "agent-1": 700.0, "agent-2": 1600.0, "agent-3": 2300.0, "outside": 1300.0}
CHIEF = Person("chief", "chief", ("agent", "supervisor"), endpoint="agent-3")
QUEUES = ("hotline", "second")
NEEDED = ("asterisk", "hotline", "storage")
RTP_PORTS = 120
SHARE = 0.1
"""A tone is heard when it has this much of the power: up to four speak at once."""
NOTHING = 0.4
"""Seconds of a tone that count as none: clicks and ticks hold a little of every tone."""
TAIL_S = 0.3
CALM_S = 20.0
"""How long what a test left may take to end."""


class FarEnd(Protocol):
    """What is behind the trunk."""

    port: int

    def start(self) -> None: ...
    def close(self) -> None: ...


class Outside(BaresipPhone):
    """The far end of the trunk: a phone without registration, known by the number that is dialled."""

    def __init__(self, folder: Path) -> None:
        speech = audio.tone(folder.parent / "outside.wav", TONES["outside"], 120)
        super().__init__(folder, name="outside", secret="", switch_port=1, speech=speech)

    def start(self, *, until: str = "baresip is ready") -> None:
        (self.folder / "accounts").write_text(
            f"<sip:{NUMBER}@127.0.0.1:{self.port}>;regint=0;answermode=auto;audio_codecs=PCMU\n"
        )
        super().start(until=until)


class AgentTelephone(BaresipPhone):
    """Answers by itself, until nobody is there."""

    _left = False

    def leave(self) -> None:
        """It rings and nobody is there."""
        self._left = True
        self.command("answermode", "manual")

    def come_back(self) -> None:
        """Undoes `leave`, and switches the telephone on again that was off."""
        if self._program is None or not self.program.running:
            self.start()
        elif self._left:
            self.command("answermode", "auto")
        self._left = False

    def forget(self) -> None:
        """What it heard until now counts no more."""
        for file in self.heard():
            file.unlink()


@dataclass(frozen=True, slots=True)
class Seat:
    """An agent, his telephone, and his page."""

    id: str
    endpoint: str
    phone: AgentTelephone
    visitor: Visitor


class ControlWorld(PeerWorld):
    """`agents[0]` and `agents[1]` are in the queue as tests say; `chief` supervises from `agent-3`."""

    who_supervises = CHIEF

    def __init__(
        self,
        folder: Path,
        *,
        park_seconds: int = 60,
        ring_seconds: int = 20,
        voice_seconds: int = 120,
        queues: tuple[QueueSettings, ...] = (),
        overrides: Mapping[str, Mapping[str, Any]] | None = None,
        line: Mapping[str, Any] | None = None,
    ) -> None:
        """`voice_seconds` is for how long an agent's phone speaks after its answer; `overrides` are sections
        of the service's settings, `line` settings of their trunk.
        """
        self.folder = folder
        self._voice_seconds = voice_seconds
        super().__init__()
        self._callers = 0
        self._citizens: list[SippCaller] = []
        self._old: set[Path] = set()
        self._given = dict(overrides or {})
        self.far = self._far_end()
        self.web = free_port()
        self._ends.callback(release, self.web)
        settings = private_settings(
            folder / "asterisk",
            agents=tuple(agent(f"agent-{number}") for number in (1, 2, 3)),
            queues=queues or tuple(QueueSettings(name=name, ring_seconds=ring_seconds) for name in QUEUES),
            prompts=short_prompts(folder / "prompts"),
            rtp_ports=RTP_PORTS,
        )
        trunk = Trunk(
            name="trunk", match=("127.0.0.1",), contact="127.0.0.1", contact_port=self.far.port,
            qualify_seconds=0, codecs=("ulaw", "alaw"), **(line or {}),
        )  # fmt: skip
        control = settings.control.model_copy(update={"park_seconds": park_seconds, "ring_seconds": 5})
        changed = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000", "control": control}
        self.switch = AsteriskPeer(type(settings).model_validate({**dict(settings), **changed}))
        self.service: SonghuaPeer
        self.agents: list[Seat] = []
        self.chief: Seat
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", TONES["citizen"], 5), folder / "c.ulaw")

    def _far_end(self) -> FarEnd:
        return Outside(self.folder / "outside")

    @property
    def outside(self) -> Outside:
        assert isinstance(self.far, Outside)
        return self.far

    def start(self) -> None:
        self._ends.callback(self.far.close)
        self.far.start()
        self._ends.callback(self.switch.close)
        self.switch.start()
        settings = self._service_settings()
        for name, section in self._given.items():
            settings[name] = {**settings.get(name, {}), **section}
        self.service = SonghuaPeer(
            self.folder / "service", asterisk=self.switch, broker=self._broker(), overrides=settings
        )
        self._ends.callback(self.service.close)
        people = [Person(f"user.{n}", f"user {n}", ("agent",), endpoint=f"agent-{n}") for n in (1, 2)]
        self.service.prepare([*people, self.who_supervises])
        self.start_service()
        seats = [self._seat(person) for person in (*people, self.who_supervises)]
        self.agents, self.chief = seats[:2], seats[2]

    def _broker(self) -> Broker | None:
        """Started, where the tests of a file need one."""
        return None

    def _service_settings(self) -> dict[str, dict[str, Any]]:
        """Its web keeps its port, so that who is signed in is so after a restart, too."""
        return {
            "web": {"port": self.web},
            "ivr": {"prompts": str(self.switch.settings.directories.prompts)},
            "hotline": {"queues": [queue.name for queue in self.switch.settings.queues]},
        }

    def _seat(self, person: Person) -> Seat:
        assert person.endpoint is not None
        secret = next(
            one.secret.get_secret_value()
            for one in self.switch.settings.agents
            if one.name == person.endpoint
        )
        phone = AgentTelephone(
            self.folder / person.endpoint, name=person.endpoint, secret=secret,
            switch_port=self.switch.ports.sip,
            speech=audio.tone(
                self.folder / f"{person.endpoint}.wav", TONES[person.endpoint], self._voice_seconds
            ),
        )  # fmt: skip
        self._ends.callback(phone.close)
        phone.start()
        return Seat(person.id, person.endpoint, phone, self.service.sign_in(person))

    # --- between two tests ----------------------------------------------------------------------

    def rest(self) -> None:
        """As it began: the service runs, nobody is on the phone, nothing is owed, nobody is in a queue, every
        telephone answers, and what was heard and recorded before is not looked at any more.
        """
        if not self.service.program.running:
            self.start_service()
        self.service.wait_healthy(*NEEDED)
        for citizen in self._citizens:
            citizen.close()
        self._citizens.clear()
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(CALM_S)
        wait_for(lambda: self.calls() == [], "the end of every call", CALM_S)
        for seat in self.seats:
            seat.phone.come_back()
            wait_for(lambda seat=seat: self.reachable(seat), f"telephone of {seat.id}", CALM_S)  # type: ignore[misc]
            wait_for(lambda seat=seat: self._signed_out(seat), f"{seat.id} at rest", CALM_S)  # type: ignore[misc]
            seat.phone.forget()
        wait_for(
            lambda: not any(self.members(one.name) for one in self.switch.settings.queues),
            "empty queues",
            CALM_S,
        )
        if isinstance(self.far, Outside):
            for file in self.far.heard():
                file.unlink()
        self._old = set(self.switch.recordings.rglob("*.alaw"))

    def _signed_out(self, seat: Seat) -> bool:
        """Do what is left to do until this agent is signed out."""
        row = self.agent(seat)
        if row is None or (row["state"] == "signed_out" and not row["owed"]):
            return True
        for call in row["owed"]:
            self.dispose(seat, call)
        seat.visitor.post("/api/agents/me/sign-out", {})
        return False

    @property
    def seats(self) -> tuple[Seat, ...]:
        return (*self.agents, self.chief)

    def start_service(self) -> None:
        """On the same switch and database as before; who was signed in there still is."""
        self.service.start(role="centre")
        self.service.wait_healthy(*NEEDED)

    def kill_service(self) -> None:
        """Kill -9, all its processes."""
        self.service.program.kill()

    # --- what people do -------------------------------------------------------------------------

    def sign_in(self, seat: Seat) -> None:
        seat.visitor.post("/api/agents/me/sign-in", {})
        seat.visitor.post("/api/agents/me/state", {"state": "ready"})
        wait_for(lambda: seat.endpoint in self.members("hotline"), f"{seat.endpoint} in the queue")

    def dial(
        self, *, seconds: float = 120, speaks: bool = True, number: str = "", called: str = "12345"
    ) -> SippCaller:
        """A citizen dials, with a number of his own where none is given."""
        self._callers += 1
        citizen = SippCaller(
            self.folder / f"citizen-{self._callers}",
            switch_port=self.switch.ports.sip,
            caller=number or self.next_number(-1),
            called=called,
            speech=self._speech if speaks else None,
            seconds=seconds,
        )
        self._citizens.append(citizen)
        self._ends.callback(citizen.close)
        citizen.dial()
        return citizen

    def next_number(self, offset: int = 0) -> str:
        """The number of the citizen who dials next."""
        return f"1390451{self._callers + 1 + offset:04d}"

    def number(self, citizen: SippCaller) -> str:
        """Of a citizen who has one of his own."""
        return f"1390451{citizen.folder.name.removeprefix('citizen-').zfill(4)}"

    def talk(self, seat: Seat, *, speaks: bool = True, seconds: float = 120) -> tuple[SippCaller, str]:
        """A citizen phones and talks with this agent, the only one in the queue; the call's id."""
        self.sign_in(seat)
        citizen = self.dial(speaks=speaks, seconds=seconds)
        return citizen, self.waiting(citizen, "talking")

    def waiting(self, citizen: SippCaller, *states: str, within: float = 30) -> str:
        """Wait until this citizen's call is in one of `states`; its id."""

        def there() -> str:
            call = self.call_of(citizen) or ""
            return call if call and self.call(call)["state"] in states else ""

        return wait_for(there, f"call of {self.number(citizen)} in {states}", within)

    def do(self, seat: Seat, call: str, verb: str, op: str = "", **more: Any) -> dict[str, Any]:
        body = {"op_id": op or str(uuid.uuid4()), **more}
        answer: dict[str, Any] = seat.visitor.post(f"/api/calls/{call}/{verb}", body)
        return answer

    def dispose(self, seat: Seat, call: str, kind: str = "enquiry") -> None:
        body = {"op_id": str(uuid.uuid4()), "kind": kind}
        wait_for(lambda: bool(seat.visitor.post(f"/api/calls/{call}/disposition", body)), "disposition", 10)

    # --- what is true ---------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.chief.visitor.get("/api/calls")["calls"]
        return found

    def call(self, call_id: str) -> dict[str, Any]:
        return next(
            (one for one in self.calls() if one["call_id"] == call_id), {"state": "ended", "legs": []}
        )

    def call_of(self, citizen: SippCaller) -> str | None:
        number = self.number(citizen)
        return next((str(one["call_id"]) for one in self.calls() if one["caller"] == number), None)

    def agent(self, seat: Seat) -> dict[str, Any] | None:
        """The agent's view, once he has signed in."""
        rows: list[dict[str, Any]] = self.chief.visitor.get("/api/agents")["agents"]
        return next((row for row in rows if row["agent_id"] == seat.id), None)

    def state_of(self, seat: Seat) -> str:
        row = self.agent(seat)
        return "signed_out" if row is None else str(row["state"])

    def owed(self, seat: Seat) -> list[str]:
        """Calls of which he has not said yet what they were about."""
        row = self.agent(seat)
        return [] if row is None else list(row["owed"])

    def until(self, call_id: str, *states: str, within: float = 15) -> None:
        try:
            wait_for(lambda: self.call(call_id)["state"] in states, f"state {states}", within)
        except PeerFailed as late:
            raise PeerFailed(
                f"{late}\n{self.call(call_id)}\n{self.switch.rx('core show channels')}"
            ) from late

    def members(self, queue: str) -> list[str]:
        """Telephones that a queue rings."""
        return re.findall(r"PJSIP/(agent-\d+)", self.switch.rx(f"queue show {queue}"))

    def reachable(self, seat: Seat) -> bool:
        """The switch has this telephone's registration, and its answer to OPTIONS."""
        contacts = self.switch.rx("pjsip show contacts")
        return bool(re.search(rf"{seat.endpoint}/sip:.* Avail ", contacts))

    def channels(self) -> list[list[str]]:
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        return [row for row in rows if len(row) > 10]

    # --- who hears whom -------------------------------------------------------------------------

    def heard_by(self, seat: Seat | Outside, since: float, until: float) -> dict[str, float]:
        """Seconds of each party's tone that the telephone got in its last call between two moments
        (`time.time`).
        """
        phone = seat if isinstance(seat, Outside) else seat.phone
        files = phone.heard()
        assert files, f"{phone.name} was never on the phone"
        return self._between(files[-1], since, until)

    def heard_by_citizen(self, since: float, until: float) -> dict[str, float]:
        """The same, out of the switch's recording of what the citizen heard."""
        return self._between(self._recording("out"), since, until)

    def said_by_citizen(self, since: float, until: float) -> dict[str, float]:
        return self._between(self._recording("in"), since, until)

    def silence_of_citizen(self) -> float:
        return audio.longest_silence(self.heard_in_all())

    def heard_in_all(self) -> audio.Samples:
        """What the citizen heard in the whole call, out of the switch's recording."""
        return audio.read_alaw(self._recording("out"))

    def recordings(self, direction: str) -> list[Path]:
        """The switch's recordings of this test, the largest last."""
        files = set(self.switch.recordings.rglob(f"*-{direction}.alaw")) - self._old
        return sorted(files, key=lambda one: one.stat().st_size)

    def _recording(self, direction: str) -> Path:
        return self.recordings(direction)[-1]

    def _between(self, file: Path, since: float, until: float) -> dict[str, float]:
        samples = audio.read_alaw(file) if file.suffix == ".alaw" else audio.read_wav(file)
        began = file.stat().st_mtime - len(samples) / audio.RATE
        first, last = (int((moment - began) * audio.RATE) for moment in (since + TAIL_S, until - TAIL_S))
        span = samples[max(0, first) : max(0, last)]
        return {name: audio.tone_seconds(span, tone, share=SHARE) for name, tone in TONES.items()}


def spell(seconds: float = 2.0) -> tuple[float, float]:
    """Let people talk for a while; from when to when (`time.time`)."""
    began = time.time()
    time.sleep(seconds)
    return began, time.time()
