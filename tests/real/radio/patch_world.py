"""A city whose talkgroup is on a real reflector: Asterisk, Mosquitto, the whole service, an agent at a SIP
telephone, a citizen at another one, and a radio. Each has a tone of his own, so that it can be told who hears
whom.
"""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np

from gateway.asterisk.settings import Trunk
from gateway.mqtt import BrokerSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer
from tests.peers.baresip import BaresipPhone
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.real.radio.radio_role import RadioRole
from tests.real.service import AGENT, CITIZEN, SUPERVISOR, Seat, WholeService
from tests.waiting import seconds_until, wait_for

TG, GROUP, US, RADIO = 4011, "svx:4011", "SONGHUA-1", "CREW-A"
AIR, WORDS, GRANTED = 1300.0, 1900.0, 1250.0
"""The radio's tone, that of the words at the beginning of a patch, and the second note of a granted floor."""
APP, LICENSED, CLOSED = "app:daoli", "app:licensed", "app:closed"
CREW = "app:17"
LIMIT_S = 8.0
"""Long enough to be heard for a second on a machine that is busy with others."""
HEARD_WITHIN_S = LIMIT_S - 1.0
SHARE = 0.1
NOTHING = 0.3
"""Seconds of a tone that count as none: clicks hold a little of every tone."""

__all__ = [
    "AGENT",
    "AIR",
    "APP",
    "CITIZEN",
    "CLOSED",
    "CREW",
    "GRANTED",
    "GROUP",
    "LICENSED",
    "LIMIT_S",
    "NOTHING",
    "RADIO",
    "WORDS",
    "PatchWorld",
]


class Citizen(BaresipPhone):
    """A telephone of somebody who calls the hotline, and presses keys."""

    def __init__(
        self, folder: Path, *, switch_port: int, speaks_s: float = 0.0, silent_s: float = 0.0
    ) -> None:
        """Speaks all the time, or for `speaks_s` with `silent_s` between."""
        self.switch_port = switch_port
        speech = audio.tone(folder / "citizen.wav", CITIZEN, 240)
        if silent_s:
            whole = audio.read_wav(speech)
            seconds = np.arange(len(whole)) / audio.RATE
            audio.write_wav(speech, np.where(seconds % (speaks_s + silent_s) < speaks_s, whole, 0.0))
        super().__init__(folder, name="13904510001", secret="", switch_port=switch_port, speech=speech)

    def start(self, *, until: str = "baresip is ready") -> None:
        (self.folder / "accounts").write_text(
            f"<sip:{self.name}@127.0.0.1:{self.port}>;regint=0;answermode=auto;audio_codecs=PCMU\n"
        )
        super().start(until=until)

    def dial(self) -> None:
        self.command("dial", f"sip:12345@127.0.0.1:{self.switch_port}")

    def press(self, key: str) -> None:
        self.command("sndcode", key)

    def hang_up(self) -> None:
        self.command("hangup")


class PatchWorld(WholeService):
    """`speaks_s`, `silent_s`: how the citizen speaks; without them he does not stop."""

    def __init__(self, folder: Path, *, speaks_s: float = 0.0, silent_s: float = 0.0) -> None:
        self.reflector = SvxReflectorPeer(folder / "reflector", callsigns=[US, RADIO])
        self.radio_set = SvxLinkPeer(
            folder / "radio",
            callsign=RADIO,
            password=self.reflector.password,
            reflector_port=self.reflector.port,
            tg=TG,
        )
        talkgroup = {"tg": TG, "callsign": US, "password": self.reflector.password}
        super().__init__(
            folder,
            agents=1,
            role="centre",
            needed=("asterisk", "hotline", "mqtt"),
            overrides={
                "field": {"photos": str(folder / "photos")},
                "radio": {
                    "floor": {"limit_s": LIMIT_S, "hang_s": 0.5},
                    # Recorders stay in conferences: here a channel that stays is a leak.
                    "recording": {"enabled": False},
                    "svxreflector": {"port": self.reflector.port, "talkgroups": [talkgroup]},
                },
            },
        )
        for language in ("zh", "en"):
            audio.tone(folder / "prompts" / language / "patch-begin.wav", WORDS, 0.6)
        self.citizen = Citizen(
            folder / "citizen", switch_port=self.switch.ports.sip, speaks_s=speaks_s, silent_s=silent_s
        )
        # Calls to the outside come to the citizen's telephone, too.
        trunk = Trunk(
            name="trunk", match=("127.0.0.1",), contact="127.0.0.1", contact_port=self.citizen.port,
            qualify_seconds=0, codecs=("ulaw", "alaw"),
        )  # fmt: skip
        settings = self.switch.settings
        changed = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000"}
        self.switch = AsteriskPeer(type(settings).model_validate({**dict(settings), **changed}))
        self.radio: RadioRole
        self.crew: BrokerSettings
        self._button = ""

    def start(self) -> None:
        self._ends.callback(self.reflector.close)
        self.reflector.start()
        self._ends.callback(self.radio_set.close)
        self.radio_set.start()
        super().start()
        self.radio = RadioRole(self.service, self.folder)
        self._ends.callback(self.radio.stop)
        self.radio.start()
        self._ends.callback(self.citizen.close)
        self.citizen.start()
        names = {"tg_id": GROUP, "name_zh": "道里", "name_en": "Daoli"}
        rights = {
            "monitor": ["all"],
            "talk": ["all", "role:agent"],
            "patch": ["role:agent", "role:supervisor"],
        }
        groups = (
            {**names, "rights": rights},
            {**names, "tg_id": APP, "rights": rights},
            {**names, "tg_id": LICENSED, "tg_class": "licensed", "rights": rights},
            {**names, "tg_id": CLOSED, "rights": {**rights, "patch": ["role:dispatcher"]}},
        )
        for group in groups:
            self.supervisor.post("/api/talkgroups", {"op_id": str(uuid.uuid4()), **group})
        issued = self.supervisor.post("/api/units", {"unit_id": CREW, "name": "道里一组"})
        self.crew = self.broker.settings(CREW, issued["password"])
        wait_for(self.linked, "link to the reflector", 30)

    def linked(self) -> bool:
        known = self.supervisor.get("/api/networks")["networks"]
        return any(one["network"] == "svx" and one["state"] == "up" for one in known)

    # --- what people do -------------------------------------------------------------------------------

    @property
    def agent(self) -> Seat:
        return self.seats[0]

    def call(self) -> str:
        """The citizen calls, and talks with the agent; the call's id."""
        self.ready(self.agent)
        self.citizen.dial()

        def talking() -> dict[str, Any] | None:
            return next((call for call in self.calls() if call["state"] == "talking"), None)

        wait_for(talking, "talk of citizen and agent", 25)
        found = talking()
        assert found is not None
        return str(found["call_id"])

    def call_out(self) -> str:
        """The agent calls the citizen, who answers; the call's id."""
        self.ready(self.agent)
        body = {"op_id": str(uuid.uuid4()), "number": "13904510001", "first": "agent"}
        placed = self.agent.visitor.post("/api/calls", body)
        wait_for(
            lambda: any(call["state"] == "talking" for call in self.calls()), "talk of agent and citizen", 25
        )
        return str(placed["call_id"])

    def patch(self, call: str, op: str = "", group: str = GROUP, keying: str = "key") -> dict[str, Any]:
        body = {"op_id": op or str(uuid.uuid4()), "call_id": call, "talkgroup": group, "keying": keying}
        answer: dict[str, Any] = self.agent.visitor.post("/api/patches", body)
        return answer

    def unpatch(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.agent.visitor.post(
            f"/api/patches/{GROUP}/end", {"op_id": str(uuid.uuid4())}
        )
        return answer

    def patched(self, group: str = GROUP) -> dict[str, Any] | None:
        """The talkgroup's patch, as it is shown."""
        found = self.agent.visitor.get("/api/patches")["patches"]
        return next((one for one in found if one["talkgroup"] == group), None)

    def carried(self) -> bool:
        """Whether the conference has its leg to the role radio."""
        return "AudioSocket/" in self.switch.rx(f"confbridge list {GROUP.replace(':', '*')}")

    def songhua(self, *words: str) -> str:
        """The command line, as the agent."""
        person = self.agent.person
        return self.service.run(*words, "--user", person.id, env={"SONGHUA_PASSWORD": person.password})

    def press_for_citizen(self, *, down: bool) -> None:
        self.agent.visitor.post(f"/api/patches/{GROUP}/key", {"down": down})

    def hold_agents_button(self, seconds: float) -> None:
        """He asks for the floor himself; returns when he has it, and holds on for so long."""
        op = str(uuid.uuid4())
        self._button = op
        answer = self._ask_floor(op)
        assert answer["result"] == "granted", answer
        until = time.monotonic() + seconds

        def hold() -> None:
            while self._button == op and time.monotonic() < until:
                self._ask_floor(op)
                time.sleep(0.4)

        threading.Thread(target=hold, daemon=True).start()

    def _ask_floor(self, op: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.agent.visitor.post(f"/api/floors/{GROUP}/request", {"op_id": op})
        return answer

    def let_agents_button_go(self) -> None:
        op, self._button = self._button, ""
        self.agent.visitor.post(f"/api/floors/{GROUP}/release", {"op_id": op})

    def restart_centre(self) -> None:
        self.service.start(role="centre")
        self.service.wait_healthy("asterisk", "hotline", "mqtt")
        self.supervisor = self.service.sign_in(SUPERVISOR)
        self.agent.visitor = self.service.sign_in(self.agent.person)

    def audited(self) -> list[tuple[str, str]]:
        """Who did what to the talkgroup, in order."""
        rows = self.ask_database(
            f"SELECT actor, action FROM identity_audit WHERE subject LIKE 'talkgroup:{GROUP} %' ORDER BY seq"
        )
        return [(str(actor), str(action)) for actor, action in rows]

    def recorded(self, direction: str) -> audio.Samples:
        """What the switch has recorded of the last citizen: what he said (`in`), what he heard (`out`)."""
        files = self.switch.recordings.rglob(f"*-{direction}.alaw")
        return audio.read_alaw(max(files, key=lambda one: one.stat().st_mtime))

    def talks(self, call: str) -> list[dict[str, Any]]:
        """Who talked on the talkgroup, as the call's record has it."""
        found = [one for one in self.record(call)["other"] if one["kind"] == "talk"]
        return sorted((one["payload"] for one in found), key=lambda talk: str(talk["began_at"]))

    def end_call(self) -> None:
        if self.calls():
            self.citizen.hang_up()
        self.switch.wait_idle(15)

    def until_talking(self, *, talks: bool, timeout: float = 15.0, group: str = GROUP) -> float:
        """Wait until the telephone has the floor, or not any more."""

        def so() -> bool:
            patch = self.patched(group)
            return (patch is not None and patch["talking"]) is talks

        return seconds_until(
            so, "floor of the telephone" if talks else "end of the telephone's talk", timeout
        )

    def talker(self) -> str:
        """Who talks on the talkgroup; empty when nobody does."""
        floors = self.supervisor.get("/api/floors")["floors"]
        return next((str(one["talker"]) for one in floors if one["talkgroup"] == GROUP), "")

    def until_quiet(self) -> None:
        """Wait until the radio has finished, and nobody talks on the talkgroup."""
        wait_for(lambda: not self.radio_set.talks, "end of the radio's talk", 10)
        wait_for(lambda: not self.talker() and not self.on_air(), "free talkgroup", 10)

    # --- who hears whom -------------------------------------------------------------------------------

    def on_air(self) -> bool:
        nodes = self.reflector.nodes()
        return bool(nodes.get(US, {}).get("isTalker", False))

    def transmitted(self, seconds: float, *tones: float) -> list[float]:
        """For how long each tone is heard at the radio's transmitter from now on, within these seconds."""
        self.radio_set.listen_anew()
        time.sleep(seconds)
        sound = self.radio_set.transmitted()
        return [audio.tone_seconds(sound, tone, share=SHARE) for tone in tones]

    @staticmethod
    def tone(sound: audio.Samples, tone: float) -> float:
        """For how many seconds it is heard there."""
        return audio.tone_seconds(sound, tone, share=SHARE)

    def until_heard(self, phone: BaresipPhone, tone: float) -> None:
        """Wait until this telephone hears the tone."""
        wait_for(lambda: self.heard_by(phone, 0.3, tone)[0] > 0, "tone at a telephone")

    def until_transmitted(self, seconds: float, tone: float, *others: float) -> list[float]:
        """Wait until the tone was heard for so long at the radio's transmitter from now on; for how long the
        others were meanwhile.
        """
        self.radio_set.listen_anew()
        wait_for(
            lambda: self.tone(self.radio_set.transmitted(), tone) >= seconds,
            f"{seconds} s of {tone} Hz at the radio",
            HEARD_WITHIN_S,
        )
        sound = self.radio_set.transmitted()
        return [self.tone(sound, other) for other in others]

    def until_heard_for(
        self, phone: BaresipPhone, seconds: float, tone: float, *others: float
    ) -> list[float]:
        """The same of what this telephone gets."""
        file = phone.heard()[-1]
        began = len(audio.read_wav(file))
        wait_for(
            lambda: self.tone(audio.read_wav(file)[began:], tone) >= seconds,
            f"{seconds} s of {tone} Hz at a telephone",
            HEARD_WITHIN_S,
        )
        sound = audio.read_wav(file)[began:]
        return [self.tone(sound, other) for other in others]

    def heard_by(self, phone: BaresipPhone, seconds: float, *tones: float) -> list[float]:
        """The same of what this telephone gets."""
        file = phone.heard()[-1]
        began = len(audio.read_wav(file))
        time.sleep(seconds + 0.1)
        sound = audio.read_wav(file)[began:]
        return [audio.tone_seconds(sound, tone, share=SHARE) for tone in tones]
