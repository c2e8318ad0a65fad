"""The city of the sound figures: talkgroups on a real reflector, radios, telephones and terminals whose
clocks are this process's; Asterisk, Mosquitto and the roles `centre` and `radio` are real.
"""

from __future__ import annotations

import signal
import sys
import time
import uuid
from pathlib import Path
from typing import Any, Final

from gateway.mqtt import BrokerSettings
from tests.bench.radio.clocked import ClockedLine
from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed, Program
from tests.peers.sipp import SippCaller
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.real.service import Seat, WholeService, wait

FIRST_TG: Final = 4001
RADIO: Final = "CREW-A"
OTHER_RADIO: Final = "CREW-B"
UNITS: Final = ("talker", "alarmed", "listener")
"""Of each talkgroup."""
LEGS: Final = ("res_rtp_multicast.so", "chan_rtp.so", "res_clioriginate.so")
EVERYBODY: Final = ["all"]


def group_of(number: int) -> str:
    return f"svx:{FIRST_TG + number}"


def unit(number: int, name: str) -> str:
    return f"app:{FIRST_TG + number}-{name}"


class Telephone(SippCaller):
    """A citizen's, µ-law, whose mouth and ear are `line`."""

    def __init__(self, folder: Path, *, switch_port: int, caller: str, seconds: float) -> None:
        super().__init__(folder, switch_port=switch_port, caller=caller, seconds=seconds)
        assert self._ear is not None
        self._ear.close()
        self.line = ClockedLine(self.media)
        self._ear = self.line


class City(WholeService):
    """`groups` talkgroups with a connection each; the first one has two radios. `recorded`: with a recorder
    in each of their conferences.
    """

    def __init__(
        self,
        folder: Path,
        *,
        groups: int = 1,
        telephones: int = 1,
        radio: type[SvxLinkPeer] = SvxLinkPeer,
        recorded: bool = False,
    ) -> None:
        self.groups = groups
        ours = [f"SONGHUA-{number}" for number in range(groups)]
        ears = [f"EAR-{number}" for number in range(groups)]
        self.reflector = SvxReflectorPeer(
            folder / "reflector", callsigns=[*ours, *ears, RADIO, OTHER_RADIO], codec="S16"
        )
        self.radios = [
            radio(
                folder / name, callsign=name, password=self.reflector.password,
                reflector_port=self.reflector.port, tg=FIRST_TG, hang_ms=100,
            )
            for name in (RADIO, OTHER_RADIO)
        ]  # fmt: skip
        super().__init__(
            folder,
            agents=telephones,
            role="centre",
            needed=("asterisk", "hotline", "mqtt"),
            overrides={
                "field": {"photos": str(folder / "photos")},
                "radio": {
                    "floor": {"limit_s": 600.0, "hang_s": 0.2},
                    "recording": {"enabled": recorded},
                    "svxreflector": {"port": self.reflector.port, "talkgroups": self.lines("SONGHUA")},
                },
            },
        )
        self.radio: Program
        self._units: dict[str, str] = {}
        self._telephones = 0

    def lines(self, callsign: str) -> list[dict[str, Any]]:
        """One for each talkgroup, as settings of the driver have them."""
        word = self.reflector.password
        return [
            {"tg": FIRST_TG + number, "callsign": f"{callsign}-{number}", "password": word}
            for number in range(self.groups)
        ]

    def start(self) -> None:
        self._ends.callback(self.reflector.close)
        self.reflector.start()
        for one in self.radios:
            self._ends.callback(one.close)
            one.start()
        super().start()
        # A terminal's leg that this process speaks and hears: the hotline has no use for these modules.
        for module in LEGS:
            told = self.switch.rx(f"module load {module}")
            if "Loaded" not in told:
                raise PeerFailed(told)
        rights = {"monitor": EVERYBODY, "talk": ["all", "role:agent"], "patch": ["role:agent"]}
        for number in range(self.groups):
            for name in UNITS:
                issued = self.supervisor.post(
                    "/api/units", {"unit_id": unit(number, name), "name": f"{name} {number}"}
                )
                self._units[unit(number, name)] = issued["password"]
            names = {"tg_id": group_of(number), "name_zh": f"道里 {number}", "name_en": f"Daoli {number}"}
            self.supervisor.post("/api/talkgroups", {"op_id": _op(), **names, "rights": rights})
            body = {"op_id": _op(), "add": [unit(number, name) for name in UNITS]}
            self.supervisor.post(f"/api/talkgroups/{group_of(number)}/members", body)
        self._start_radio()
        wait(self._linked, "links to the reflector", 60)

    def account(self, uid: str) -> BrokerSettings:
        return self.broker.settings(uid, self.password(uid))

    def password(self, uid: str) -> str:
        return self._units[uid]

    def _start_radio(self) -> None:
        words = ["-m", "tests.bench.radio.role", str(self._told), "--config", str(self.service.config)]
        self.radio = Program([sys.executable, *words], log=self.folder / "radio.log", cwd=CHECKOUT)
        self._ends.callback(self.radio.stop)
        self.radio.wait_until(
            lambda: '"role is up"' in self.radio.tail(200), what="a role that is up", timeout=60
        )

    def _linked(self) -> bool:
        known = self.supervisor.get("/api/networks")["networks"]
        return any(one["network"] == "svx" and one["state"] == "up" for one in known)

    @property
    def _told(self) -> Path:
        return self.folder / "radio.metrics"

    def counted(self) -> dict[str, float]:
        """The counters of the role `radio` now, by name with labels."""
        self._told.unlink(missing_ok=True)
        self.radio.signal(signal.SIGUSR1)
        wait(self._told.exists, "counters of the role radio", 5)
        rows = [row.rsplit(" ", 1) for row in self._told.read_text().splitlines() if not row.startswith("#")]
        return {name: float(value) for name, value in rows}

    # --- telephones -----------------------------------------------------------------------------------

    def put_through(self, group: str) -> tuple[Telephone, Seat]:
        """A citizen who was called through to a talkgroup, and the agent who did it."""
        self._telephones += 1
        citizen = Telephone(
            self.folder / f"telephone-{self._telephones}",
            switch_port=self.switch.ports.sip,
            caller=f"1390452{self._telephones:04d}",
            seconds=3600,
        )
        self._ends.callback(citizen.line.close)
        self._ends.callback(citizen.close)
        before = {call["call_id"] for call in self._talking()}
        citizen.dial()
        wait(lambda: any(call["call_id"] not in before for call in self._talking()), "a talk", 25)
        (call,) = [one for one in self._talking() if one["call_id"] not in before]
        (agent,) = call["agent_ids"]
        seat = next(one for one in self.seats if one.person.id == agent)
        body = {"op_id": _op(), "call_id": call["call_id"], "talkgroup": group}
        seat.visitor.post("/api/patches", body)
        wait(lambda: self._patch(group) is not None, "patch", 5)
        wait(lambda: self.carried(group), "leg to the role radio", 5)
        return citizen, seat

    def key(self, seat: Seat, group: str, *, down: bool) -> None:
        """The agent presses the telephone's key for it; returns when it has the floor, or not any more."""
        seat.visitor.post(f"/api/patches/{group}/key", {"down": down})
        wait(lambda: (self._patch(group) or {}).get("talking") is down, "the telephone's floor", 10)

    def carried(self, group: str) -> bool:
        """Whether the conference has its leg to the role radio."""
        return "AudioSocket/" in self.switch.rx(f"confbridge list {group.replace(':', '*')}")

    def _talking(self) -> list[dict[str, Any]]:
        return [call for call in self.calls() if call["state"] == "talking"]

    def _patch(self, group: str) -> dict[str, Any] | None:
        found = self.supervisor.get("/api/patches")["patches"]
        return next((one for one in found if one["talkgroup"] == group), None)

    # --- the air --------------------------------------------------------------------------------------

    def until_quiet(self, radio: SvxLinkPeer, seconds: float = 0.4) -> None:
        """Wait until this radio's transmitter has given nothing for so long, and nobody talks there."""

        def quiet() -> bool:
            last = radio.sent[-1][0] if radio.sent else 0.0
            talks = any(node.get("isTalker") for node in self.reflector.nodes().values())
            return not talks and time.monotonic() - last > seconds

        wait(quiet, "quiet talkgroup", 10)


def _op() -> str:
    return str(uuid.uuid4())
