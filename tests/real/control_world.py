"""A small centre whose calls are moved about: Asterisk, the role `centre`, three agents, a supervisor, and
the far end of the trunk. Each has a tone of his own, so that it can be told who hears whom, and when.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.asterisk.settings import QueueSettings, Trunk
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.service import wait

NUMBER = "13904519999"
TONES = {"citizen": 1000.0, "agent-1": 700.0, "agent-2": 1600.0, "agent-3": 2300.0, "outside": 1300.0}
RTP_PORTS = 120
SHARE = 0.1
"""A tone is heard when it has this much of the power: up to four speak at once."""
NOTHING = 0.4
"""Seconds of a tone that count as none: clicks and ticks hold a little of every tone."""
TAIL_S = 0.3


class Outside(BaresipPhone):
    """The far end of the trunk: a phone without registration, known by the number that is dialled."""

    def start(self) -> None:
        (self.folder / "accounts").write_text(
            f"<sip:{NUMBER}@127.0.0.1:{self.port}>;regint=0;answermode=auto;audio_codecs=PCMU\n"
        )
        super().start()

    def _program_log(self) -> str:
        log = super()._program_log()
        return "200 OK" if "ready" in log else log


class Phone(BaresipPhone):
    def deaf(self) -> None:
        """It rings and nobody is there."""
        self.program.stop(3)
        accounts = self.folder / "accounts"
        accounts.write_text(accounts.read_text().replace("answermode=auto", "answermode=manual"))
        self.start()


@dataclass(frozen=True, slots=True)
class Seat:
    id: str
    endpoint: str
    phone: Phone
    visitor: Visitor


class ControlWorld(PeerWorld):
    """`agents[0]` and `agents[1]` are in the queue as tests say; `chief` supervises from `agent-3`."""

    def __init__(
        self, folder: Path, *, park_seconds: int = 60, ring_seconds: int = 20, voice_seconds: int = 120
    ) -> None:
        """`voice_seconds` is for how long an agent's phone speaks after its answer."""
        self.folder = folder
        self._voice_seconds = voice_seconds
        super().__init__()
        self._callers = 0
        self.outside = Outside(
            folder / "outside", name="outside", secret="", switch_port=1,
            speech=audio.tone(folder / "outside.wav", TONES["outside"], 120),
        )  # fmt: skip
        settings = private_settings(
            folder / "asterisk",
            agents=tuple(agent(f"agent-{number}") for number in (1, 2, 3)),
            queues=(QueueSettings(name="hotline", ring_seconds=ring_seconds), QueueSettings(name="second")),
            prompts=short_prompts(folder / "prompts"),
            rtp_ports=RTP_PORTS,
        )
        trunk = Trunk(
            name="trunk", match=("127.0.0.1",), contact="127.0.0.1", contact_port=self.outside.port,
            qualify_seconds=0, codecs=("ulaw", "alaw"),
        )  # fmt: skip
        control = settings.control.model_copy(update={"park_seconds": park_seconds, "ring_seconds": 10})
        changed = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000", "control": control}
        self.switch = AsteriskPeer(type(settings).model_validate({**dict(settings), **changed}))
        self.service: SonghuaPeer
        self.agents: list[Seat] = []
        self.chief: Seat
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", TONES["citizen"], 5), folder / "c.ulaw")

    def start(self) -> None:
        self._ends.callback(self.outside.close)
        self.outside.start()
        self._ends.callback(self.switch.close)
        self.switch.start()
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=None,
            overrides={
                "ivr": {"prompts": str(self.switch.settings.directories.prompts)},
                "hotline": {"queues": ["hotline", "second"]},
            },
        )
        self._ends.callback(self.service.close)
        people = [Person(f"user.{n}", f"user {n}", ("agent",), endpoint=f"agent-{n}") for n in (1, 2)]
        chief = Person("chief", "chief", ("agent", "supervisor"), endpoint="agent-3")
        self.service.prepare([*people, chief])
        self.service.start(role="centre")
        self.service.wait_healthy("asterisk", "hotline")
        seats = [self._seat(person) for person in (*people, chief)]
        self.agents, self.chief = seats[:2], seats[2]

    def _seat(self, person: Person) -> Seat:
        assert person.endpoint is not None
        secret = next(one.secret for one in self.switch.settings.agents if one.name == person.endpoint)
        phone = Phone(
            self.folder / person.endpoint, name=person.endpoint, secret=secret,
            switch_port=self.switch.ports.sip,
            speech=audio.tone(
                self.folder / f"{person.endpoint}.wav", TONES[person.endpoint], self._voice_seconds
            ),
        )  # fmt: skip
        self._ends.callback(phone.close)
        phone.start()
        return Seat(person.id, person.endpoint, phone, self.service.sign_in(person))

    # --- what people do -------------------------------------------------------------------------

    def sign_in(self, seat: Seat) -> None:
        seat.visitor.post("/api/agents/me/sign-in", {})
        seat.visitor.post("/api/agents/me/state", {"state": "ready"})
        wait(lambda: seat.endpoint in self.switch.rx("queue show hotline"), f"{seat.endpoint} in the queue")

    def dial(self, *, seconds: float = 60, speaks: bool = True) -> SippCaller:
        self._callers += 1
        citizen = SippCaller(
            self.folder / f"citizen-{self._callers}",
            switch_port=self.switch.ports.sip,
            caller=f"1390451{self._callers:04d}",
            speech=self._speech if speaks else None,
            seconds=seconds,
        )
        self._ends.callback(citizen.close)
        citizen.dial()
        return citizen

    def talk(self, seat: Seat, *, speaks: bool = True, seconds: float = 60) -> tuple[SippCaller, str]:
        """A citizen phones and talks with this agent, the only one in the queue; the call's id."""
        self.sign_in(seat)
        citizen = self.dial(speaks=speaks, seconds=seconds)
        call = wait_for(lambda: next((one for one in self.calls() if one["state"] == "talking"), None))
        return citizen, str(call["call_id"])

    def do(self, seat: Seat, call: str, verb: str, op: str = "", **more: Any) -> dict[str, Any]:
        body = {"op_id": op or str(uuid.uuid4()), **more}
        answer: dict[str, Any] = seat.visitor.post(f"/api/calls/{call}/{verb}", body)
        return answer

    def restart_service(self, seat: Seat) -> Seat:
        """A new gateway on the same switch and database; the agent at his page there."""
        self.service.program.stop(15)
        self.service.start(role="centre")
        self.service.wait_healthy("asterisk", "hotline")
        person = Person(seat.id, seat.id, ("agent",))
        return Seat(seat.id, seat.endpoint, seat.phone, self.service.sign_in(person))

    # --- what is true ---------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.chief.visitor.get("/api/calls")["calls"]
        return found

    def call(self, call_id: str) -> dict[str, Any]:
        return next(
            (one for one in self.calls() if one["call_id"] == call_id), {"state": "ended", "legs": []}
        )

    def state_of(self, seat: Seat) -> str:
        rows = self.chief.visitor.get("/api/agents")["agents"]
        return str(next(row["state"] for row in rows if row["agent_id"] == seat.id))

    def until(self, call_id: str, *states: str, timeout: float = 12) -> None:
        try:
            wait(lambda: self.call(call_id)["state"] in states, f"state {states}", timeout)
        except PeerFailed as late:
            raise PeerFailed(
                f"{late}\n{self.call(call_id)}\n{self.switch.rx('core show channels')}"
            ) from late

    def rung(self, seat: Seat) -> int:
        """How often this phone was rung: the INVITEs that it got."""
        return len(seat.phone.heard()) if seat.phone.folder.exists() else 0

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

    def _recording(self, direction: str) -> Path:
        files = sorted(
            self.switch.recordings.rglob(f"*-{direction}.alaw"), key=lambda one: one.stat().st_size
        )
        return files[-1]

    def _between(self, file: Path, since: float, until: float) -> dict[str, float]:
        samples = audio.read_alaw(file) if file.suffix == ".alaw" else audio.read_wav(file)
        began = file.stat().st_mtime - len(samples) / audio.RATE
        first, last = (int((moment - began) * audio.RATE) for moment in (since + TAIL_S, until - TAIL_S))
        span = samples[max(0, first) : max(0, last)]
        return {name: audio.tone_seconds(span, tone, share=SHARE) for name, tone in TONES.items()}


def wait_for(find: Any, timeout: float = 15.0) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    while True:
        found = find()
        if found:
            return dict(found)
        if time.monotonic() > deadline:
            raise PeerFailed("it did not come about")
        time.sleep(0.05)


def spell(seconds: float = 2.0) -> tuple[float, float]:
    """Let people talk for a while; from when to when (`time.time`)."""
    began = time.time()
    time.sleep(seconds)
    return began, time.time()
