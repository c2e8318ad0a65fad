"""How `--story collapse` opens: real parts, the city's registers, telephones, two crews and an inspector."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.demo import collapse_lines as told
from tests.demo import lines
from tests.demo.case_desk import CaseDesk
from tests.demo.centre_story import op
from tests.demo.collapse_city import CLERK, CREWS, DESK_HZ, PLAN, TONES, UNITS, registers
from tests.demo.report import Line
from tests.demo.seats import UnitSeat
from tests.demo.stage import ADMIN, DISPATCHER, SUPERVISOR
from tests.demo.story import SETTLE_S, Facts, Story
from tests.demo.street_camera import StreetCamera
from tests.demo.telephones import SPEAKS_S, CityTelephones
from tests.demo.voices import ULAW_SILENCE, Voices
from tests.peers import audio
from tests.peers.baresip import BaresipPhone
from tests.peers.songhua import Visitor
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.waiting import wait_for

TG, GROUP, US, RADIO = 4011, "svx:4011", "SONGHUA-1", "CREW-A"
CITIZEN_HZ: Final = 1000.0
QUIET_S, TONE_S = 25.0, 240.0
"""After his words the citizen is silent for a while, then his tone stands for what he tells the crew."""


def with_tone(voices: Voices) -> Voices:
    """The citizen says his words, then is silent, then his tone is there until the call ends."""
    folder = voices.citizen.parent
    tone = audio.to_ulaw(audio.tone(folder / "tone.wav", CITIZEN_HZ, TONE_S), folder / "tone.ulaw")
    whole = folder / "citizen-and-tone.ulaw"
    quiet = ULAW_SILENCE * round(QUIET_S * audio.RATE)
    whole.write_bytes(voices.citizen.read_bytes() + quiet + tone.read_bytes())
    return replace(voices, citizen=whole)


class CollapseOpening(Story):
    """Everybody is there."""

    reflector: SvxReflectorPeer
    radio: SvxLinkPeer
    city: CityTelephones
    desk_phone: BaresipPhone
    """The supervisor's."""
    dispatcher: Visitor
    supervisor: Visitor
    admin: Visitor
    clerk: Visitor
    centre: CaseDesk
    """The dispatcher's desk."""
    camera: StreetCamera

    def opening(self) -> list[tuple[Line, Callable[[Facts], None]]]:
        return [
            (lines.SWITCH, self._switch),
            (lines.BROKER, self._broker),
            (told.AIR, self._air),
            (lines.SERVICE, self._service),
            (told.CITY, self._city),
            (lines.AGENT_READY, self._agent_ready),
            (told.CREWS_READY, self._crews_ready),
        ]

    def _switch(self, facts: Facts) -> None:
        self.city = CityTelephones(self._stage.folder / "city-telephones", TONES)
        self._stage.when_over(self.city.close)
        self.city.start()
        self._stage.raise_switch(outside_port=self.city.port)
        facts["version"] = self._version()
        facts["outside"] = ", ".join(TONES)

    def _air(self, facts: Facts) -> None:
        folder = self._stage.folder
        self.reflector = SvxReflectorPeer(folder / "reflector", callsigns=[US, RADIO])
        self._stage.when_over(self.reflector.close)
        self.reflector.start()
        self.radio = SvxLinkPeer(
            folder / "radio",
            callsign=RADIO,
            password=self.reflector.password,
            reflector_port=self.reflector.port,
            tg=TG,
        )
        self._stage.when_over(self.radio.close)
        self.radio.start()
        facts["nodes"] = ", ".join(self.reflector.nodes())

    def _service(self, facts: Facts) -> None:
        talkgroup = {"tg": TG, "callsign": US, "password": self.reflector.password}
        network = {"port": self.reflector.port, "talkgroups": [talkgroup]}
        photos = str(self._stage.folder / "service" / "photos")
        overrides: dict[str, dict[str, Any]] = {
            "field": {"photos": photos},
            "radio": {"svxreflector": network},
            "sensing": {"networks": ["127.0.0.0/8"], "snapshot_s": 20},
        }
        self._stage.raise_service(overrides, (CLERK,))
        facts["address"] = self._stage.service.address

    def _city(self, facts: Facts) -> None:
        self.camera = StreetCamera()
        self._stage.when_over(self.camera.close)
        self.camera.start()
        files = registers(self._stage.folder / "registers", self.camera.address)
        with ThreadPoolExecutor() as imports:
            for one in [imports.submit(self._import, *named) for named in files.items()]:
                one.result()
        facts |= {command: file.name for command, file in files.items()}
        self.desk_phone = self._telephone()
        facts["desk"] = self.desk_phone.name

    def _import(self, command: str, file: Path) -> None:
        self._stage.service.run(command, "import", str(file))

    def _telephone(self) -> BaresipPhone:
        """The supervisor's, at the desk: it answers by itself."""
        endpoint, switch = str(SUPERVISOR.endpoint), self._stage.asterisk
        agents = switch.settings.agents
        folder = self._stage.folder / "desk-telephone"
        phone = BaresipPhone(
            folder, name=endpoint, switch_port=switch.ports.sip,
            secret=next(one.secret.get_secret_value() for one in agents if one.name == endpoint),
            speech=audio.tone(self._stage.folder / "desk.wav", DESK_HZ, SPEAKS_S),
        )  # fmt: skip
        self._stage.when_over(phone.close)
        phone.start()
        return phone

    def _crews_ready(self, facts: Facts) -> None:
        sign_in = self._stage.service.sign_in
        self.admin, self.dispatcher, self.supervisor, self.clerk = (
            sign_in(one) for one in (ADMIN, DISPATCHER, SUPERVISOR, CLERK)
        )
        rights = {
            "monitor": ["all", "role:agent"],
            "talk": ["all"],
            "patch": ["role:agent", "role:dispatcher", "role:supervisor"],
        }
        names = {"name_zh": "市桥抢修", "name_en": "Bridge crews"}
        self.supervisor.post("/api/talkgroups", op(tg_id=GROUP, rights=rights, **names))
        self._seats: dict[str, UnitSeat] = {}
        for uid, name in UNITS.items():
            issued = self.admin.post("/api/units", {"unit_id": uid, "name": name})
            seat = UnitSeat(self._browsers.page(width=420, height=860), self._stage.service.address)
            seat.sign_in(uid, issued["password"])
            self._seats[uid] = seat
        self._reached_by(f"svx:{RADIO}")
        self.centre = CaseDesk(self._browsers.page(), self._stage.service.address)
        self.centre.sign_in(DISPATCHER)
        wait_for(lambda: self._network() == "up", "a link to the reflector", SETTLE_S)
        wait_for(lambda: PLAN in self._plans(), "the city's plan", SETTLE_S)
        facts["units"] = ", ".join(UNITS.values())
        facts["talkgroup"] = GROUP
        # The plain story's last chapter looks at this page's errors.
        self.unit = self._seats[next(iter(CREWS))]

    def _reached_by(self, *addresses: str) -> None:
        """How the first crew is reached besides its terminal."""
        self.dispatcher.patch(f"/api/units/{next(iter(CREWS))}", op(addresses=list(addresses)))

    def _plans(self) -> list[str]:
        return [str(one["plan_id"]) for one in self.dispatcher.get("/api/plans")["plans"]]

    def _network(self) -> str:
        known: list[dict[str, Any]] = self.supervisor.get("/api/networks")["networks"]
        return next((str(one["state"]) for one in known if one["network"] == "svx"), "missing")
