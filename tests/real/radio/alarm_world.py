"""A centre with two supervisors on call and a unit in the field: Asterisk, Mosquitto, the roles `centre` and
`radio`, a SIP phone at one supervisor's desk, a carrier that takes calls to the other one's mobile, and a
terminal that is simulated by Mosquitto's own client programs. A simulated loudspeaker listens in the park.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.asterisk.machine_checks import PAGE_PROMPTS, WARNING_PROMPTS
from gateway.asterisk.settings import Trunk
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.carrier import SippCarrier, Takes
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed, Program
from tests.peers.simulated_loudspeaker import LOOPBACK, SimulatedLoudspeaker
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.desk_screen import DeskScreen
from tests.real.radio.radio_role import RadioRole
from tests.waiting import wait_for

UID = "app:17"
ANNA = Person("chief.anna", "安娜", ("supervisor", "admin", "agent"), endpoint="duty-1")
BORIS = Person("chief.boris", "鲍里斯", ("supervisor",))
DISPATCHER = Person("li.na", "李娜", ("dispatcher",))
MOBILE = "13904510009"
TONES = {
    "alarm-unit": 500.0, "digit-1": 800.0, "digit-7": 950.0, "alarm-press": 1_150.0,
    "alarm-acknowledged": 1_400.0, "alarm-answered": 1_700.0, "alarm-lost": 2_000.0, "follow-up-ask": 2_300.0,
    "warning-exercise": 2_600.0, "page-alert": 2_900.0,
}  # fmt: skip
"""Each prompt is a tone of its own, so that what was heard can be told."""
SAID_S, PAGED_S = 0.4, 1.0
ANSWER_S = 2.0
"""So long a dispatcher has to answer, then the next one, then the supervisor is called."""
PARK, PARK_PLACE = "239.192.77.1", [126.65, 45.75]
PARTS = ("asterisk", "hotline", "storage", "mqtt")


class SimulatedTerminal:
    """Says its emergency every two seconds until the centre's `acknowledge` has come; keeps what it hears."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self._account = ["-V", "5", "-p", str(port), "-u", UID, "-P", password, "-q", "1"]
        self._log = folder / f"terminal-{uuid.uuid4().hex[:6]}.log"
        self.alarm = str(uuid.uuid4())
        self._repeat = 0
        self._over = threading.Event()
        self._program = Program(
            ["mosquitto_sub", *self._account, "-i", f"sub-{self.alarm[:8]}", "-t", self._topic("down/cmd")],
            log=self._log,
        )
        self._thread = threading.Thread(target=self._call_for_help, daemon=True)

    @staticmethod
    def _topic(kind: str) -> str:
        return f"v1/{TENANT}/unit/{UID}/{kind}"

    def hold_the_button(self) -> None:
        self._thread.start()

    def told(self, cmd: str) -> list[dict[str, Any]]:
        """What the centre has said about this alarm."""
        lines = [one for one in self._log.read_text(errors="replace").splitlines() if one.startswith("{")]
        said = [json.loads(one) for one in lines]
        return [one for one in said if one.get("cmd") == cmd and one.get("alarm_id") == self.alarm]

    def _call_for_help(self) -> None:
        raised = datetime.now(UTC).isoformat()
        while not self._over.is_set() and not self.told("acknowledge"):
            self._repeat += 1
            now = datetime.now(UTC)
            body = {
                "msg_id": str(uuid.uuid4()), "seq": int(now.timestamp()), "ts": now.isoformat(),
                "sent": now.isoformat(), "alarm_id": self.alarm, "repeat": self._repeat, "raised_at": raised,
            }  # fmt: skip
            words = ["mosquitto_pub", *self._account, "-i", f"pub-{uuid.uuid4().hex[:8]}"]
            words += ["-t", self._topic("up/emergency"), "-m", json.dumps(body)]
            subprocess.run(words, capture_output=True, timeout=30, check=False)
            self._over.wait(2)

    def close(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(35)
        self._program.stop(5)


class AlarmWorld(PeerWorld):
    """Anna sits at a SIP phone that she answers by hand, Boris has a mobile behind the carrier. `ring_s`: how
    long each of them is rung.
    """

    def __init__(self, folder: Path, *, ring_s: float, takes: Takes = "rings") -> None:
        super().__init__()
        self.folder = folder
        self._rules = {
            "people": [{"user": ANNA.id}, {"user": BORIS.id, "phone": MOBILE}],
            "ring_s": ring_s,
            "pauses_s": [3, 3],
        }
        self.carrier = SippCarrier(folder / "carrier", takes=takes)
        prompts = short_prompts(folder / "prompts")
        for language in ("zh", "en"):
            for name in {*WARNING_PROMPTS, *PAGE_PROMPTS}:
                audio.tone(prompts / language / f"{name}.wav", 440, 0.1)
            for name, frequency in TONES.items():
                seconds = PAGED_S if name == "page-alert" else SAID_S
                audio.tone(prompts / language / f"{name}.wav", frequency, seconds)
        base = private_settings(folder / "asterisk", agents=(agent("duty-1"),), prompts=prompts, rtp_ports=80)
        trunk = Trunk(
            name="trunk",
            match=("127.0.0.1",),
            contact="127.0.0.1",
            contact_port=self.carrier.port,
            qualify_seconds=0,
        )
        changed = {
            "trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000", "paging": True,
        }  # fmt: skip
        self.switch = AsteriskPeer(type(base).model_validate({**dict(base), **changed}))
        self.loudspeaker = SimulatedLoudspeaker(PARK)
        self._ends.callback(self.loudspeaker.close)
        self.broker = RenderedBroker(folder / "broker")
        self.web = free_port()
        self._ends.callback(release, self.web)
        self.phone = BaresipPhone(
            folder / "duty-1",
            name="duty-1",
            secret=self.switch.settings.agents[0].secret.get_secret_value(),
            switch_port=self.switch.ports.sip,
            answer="manual",
        )
        self.service: SonghuaPeer
        self.radio: RadioRole
        self.chief: Visitor
        self.dispatcher: Visitor
        self.screen: DeskScreen
        self._password = ""
        self._terminals: list[SimulatedTerminal] = []
        self._former_rings = self._former_calls = 0

    def start(self) -> None:
        self._ends.callback(self.carrier.close)
        self.carrier.start()
        self._ends.callback(self.switch.close)
        self.switch.start()
        self._ends.callback(self.broker.close)
        self.broker.start()
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            overrides={
                "hotline": {
                    "alarms": self._rules,
                    "warnings": {"enabled": True},
                    "follow_ups": {"person_wait_s": 30},
                },
                "warning": {"paging": {"enabled": True, "groups": {"park": self._park()}}},
                "web": {"port": self.web},
                # It is noon: reporters may be called.
                "citizen": {"timezone_h": 12 - datetime.now(UTC).hour},
                "ivr": {"prompts": str(self.switch.settings.directories.prompts)},
                "field": {"photos": str(self.folder / "photos"), "emergency_answer_s": ANSWER_S},
            },
        )
        self._ends.callback(self.service.close)
        self.service.prepare([ANNA, BORIS, DISPATCHER])
        self.service.start(role="centre")
        self.radio = RadioRole(self.service, self.folder)
        self._ends.callback(self.radio.stop)
        self.radio.start()
        self.service.wait_healthy(*PARTS)
        self.chief = self.service.sign_in(ANNA)
        self.dispatcher = self.service.sign_in(DISPATCHER)
        self._ends.callback(self.phone.close)
        self.phone.start()
        issued = self.chief.post("/api/units", {"unit_id": UID, "name": "南岗市政 17"})
        self._password = issued["password"]
        self.screen = DeskScreen(self.service.address, self.dispatcher)
        self._ends.callback(self.screen.close)

    def _park(self) -> dict[str, Any]:
        """A group of loudspeakers on loopback."""
        return {
            "address": PARK, "port": self.loudspeaker.port, "interface": LOOPBACK, "places": [PARK_PLACE],
        }  # fmt: skip

    def settle(self) -> None:
        """Every emergency is over, nobody is on the phone, and what was rung before counts no more."""
        for terminal in self._terminals:
            self._end(terminal)
        self._terminals.clear()
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(15)
        self._former_rings += len(self.rung())
        self._former_calls += len(self.dialled())

    def _end(self, terminal: SimulatedTerminal) -> None:
        terminal.close()
        alarm = self.alarm(terminal)
        if alarm["state"] == "raised":
            self.acknowledge(terminal)
        body = {"op_id": str(uuid.uuid4()), "note": "over"}
        self.dispatcher.post(f"/api/emergencies/{terminal.alarm}/clear", body)

    def emergency(self) -> SimulatedTerminal:
        """The crew holds the button; nobody answers at the desks."""
        terminal = SimulatedTerminal(self.folder, self.broker.port, self._password)
        self._ends.callback(terminal.close)
        self._terminals.append(terminal)
        terminal.hold_the_button()
        return terminal

    # --- the centre ---------------------------------------------------------------------------------

    def acknowledge(self, terminal: SimulatedTerminal) -> None:
        """At a desk."""
        body = {"op_id": str(uuid.uuid4())}
        self.dispatcher.post(f"/api/emergencies/{terminal.alarm}/acknowledge", body)

    def alarm(self, terminal: SimulatedTerminal) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.chief.get("/api/emergencies?cleared=true")["emergencies"]
        return next(row for row in rows if row["alarm_id"] == terminal.alarm)

    def calls(self, terminal: SimulatedTerminal) -> list[dict[str, Any]]:
        """The calls made for this alarm, the first one first."""
        rows: list[dict[str, Any]] = self.chief.get(f"/api/alarm-calls?alarm_id={terminal.alarm}")["calls"]
        return sorted(rows, key=lambda row: int(row["number"]))

    def outcomes(self, terminal: SimulatedTerminal) -> list[str]:
        return [str(row["outcome"]) for row in self.calls(terminal)]

    def shown(self, terminal: SimulatedTerminal) -> list[tuple[str, str]]:
        """Who was called and how far it went, as the dispatcher's desk was told it."""
        told = [one.event["call"] for one in self.screen.of("hotline.alarm_call_changed")]
        return [(call["name"], call["stage"]) for call in told if call["alarm_id"] == terminal.alarm]

    def kill_centre(self) -> None:
        """As a crash would."""
        self.service.program.kill()

    def start_centre(self) -> None:
        """After `kill_centre`; returns when it is linked to the switch."""
        self.service.start(role="centre")
        self.service.wait_healthy(*PARTS)

    def audited(self, terminal: SimulatedTerminal) -> list[tuple[str, str]]:
        """Who did what to this alarm, in order."""
        file = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        query = "SELECT actor, action FROM identity_audit WHERE subject = ? ORDER BY seq"
        with closing(sqlite3.connect(file, uri=True, timeout=10)) as link:
            return [tuple(row) for row in link.execute(query, (f"emergency:{terminal.alarm}",)).fetchall()]

    # --- the telephones -----------------------------------------------------------------------------

    def ringing(self) -> bool:
        """Whether Anna's telephone rings now, by Asterisk's word."""
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        return any(row[0].startswith("PJSIP/duty-1") and row[4] == "Ringing" for row in rows if len(row) > 10)

    def rung(self) -> list[str]:
        """Uniqueids of ring attempts at Anna's telephone in this test, by Asterisk's own ledger (CEL)."""
        rows = [row for row in self.begun() if row[6].startswith("PJSIP/duty-1")]
        return [row[9] for row in rows][self._former_rings :]

    def begun(self) -> list[list[str]]:
        """The ledger's rows of channels that were opened."""
        if not self.switch.cel.exists():
            return []
        lines = self.switch.cel.read_text(errors="replace").splitlines()
        rows = [line.strip('"').split('","') for line in lines]
        return [row for row in rows if len(row) > 10 and row[0] == "CHAN_START"]

    def dialled(self) -> list[str]:
        """The numbers that the carrier was asked for in this test."""
        log = self.carrier.log
        numbers = self.carrier.numbers() if log.exists() and log.stat().st_size else []
        return numbers[self._former_calls :]

    def rings(self, timeout: float = 30) -> None:
        """Wait until Anna's telephone rings."""
        try:
            wait_for(self.ringing, "ringing telephone of the supervisor", timeout)
        except PeerFailed as late:
            raise PeerFailed(f"{late}\n{self.service.program.tail(20)}") from late

    def press(self, key: str) -> None:
        self.phone.command("sndcode", key)

    def heard(self, name: str) -> float:
        """For how long Anna's telephone has heard this prompt in its last call."""
        files = self.phone.heard()
        return audio.tone_seconds(audio.read_wav(files[-1]), TONES[name]) if files else 0.0
