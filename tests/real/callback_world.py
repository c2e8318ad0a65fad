"""A small centre that calls citizens back: Asterisk, the role `centre`, phones of agents, and a carrier that
takes calls as it is told to.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.asterisk.settings import QueueSettings, Trunk
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.carrier import SippCarrier
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.desk_screen import DeskScreen
from tests.real.service import wait
from tests.real.tcp_proxy import TcpProxy

CHIEF = Person("chief", "孙主任", ("supervisor",))
RULES = {
    "short_s": 1.0,
    "offer_s": 60.0,
    "again_s": 1.0,
    "rest_s": 1.0,
    "pauses_s": [3.0, 3.0],
    "doubt_s": 5.0,
    "unseen_every_s": 1.0,
    "from_hour": "00:00:00",
    "to_hour": "00:00:00",
}
RTP_PORTS = 120


@dataclass(frozen=True, slots=True)
class Seat:
    id: str
    endpoint: str
    phone: BaresipPhone
    visitor: Visitor
    screen: DeskScreen


class CallbackWorld(PeerWorld):
    """Nobody is signed in at first. `rules` are settings of `hotline.callbacks`."""

    def __init__(self, folder: Path, *, agents: int = 1, rules: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        super().__init__()
        self._names = [f"agent-{number}" for number in range(1, agents + 1)]
        self._rules = {**RULES, **(rules or {})}
        self._calls = 0
        self.carrier = SippCarrier(folder / "carrier")
        base = private_settings(
            folder / "asterisk",
            agents=tuple(agent(name) for name in self._names),
            queues=(QueueSettings(name="hotline", ring_seconds=20),),
            prompts=short_prompts(folder / "prompts"),
            rtp_ports=RTP_PORTS,
        )
        trunk = Trunk(
            name="trunk",
            match=("127.0.0.1",),
            contact="127.0.0.1",
            contact_port=self.carrier.port,
            qualify_seconds=0,
        )
        changed = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000"}
        self.switch = AsteriskPeer(type(base).model_validate({**dict(base), **changed}))
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", 1000, 5), folder / "c.ulaw")
        self.link: TcpProxy
        self.service: SonghuaPeer
        self.chief: Visitor
        self.board: DeskScreen
        self.seats: list[Seat] = []

    def start(self) -> None:
        self._ends.callback(self.carrier.close)
        self.carrier.start()
        self._ends.callback(self.switch.close)
        self.switch.start()
        self.link = TcpProxy(self.switch.ports.ami)
        self._ends.callback(self.link.close)
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=None,
            overrides={
                "ami": {"port": self.link.port},
                "ivr": {"prompts": str(self.switch.settings.directories.prompts)},
                "hotline": {"callbacks": self._rules, "wrap_up_s": 60.0},
            },
        )
        self._ends.callback(self.service.close)
        people = [Person(f"user.{name}", f"user {name}", ("agent",), endpoint=name) for name in self._names]
        self.service.prepare([*people, CHIEF])
        self.start_service()
        self.chief = self.service.sign_in(CHIEF)
        self.board = self._screen(self.chief)
        self.seats = [self._seat(person) for person in people]

    def start_service(self) -> None:
        self.service.start(role="centre")
        self.service.wait_healthy("asterisk", "hotline", "storage")

    def start_again(self) -> None:
        """After `kill_service`; the chief signs in anew, agents are still signed in at the switch."""
        self.start_service()
        self.chief = self.service.sign_in(CHIEF)

    def kill_service(self) -> None:
        os.kill(self.service.program.pid, signal.SIGKILL)
        wait(lambda: not self.service.program.running, "end of the service")

    def _seat(self, person: Person) -> Seat:
        assert person.endpoint is not None
        secret = next(one.secret for one in self.switch.settings.agents if one.name == person.endpoint)
        phone = BaresipPhone(
            self.folder / person.endpoint,
            name=person.endpoint,
            secret=secret,
            switch_port=self.switch.ports.sip,
        )
        self._ends.callback(phone.close)
        phone.start()
        visitor = self.service.sign_in(person)
        return Seat(person.id, person.endpoint, phone, visitor, self._screen(visitor))

    def _screen(self, visitor: Visitor) -> DeskScreen:
        screen = DeskScreen(self.service.address, visitor)
        self._ends.callback(screen.close)
        return screen

    # --- citizens ---------------------------------------------------------------------------------------

    def phones(self, number: str) -> SippCaller:
        """A citizen dials; returns at once."""
        self._calls += 1
        citizen = SippCaller(
            self.folder / f"citizen-{self._calls}", switch_port=self.switch.ports.sip, caller=number,
            speech=self._speech, seconds=120,
        )  # fmt: skip
        self._ends.callback(citizen.close)
        citizen.dial()
        return citizen

    def waits(self, number: str) -> SippCaller:
        """A citizen phones and stands in the queue."""
        citizen = self.phones(number)

        def queued() -> bool:
            return any(call["caller"] == number and call["queued_at"] for call in self.calls())

        wait(queued, f"{number} in the queue")
        return citizen

    def abandons(self, number: str) -> None:
        """A citizen waits and gives up."""
        citizen = self.waits(number)
        time.sleep(self._rules["short_s"] + 0.3)
        citizen.hang_up()
        wait(lambda: self.callback(number) is not None, f"callback to {number}")

    # --- agents -----------------------------------------------------------------------------------------

    def sign_in(self, seat: Seat) -> None:
        seat.visitor.post("/api/agents/me/sign-in", {})
        seat.visitor.post("/api/agents/me/state", {"state": "ready"})

    def offered(self, seat: Seat, number: str, *, count: int = 1, timeout: float = 15) -> str:
        """Wait until this number has been offered so often at this desk; the callback's id."""

        def seen() -> list[dict[str, Any]]:
            told = [one.event for one in seat.screen.of("hotline.callback_offered")]
            return [one for one in told if one["callback"]["number"] == f"+86{number}"]

        seat.screen.wait(lambda: len(seen()) >= count, f"offer {count} of {number}", timeout)
        return str(seen()[-1]["callback_id"])

    def accept(self, seat: Seat, callback: str, op: str = "") -> dict[str, Any]:
        found: dict[str, Any] = seat.visitor.post(
            f"/api/callbacks/{callback}/accept", {"op_id": op or str(uuid.uuid4())}
        )
        return found

    # --- what is true -----------------------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.chief.get("/api/calls")["calls"]
        return found

    def callback(self, number: str, *, closed: bool = False) -> dict[str, Any] | None:
        query = "?closed=true" if closed else ""
        rows: list[dict[str, Any]] = self.chief.get(f"/api/callbacks{query}")["callbacks"]
        return next((row for row in rows if row["number"] == f"+86{number}"), None)

    def stage(self, number: str) -> str:
        row = self.callback(number) or self.callback(number, closed=True)
        return "" if row is None else str(row["stage"])

    def closed_as(self, number: str, outcome: str, timeout: float = 15) -> dict[str, Any]:
        def done() -> bool:
            row = self.callback(number, closed=True)
            return row is not None and row["outcome"] == outcome

        try:
            wait(done, f"callback closed as {outcome}", timeout)
        except PeerFailed as late:
            seen = self.callback(number) or self.callback(number, closed=True)
            raise PeerFailed(f"{late}\n{seen}\n{self.service.program.tail(12)}") from late
        found = self.callback(number, closed=True)
        assert found is not None
        return found

    def waits_again(self, number: str, outcome: str, timeout: float = 20) -> dict[str, Any]:
        """Wait until the last attempt ended like this and the callback is in the line again."""

        def done() -> bool:
            row = self.callback(number)
            return bool(row and row["attempts"] and row["attempts"][-1]["outcome"] == outcome)

        try:
            wait(done, f"attempt that ended as {outcome}", timeout)
        except PeerFailed as late:
            raise PeerFailed(f"{late}\n{self.callback(number)}\n{self.service.program.tail(12)}") from late
        found = self.callback(number)
        assert found is not None
        return found

    def ask(self, query: str) -> object:
        """One value of the service's database."""
        file = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=10)) as link:
            row = link.execute(query).fetchone()
        return None if row is None else row[0]

    def dialled(self) -> list[str]:
        """The numbers that the carrier was asked for, in order."""
        log = self.carrier.log
        return self.carrier.numbers() if log.exists() and log.stat().st_size else []

    def rung(self, endpoint: str = "agent-") -> list[str]:
        """Uniqueids of ring attempts at agents' phones, as Asterisk's own ledger (CEL) has them."""
        if not self.switch.cel.exists():
            return []
        rows = [
            line.strip('"').split('","') for line in self.switch.cel.read_text(errors="replace").splitlines()
        ]
        return [
            row[9]
            for row in rows
            if len(row) > 10 and row[0] == "CHAN_START" and row[6].startswith(f"PJSIP/{endpoint}")
        ]

    def dialled_back(self) -> list[str]:
        """Of these, the ones that were placed for a callback."""
        return [one for one in self.rung() if one.startswith("cb-")]
