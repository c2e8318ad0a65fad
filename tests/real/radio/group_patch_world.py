"""Two talkgroups of a real reflector with a radio on each, one of terminals, and the switch: each radio has a
tone of its own, so that it can be told who hears whom.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.sound.notes import PATCHED_HZ
from tests.peers import audio
from tests.peers.songhua import Person, Visitor
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.real.radio.stage import CREW, GROUP, WANG, TalkgroupStage
from tests.waiting import wait_for

TGS = {"svx:4011": 4011, "svx:4012": 4012}
ONE, TWO = TGS
US = {ONE: "SONGHUA-1", TWO: "SONGHUA-2"}
RADIOS = {ONE: "CREW-A", TWO: "CREW-B"}
TONES = {ONE: 1300.0, TWO: 700.0}
LICENSED = "app:licensed"
APP = GROUP
VOICE = 1000.0
"""What a crew of terminals says."""
LIMIT_S = 6.0
STUTTER_S = 0.5
"""On a busy machine a note has gaps; what is further from each other is two notices."""
LI = Person("li.na", "李娜", ("agent",))

__all__ = [
    "APP",
    "CREW",
    "LI",
    "LICENSED",
    "LIMIT_S",
    "ONE",
    "RADIOS",
    "STUTTER_S",
    "TONES",
    "TWO",
    "US",
    "VOICE",
    "WANG",
    "GroupPatchWorld",
    "VoiceLeg",
    "notices_in",
]


def notices_in(samples: audio.Samples) -> list[float]:
    """The notes of patches' notices."""
    return audio.notes(samples, *PATCHED_HZ, stutter_s=STUTTER_S)


class VoiceLeg:
    def __init__(self, world: GroupPatchWorld, channel: str, heard: Path) -> None:
        self._world = world
        self._channel = channel
        self._heard = heard

    def heard(self, tone: float) -> float:
        """For how many seconds it has heard this tone; it hears no more from now on."""
        return audio.tone_seconds(self.sound(), tone, share=0.1)

    def sound(self) -> audio.Samples:
        """All that it has heard; it hears no more from now on."""
        self._world.switch.rx(f"mixmonitor stop {self._channel}")
        time.sleep(0.3)
        return audio.read_wav(self._heard)

    def end(self) -> None:
        self._world.switch.rx(f"channel request hangup {self._channel}")


class GroupPatchWorld(TalkgroupStage):
    """`recording` are settings of it; without them no recorder is in a conference."""

    def __init__(self, folder: Path, *, recording: Mapping[str, Any] | None = None) -> None:
        self.reflector = SvxReflectorPeer(folder / "reflector", callsigns=[*US.values(), *RADIOS.values()])
        self.radio_sets = {
            group: SvxLinkPeer(
                folder / RADIOS[group],
                callsign=RADIOS[group],
                password=self.reflector.password,
                reflector_port=self.reflector.port,
                tg=tg,
            )
            for group, tg in TGS.items()
        }
        groups = [
            {"tg": tg, "callsign": US[group], "password": self.reflector.password}
            for group, tg in TGS.items()
        ]
        network = {
            "svxreflector": {"port": self.reflector.port, "talkgroups": groups},
            **({} if recording is None else {"recording": recording}),
        }
        rules = {"hang_s": 0.5, "limit_s": LIMIT_S}
        super().__init__(folder, networks=network, voice=True, rules=rules)
        self.more = (LI,)
        self._wang: Visitor | None = None

    def start(self, *, radio: bool = True) -> None:
        self.reflector.start()
        for one in self.radio_sets.values():
            one.start()
        super().start(radio=radio)
        wang = self.wang
        for group in TGS:
            self.make_group(wang, group, (CREW,), name=(f"无线网 {group[-4:]}", f"Radio {group[-4:]}"))
        body = {"tg_id": LICENSED, "name_zh": "执照", "name_en": "Licensed", "tg_class": "licensed"}
        wang.post("/api/talkgroups", {"op_id": str(uuid.uuid4()), **body})
        wait_for(self.linked, "links to the reflector", 30)

    def close(self) -> None:
        super().close()
        for one in self.radio_sets.values():
            one.close()
        self.reflector.close()

    @property
    def wang(self) -> Visitor:
        """Signed in once: it costs the centre's time."""
        if self._wang is None:
            self._wang = self.service.sign_in(WANG)
        return self._wang

    def linked(self) -> bool:
        known = self.wang.get("/api/networks")["networks"]
        return any(
            one["network"] == "svx" and one["state"] == "up" and all(link["up"] for link in one["links"])
            for one in known
        )

    # --- what dispatchers do --------------------------------------------------------------------------

    def patch(self, one: str, two: str, op: str = "") -> dict[str, Any]:
        body = {"op_id": op or str(uuid.uuid4()), "talkgroup": one, "other": two}
        answer: dict[str, Any] = self.wang.post("/api/patches", body)
        return answer

    def unpatch(self, group: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.wang.post(f"/api/patches/{group}/end", {"op_id": str(uuid.uuid4())})
        return answer

    def part_all(self) -> None:
        """No patch is left, and the notices of their ends are over where they are heard."""
        for row in self.wang.get("/api/patches")["patches"]:
            heard = [
                group for group in TGS if group in {row["talkgroup"], row["other"]} and self.carried(group)
            ]
            self.notice_is_over()
            self.listen(*heard)
            self.unpatch(row["talkgroup"])
            for group in heard:
                self.until_notes(group, list(PATCHED_HZ[::-1]))

    def patched(self, group: str) -> str | None:
        """The talkgroup that this one is patched to."""
        for row in self.wang.get("/api/patches")["patches"]:
            if group in {row["talkgroup"], row["other"]}:
                return str(row["other"] if row["talkgroup"] == group else row["talkgroup"])
        return None

    def talker(self, group: str) -> str:
        """Who talks there; empty when nobody does."""
        floors = self.wang.get("/api/floors")["floors"]
        return next((str(one["talker"]) for one in floors if one["talkgroup"] == group), "")

    def carried(self, group: str) -> bool:
        """Whether its conference has the leg to the role radio."""
        return "AudioSocket/" in self.switch.rx(f"confbridge list {group.replace(':', '*')}")

    def ready(self, *groups: str) -> None:
        """Wait until the sound of these has its whole way."""
        for group in groups:
            wait_for(lambda group=group: self.carried(group), f"leg to the role radio of {group}", 10)  # type: ignore[misc]
        time.sleep(1.2)
        self.notice_is_over()

    def restart_centre(self) -> None:
        self.service.start(role="centre")
        self.service.wait_healthy("mqtt", "asterisk")
        self._wang = None

    # --- a crew's voice -------------------------------------------------------------------------------

    def bring_voice(self, group: str, uid: str, folder: Path) -> VoiceLeg:
        """A leg of this unit in the talkgroup's conference, that says a tone all the time; as its page has
        one when it was let in.
        """
        speech = audio.tone(folder / "voice.wav", VOICE, 60).with_suffix("")
        room = group.replace(":", "*")
        self.switch.rx("module load res_clioriginate.so")
        self.switch.rx(f"channel originate Local/{room}@talkgroup/n application Playback {speech}")
        wait_for(lambda: self._leg(room), "leg of a crew")
        leg = self._leg(room)
        self.switch.rx(f"dialplan set chanvar {leg} TG_PARTY {uid}")
        heard = folder / "heard.wav"
        self.switch.rx(f"mixmonitor start {leg} {folder / 'both.wav'},t({heard})")
        return VoiceLeg(self, leg, heard)

    def _leg(self, room: str) -> str:
        rows = self.switch.rx("core show channels concise").splitlines()
        found = (row.split("!")[0] for row in rows if row.startswith(f"Local/{room}@talkgroup-0"))
        return next((one for one in found if one.endswith(";2")), "")

    # --- who hears whom -------------------------------------------------------------------------------

    def on_air(self, group: str) -> bool:
        """Whether our own callsign talks on this talkgroup."""
        return bool(self.reflector.nodes().get(US[group], {}).get("isTalker", False))

    def listen(self, *groups: str) -> None:
        for group in groups:
            self.radio_sets[group].listen_anew()

    def heard(self, group: str, *tones: float) -> list[float]:
        """For how many seconds each tone was heard at this talkgroup's transmitter since `listen`."""
        sound = self.radio_sets[group].transmitted()
        return [audio.tone_seconds(sound, tone, share=0.1) for tone in tones]

    def notes(self, group: str) -> list[float]:
        """The notes of notices at this talkgroup's transmitter since `listen`."""
        return notices_in(self.radio_sets[group].transmissions())

    def until_notes(self, group: str, wanted: list[float]) -> None:
        until = time.monotonic() + 15.0
        while (found := self.notes(group)) != wanted:
            assert time.monotonic() < until, found
            time.sleep(0.1)

    def notice_is_over(self) -> None:
        """Wait until no conference is told anything by a tone, and none is on the air."""
        wait_for(
            lambda: "@talkgroup-notice" not in self.switch.rx("core show channels concise"),
            "end of a tone",
            20,
        )
        for group in TGS:
            wait_for(lambda group=group: not self.on_air(group), f"end of a tone on {group}", 20)  # type: ignore[misc]

    def quiet(self) -> None:
        """Nobody talks any more."""
        for one in self.radio_sets.values():
            wait_for(lambda one=one: not one.talks, "end of a radio's talk", 15)  # type: ignore[misc]
        for group in TGS:
            wait_for(lambda group=group: not self.on_air(group), f"end of our talk on {group}", 20)  # type: ignore[misc]
        time.sleep(0.4)
