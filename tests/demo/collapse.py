"""The collapse of a road, as Harbin's hotline was told of it in 2012, on real parts: a call, two crews and an
inspector by terminal and radio, the citizen put through to the crews, an emergency, done, verified, closed.

Tones stand for voices where it has to be shown who hears whom: the radio's 1.3 kHz, the citizen's 1 kHz.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

from playwright.sync_api import expect

from tests.demo import lines
from tests.demo.report import Line
from tests.demo.seats import UnitSeat
from tests.demo.stage import ADMIN, DISPATCHER, SUPERVISOR
from tests.demo.story import SETTLE_S, Facts, Story
from tests.demo.voices import ULAW_SILENCE, Voices
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.waiting import wait_for

STORY = "collapse"
TG, GROUP, US, RADIO = 4011, "svx:4011", "SONGHUA-1", "CREW-A"
AIR_HZ, CITIZEN_HZ = 1300.0, 1000.0
QUIET_S, TONE_S = 25.0, 240.0
"""After his words the citizen is silent for a while, then his tone stands for what he tells the crew."""
HEARD_S = 1.0
NOTHING_S = 0.3
CREWS = {"app:17": "市桥抢修一队", "app:18": "市桥抢修二队"}
INSPECTOR = "app:21"
UNITS = {**CREWS, INSPECTOR: "南岗巡查员"}
REPAIRED_NOTE = "塌陷处已回填、夯实，路面恢复通行。"
SEEN_NOTE = "现场已恢复，照片为证。"


def with_tone(voices: Voices) -> Voices:
    """The citizen says his words, then is silent, then his tone is there until the call ends."""
    folder = voices.citizen.parent
    tone = audio.to_ulaw(audio.tone(folder / "tone.wav", CITIZEN_HZ, TONE_S), folder / "tone.ulaw")
    whole = folder / "citizen-and-tone.ulaw"
    quiet = ULAW_SILENCE * round(QUIET_S * audio.RATE)
    whole.write_bytes(voices.citizen.read_bytes() + quiet + tone.read_bytes())
    return replace(voices, citizen=whole)


class Collapse(Story):
    """The story's own chapters; what it shares with the plain one is inherited."""

    reflector: SvxReflectorPeer
    radio: SvxLinkPeer
    dispatcher: Visitor
    supervisor: Visitor

    def opening(self) -> list[tuple[Line, Callable[[Facts], None]]]:
        return [
            (lines.SWITCH, self._switch),
            (lines.BROKER, self._broker),
            (lines.AIR, self._air),
            (lines.SERVICE, self._service),
            (lines.AGENT_READY, self._agent_ready),
            (lines.CREWS_READY, self._crews_ready),
        ]

    def case(self) -> list[tuple[Line, Callable[[Facts], None]]]:
        return [
            (lines.CONFIRM, self._confirm),
            (lines.PARALLEL, self._parallel),
            (lines.PATCHED, self._patched),
            (lines.RADIO_HEARD, self._radio_heard),
            (lines.CITIZEN_HEARD, self._citizen_heard),
            (lines.UNPATCHED, self._unpatched),
            (lines.HANG_UP, self._hang_up),
            (lines.UNDER_WAY, self._under_way),
            (lines.EMERGENCY, self._emergency),
            (lines.REPAIRED, self._repaired),
            (lines.INSPECTED, self._inspected),
            (lines.CLOSE, self._close),
            (lines.LEDGER, self._ledger),
            (lines.CHAIN, self._chain),
        ]

    # --- opening --------------------------------------------------------------------------------------

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
        self._stage.raise_service({"field": {"photos": photos}, "radio": {"svxreflector": network}})
        facts["address"] = self._stage.service.address

    def _crews_ready(self, facts: Facts) -> None:
        admin = self._stage.service.sign_in(ADMIN)
        self.dispatcher = self._stage.service.sign_in(DISPATCHER)
        self.supervisor = self._stage.service.sign_in(SUPERVISOR)
        rights = {
            "monitor": ["all", "role:agent"],
            "talk": ["all"],
            "patch": ["role:agent", "role:dispatcher"],
        }
        names = {"name_zh": "市桥抢修", "name_en": "Bridge crews"}
        self.supervisor.post(
            "/api/talkgroups", {"op_id": str(uuid4()), "tg_id": GROUP, "rights": rights, **names}
        )
        self._seats: dict[str, UnitSeat] = {}
        for uid, name in UNITS.items():
            issued = admin.post("/api/units", {"unit_id": uid, "name": name})
            seat = UnitSeat(self._browsers.page(width=420, height=860), self._stage.service.address)
            seat.sign_in(uid, issued["password"])
            self._seats[uid] = seat
        body = {"op_id": str(uuid4()), "addresses": [f"svx:{RADIO}"]}
        self.dispatcher.patch(f"/api/units/{next(iter(CREWS))}", body)
        wait_for(lambda: self._network() == "up", "a link to the reflector", SETTLE_S)
        facts["units"] = ", ".join(UNITS.values())
        facts["talkgroup"] = GROUP
        # The plain story's last chapter looks at this page's errors.
        self.unit = self._seats[next(iter(CREWS))]

    def _network(self) -> str:
        known = self.supervisor.get("/api/networks")["networks"]
        return next((str(one["state"]) for one in known if one["network"] == "svx"), "missing")

    # --- the case -------------------------------------------------------------------------------------

    def _parallel(self, facts: Facts) -> None:
        for uid in UNITS:
            body = {"op_id": str(uuid4()), "unit_id": uid}
            self.dispatcher.post(f"/api/cases/{self._case_id}/dispatch", body)
        shown = {uid: seat.wait_job() for uid, seat in self._seats.items()}
        if set(shown.values()) != {self._case_number}:
            raise PeerFailed(f"filed was {self._case_number}, the terminals show {shown}")
        facts["dispatched"] = ", ".join(UNITS.values())
        facts["case"] = self._case_number

    def _patched(self, facts: Facts) -> None:
        body = {"op_id": str(uuid4()), "talkgroup": GROUP, "call_id": self._call_id}
        facts["outcome"] = self.agent.post("/api/patches", body)["outcome"]
        wait_for(lambda: self._patch() is not None, "a patch", SETTLE_S)
        wait_for(self._carried, "the conference's way to the radio network", SETTLE_S)

    def _patch(self) -> dict[str, Any] | None:
        found = self.agent.get("/api/patches")["patches"]
        return next((one for one in found if one["talkgroup"] == GROUP), None)

    def _carried(self) -> bool:
        return "AudioSocket/" in self._stage.asterisk.rx(f"confbridge list {GROUP.replace(':', '*')}")

    def _radio_heard(self, facts: Facts) -> None:
        """What the citizen heard is in his recording; that is looked at when the call is over."""
        self.radio.say(AIR_HZ, 3.0)
        wait_for(lambda: self._talker() == f"svx:{RADIO}", "the crew's chief as the one who talks", SETTLE_S)
        facts["talker"] = f"svx:{RADIO}"
        wait_for(lambda: not self.radio.speaking and not self._talker(), "the end of his talk", SETTLE_S)

    def _talker(self) -> str:
        """Empty when nobody talks."""
        floors = self.dispatcher.get("/api/floors")["floors"]
        return next((str(one["talker"]) for one in floors if one["talkgroup"] == GROUP), "")

    def _citizen_heard(self, facts: Facts) -> None:
        begins = self._dialled + self._voices.lead_s + self._voices.speech_s + 1.0 + QUIET_S
        time.sleep(max(0.0, begins - time.monotonic()) + 0.5)
        facts["on_air_without_key_s"] = self._on_air(1.5)
        self.agent.post(f"/api/patches/{GROUP}/key", {"down": True})
        wait_for(lambda: bool((self._patch() or {}).get("talking")), "the floor for the citizen", SETTLE_S)
        facts["on_air_with_key_s"] = self._on_air(2.0)
        self.agent.post(f"/api/patches/{GROUP}/key", {"down": False})
        wait_for(lambda: not (self._patch() or {}).get("talking"), "the end of his talk", SETTLE_S)
        if facts["on_air_without_key_s"] > NOTHING_S or facts["on_air_with_key_s"] < HEARD_S:
            raise PeerFailed(f"of the citizen's tone the radio's transmitter gave {facts}")

    def _on_air(self, seconds: float) -> float:
        self.radio.listen_anew()
        time.sleep(seconds)
        return audio.tone_seconds(self.radio.transmitted(), CITIZEN_HZ)

    def _unpatched(self, facts: Facts) -> None:
        facts["outcome"] = self.agent.post(f"/api/patches/{GROUP}/end", {"op_id": str(uuid4())})["outcome"]
        wait_for(lambda: self._patch() is None, "the end of the patch", SETTLE_S)
        call = self.agent.get(f"/api/calls/{self._call_id}")
        facts["call"] = call["state"]
        if call["state"] != "talking":
            raise PeerFailed(f"after the patch the call is {call['state']}")

    def _under_way(self, facts: Facts) -> None:
        for seat in self._seats.values():
            for step in ("accepted", "on_the_way", "arrived"):
                seat.act(step)
        facts["arrived"] = ", ".join(UNITS.values())

    def _emergency(self, facts: Facts) -> None:
        seat = self._seats["app:18"]
        seat.by("emergency-button").click(delay=2300)
        expect(seat.by("emergency")).to_have_attribute("data-state", "heard", timeout=20_000)
        (alarm,) = self.dispatcher.get("/api/emergencies")["emergencies"]
        path = f"/api/emergencies/{alarm['alarm_id']}"
        self.dispatcher.post(f"{path}/acknowledge", {"op_id": str(uuid4())})
        expect(seat.by("emergency-told")).to_contain_text(DISPATCHER.name, timeout=20_000)
        if self._pictures is not None:
            facts["picture"] = seat.picture(self._pictures / "unit-emergency.png").name
        note = "余土滑落，人员已撤出，无伤"
        self.dispatcher.post(f"{path}/clear", {"op_id": str(uuid4()), "note": note})
        expect(seat.by("emergency-told")).to_contain_text(note, timeout=20_000)
        seat.by("emergency-put-away").click()
        facts["acknowledged_by"] = DISPATCHER.name

    def _repaired(self, facts: Facts) -> None:
        for uid in CREWS:
            self._seats[uid].act("done", REPAIRED_NOTE)
        facts["note"] = REPAIRED_NOTE

    def _inspected(self, facts: Facts) -> None:
        seat = self._seats[INSPECTOR]
        picture = seat.page.screenshot(type="jpeg")
        seat.job.get_by_test_id("job-photo").set_input_files(
            {"name": "site.jpg", "mimeType": "image/jpeg", "buffer": picture}
        )
        path = f"/api/photos?case_id={self._case_id}"
        wait_for(lambda: bool(self.dispatcher.get(path)["photos"]), "the photo at the centre", SETTLE_S)
        (photo,) = self.dispatcher.get(path)["photos"]
        facts["sha256"] = photo["sha256"][:12]
        seat.act("done", SEEN_NOTE)
        wait_for(
            lambda: self.agent.get(f"/api/cases/{self._case_id}")["state"] == "done",
            "a case that is done",
            SETTLE_S,
        )

    def _close(self, facts: Facts) -> None:
        super()._close(facts)
        failed = [error for seat in self._seats.values() for error in seat.errors]
        if failed:
            raise PeerFailed("; ".join(failed)[:500])

    def _ledger(self, facts: Facts) -> None:
        super()._ledger(facts)
        record = self._whole_record()
        (out,) = [one for one in record["recordings"] if one["track"] == "out"][:1]
        heard = audio.tone_seconds(self._sound(str(out["recording_id"])), AIR_HZ)
        facts["citizen_heard_radio_s"] = heard
        if heard < HEARD_S:
            raise PeerFailed(f"the citizen heard {heard} s of the radio's tone")

    def _sound(self, recording: str) -> audio.Samples:
        wanted = urllib.request.Request(
            f"{self._stage.service.address}/api/ledger/recordings/{recording}",
            headers={"Cookie": self.supervisor.cookie},
        )
        with urllib.request.urlopen(wanted, timeout=20, context=self._stage.service.trust) as answer:
            played = bytes(answer.read())
        # A WAV header goes before the A-law that the switch wrote.
        return audio.from_alaw(played[played.index(b"data") + 8 :])
