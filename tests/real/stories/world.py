"""The whole service for a day's work: Asterisk with a carrier behind its trunk, the broker, every role,
agents' telephones in the pages and one beside them, citizens with a handset, field units over MQTT.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cdr.recordings.vault import keys
from gateway.asterisk.settings import QueueSettings, Trunk
from tests.console.ear import voice
from tests.mqtt.broker import TENANT, RenderedBroker
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.carrier import SippCarrier
from tests.peers.checkout import CHECKOUT
from tests.peers.chromium import ChromiumPeer
from tests.peers.program import Program
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.flow_stage import Citizen
from tests.real.stories.reader import ENGINE, write_script
from tests.speech.fakes import PROMPTS
from tests.waiting import wait_for

AGENT: Final = Person("li.na", "李娜", ("agent",), endpoint="agent-1")
COLLEAGUE: Final = Person("zhang.li", "张丽", ("agent",), endpoint="agent-2")
SUPERVISOR: Final = Person("zhao.lei", "赵磊", ("supervisor",), endpoint="agent-3")
DISPATCHER: Final = Person("sun.wei", "孙伟", ("dispatcher",))
ACCEPTOR: Final = Person("wang.fang", "王芳", ("acceptor",))
ADMIN: Final = Person("wang.gang", "王刚", ("admin",))
EDITOR: Final = Person("sun.li", "孙丽", ("supervisor",))
DEPARTMENT: Final = Person("ma.ke", "马科", ("department",), departments=("district-230110",))
PEOPLE: Final = (AGENT, COLLEAGUE, SUPERVISOR, DISPATCHER, ACCEPTOR, ADMIN, EDITOR, DEPARTMENT)
HANDOVERS: Final = [
    {"service": "fire", "number": "119", "zh": "消防", "en": "Fire brigade", "mode": "blind"},
    {"service": "medical", "number": "120", "zh": "急救", "en": "Ambulance", "mode": "consult"},
]
AGENT_HZ, COLLEAGUE_HZ = 700.0, 1600.0
MANHOLE: Final = "gbt30428.2@2013/P0123"
UNITS: Final = {"app:17": ("南岗市政 17", ["张伟"], ["road"]), "app:18": ("香坊二队", ["李军"], ["drain"])}
SOUND_S: Final = 1.0
"""Between two utterances."""


class StoryWorld(PeerWorld):
    """One for each day. `visitors` are people by their HTTP, for what happens beside the story."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._callers = itertools.count(1)
        self._numbers = itertools.count(int(time.time()))
        self._passwords: dict[str, str] = {}
        self._visitors: dict[str, Visitor] = {}
        self.call_numbers: list[str] = []
        self.model = folder / "model"
        self.model.mkdir(parents=True)
        write_script(self.model)
        self.prompts = short_prompts(folder / "prompts")
        tone = audio.tone(folder / "carrier.wav", 1300.0, 5)
        self.carrier = SippCarrier(
            folder / "carrier", speech=audio.to_ulaw(tone, folder / "carrier.al", law="a-law")
        )
        settings = private_settings(
            folder / "asterisk",
            agents=(agent("agent-1", browser=True), agent("agent-2"), agent("agent-3", browser=True)),
            queues=(QueueSettings(name="hotline", ring_seconds=12),),
            prompts=self.prompts,
            rtp_ports=120,
        )
        trunk = Trunk(
            name="trunk", match=("127.0.0.1",), contact="127.0.0.1", contact_port=self.carrier.port,
            qualify_seconds=0, codecs=("ulaw", "alaw"),
        )  # fmt: skip
        more = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000"}
        self.switch = AsteriskPeer(type(settings).model_validate({**dict(settings), **more}))
        self.broker = RenderedBroker(folder / "broker")
        self.browser: ChromiumPeer
        self.service: SonghuaPeer

    def start(self) -> None:
        for peer in (self.carrier, self.switch, self.broker):
            self._ends.callback(peer.close)
            peer.start()
        key = self.folder / "recordings.key"
        keys.init(key, datetime.now(UTC))
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            overrides={
                "ivr": {"prompts": str(self.prompts)},
                "hotline": {
                    "queues": ["hotline"], "handovers": HANDOVERS, "missed_to_pause": 1, "wrap_up_s": 600.0,
                    "callbacks": {"short_s": 1.0, "from_hour": "00:00:00", "to_hour": "00:00:00"},
                },
                "speech": {"engine": ENGINE, "model": str(self.model)},
                "cdr": {"recordings_key_file": str(key)},
                "cases": {"classifiers": str(self.folder / "classifiers")},
            },
        )  # fmt: skip
        self._ends.callback(self.service.close)
        self.service.prepare(PEOPLE)
        self.service.start()
        self.service.wait_healthy()
        speech = voice(self.folder / "microphone.wav", AGENT_HZ)
        home = self.folder / "browser"
        home.mkdir()
        flags = ("--accept-lang=zh-CN", "--enable-unsafe-swiftshader")
        self.browser = ChromiumPeer(home, speech=speech, extra=flags)
        self._ends.callback(self.browser.close)
        self.browser.start()

    @property
    def address(self) -> str:
        return self.service.address

    def visitor(self, person: Person) -> Visitor:
        if person.id not in self._visitors:
            self._visitors[person.id] = self.service.sign_in(person)
        return self._visitors[person.id]

    def get(self, path: str, person: Person = SUPERVISOR) -> Any:
        return self.visitor(person).get(path)

    def post(self, path: str, person: Person = SUPERVISOR, **body: Any) -> Any:
        return self.visitor(person).post(path, {"op_id": str(uuid.uuid4()), **body})

    def patch(self, path: str, person: Person = SUPERVISOR, **body: Any) -> Any:
        return self.visitor(person).patch(path, {"op_id": str(uuid.uuid4()), **body})

    # --- the colleague, whose telephone stands beside his page -------------------------------------

    def colleague(self) -> Visitor:
        """He is ready, and his telephone answers by itself."""
        secret = next(one.secret for one in self.switch.settings.agents if one.name == "agent-2")
        phone = BaresipPhone(
            self.folder / "agent-2", name="agent-2", secret=secret.get_secret_value(),
            switch_port=self.switch.ports.sip,
            speech=audio.tone(self.folder / "agent-2.wav", COLLEAGUE_HZ, 300), answer="auto",
        )  # fmt: skip
        self._ends.callback(phone.close)
        phone.start()
        visitor = self.visitor(COLLEAGUE)
        visitor.post("/api/agents/me/sign-in", {})
        visitor.post("/api/agents/me/state", {"state": "ready"})
        wait_for(lambda: "agent-2" in self.switch.rx("queue show hotline"), "the colleague in the queue")
        return visitor

    def colleague_becomes(self, state: str) -> None:
        self.visitor(COLLEAGUE).post("/api/agents/me/state", {"state": state})

    # --- citizens ------------------------------------------------------------------------------------

    def citizen(self, number: str = "") -> tuple[Citizen, str]:
        """Dials; the citizen, and the number."""
        at = next(self._callers)
        number = number or f"1390451{at:04d}"
        made = Citizen(
            self.folder / f"citizen-{at}", switch_port=self.switch.ports.sip, caller=number, called="12345",
            seconds=900,
        )  # fmt: skip
        self.call_numbers.append(number)
        self._ends.callback(made.close)
        made.dial()
        return made, number

    def says(self, citizen: Citizen, *lines: str) -> None:
        """The citizen says these sentences, each an utterance of its own."""
        write_script(self.model, *lines)
        file = self.folder / "sentence.ulaw"
        sound = audio.to_ulaw(PROMPTS / "zh/connecting-person.wav", file).read_bytes()
        for _ in lines:
            citizen.handset.say(sound + b"\xff" * round(SOUND_S * audio.RATE))

    def call(self, number: str) -> dict[str, Any]:
        """The last call of this number; `state` is `gone` where there is none."""
        calls: list[dict[str, Any]] = self.get("/api/calls")["calls"]
        return next((one for one in reversed(calls) if one["caller"] == number), {"state": "gone"})

    def until(self, number: str, *states: str, within: float = 40) -> str:
        """Wait until the call of this number is in one of these states; its id."""
        wait_for(lambda: self.call(number)["state"] in states, f"{number} {states}", within)
        return str(self.call(number).get("call_id", ""))

    def article(self, title: str, body: str) -> None:
        """Written by one supervisor, approved by the other: agents find it."""
        made = self.post("/api/knowledge", name="article", language="zh", title=title, body=body)
        path = f"/api/knowledge/{made['article_id']}/versions/{made['number']}"
        self.post(f"{path}/submit")
        self.post(f"{path}/approve", EDITOR)

    # --- cases and units -----------------------------------------------------------------------------

    def paper_case(self, description: str, address: str = "公滨路5号", urgency: str = "normal") -> str:
        """A case that was taken on paper; its id."""
        made = self.post(
            "/api/cases/paper", taken_at=datetime.now(UTC).isoformat(), taken_by="李娜",
            fields={"category": MANHOLE, "address": address, "description": description, "urgency": urgency},
        )  # fmt: skip
        return str(made["case_id"])

    def unit(self, unit: str) -> str:
        """Register a unit; its password."""
        name, crew, skills = UNITS[unit]
        body = {"unit_id": unit, "name": name, "crew": crew, "skills": skills}
        self._passwords[unit] = self.visitor(ADMIN).post("/api/units", body)["password"]
        return self._passwords[unit]

    def says_by_radio(self, unit: str, kind: str, **fields: Any) -> None:
        """The unit's terminal, by a client of others."""
        now = datetime.now(UTC).isoformat()
        body = {"msg_id": str(uuid.uuid4()), "seq": next(self._numbers), "ts": now, "sent": now, **fields}
        words = [shutil.which("mosquitto_pub") or "mosquitto_pub", "-V", "5", "-p", str(self.broker.port)]
        words += ["-u", unit, "-P", self._passwords[unit], "-q", "1", "-i", f"pub-{uuid.uuid4().hex[:8]}"]
        topic = f"v1/{TENANT}/unit/{unit}/up/{kind}"
        subprocess.run([*words, "-t", topic, "-m", json.dumps(body)], check=True, timeout=30)

    def stands(self, unit: str, lon: float, lat: float) -> None:
        fix = datetime.now(UTC).isoformat()
        self.says_by_radio(unit, "location", lon=lon, lat=lat, accuracy_m=8.0, fix_at=fix)

    def steps(self, case: str) -> dict[str, str]:
        """By unit, how far its dispatch has come."""
        return {one["unit_id"]: one["step"] for one in self.get(f"/api/cases/{case}")["dispatches"]}

    def terminal(self, unit: str) -> None:
        """The unit's terminal on the command line: it accepts each job at once."""
        words = ["run", "--uid", unit, "--broker", f"127.0.0.1:{self.broker.port}"]
        words += ["--store", str(self.folder / "unit.db"), "--auto", "--steps", "accepted", "--delay", "0"]
        program = Program(
            [sys.executable, "-m", "gateway.unit_cli", *words, "--json"],
            log=self.folder / "unit.log",
            cwd=CHECKOUT,
            env={"SONGHUA_UNIT_PASSWORD": self._passwords[unit]},
        )
        self._ends.callback(program.stop, 5)

        def online() -> bool:
            found = self.get("/api/units", DISPATCHER)["units"]
            return any(one["unit_id"] == unit and one["online"] for one in found)

        program.wait_until(online, what="unit that is online", timeout=40)
