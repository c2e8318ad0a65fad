"""The collapse of a road, as Harbin's hotline was told of it in 2012, on real parts: a call, a look through
the nearest camera, two crews, an inspector and the district at once, the traffic radio told, the citizen put
through to the crews, the scene seen by a crew's terminal, a conference, an emergency, done, verified by
camera, closed.

Tones stand for voices where it has to be shown who hears whom. Cameras and telephones of the city are
simulated; what a crew's terminal sends of the scene are pictures, not video.
"""

from __future__ import annotations

import hashlib
import time
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import expect

from tests.demo import collapse_lines as told
from tests.demo import lines
from tests.demo.case_desk import CaseDesk
from tests.demo.centre_story import must, op
from tests.demo.collapse_city import (
    CREW_PHONE,
    CREWS,
    DESK_HZ,
    DISTRICT,
    DISTRICT_PHONE,
    INSPECTOR,
    NEAREST,
    PLAN,
    TONES,
    TRAFFIC_RADIO,
    UNITS,
)
from tests.demo.collapse_opening import CITIZEN_HZ, GROUP, QUIET_S, RADIO, CollapseOpening
from tests.demo.collapse_record import StoryRecord
from tests.demo.held_conference import HeldConference
from tests.demo.report import Line
from tests.demo.seats import Seat
from tests.demo.stage import ACCEPTOR, DISPATCHER
from tests.demo.story import SETTLE_S, Facts
from tests.demo.street_camera import DARK, LIGHT
from tests.demo.telephones import ListenedTo
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor
from tests.waiting import wait_for

STORY: Final = "collapse"
AIR_HZ: Final = 1300.0
HEARD_S: Final = 1.0
NOTHING_S: Final = 0.3
WORDS: Final = "民益街与果戈里大街路口塌陷，两车道封闭，请播报绕行。"
REPAIRED_NOTE: Final = "塌陷处已回填、夯实，路面恢复通行。"
SEEN_NOTE: Final = "现场已恢复，照片为证。"
DISTRICT_NOTE: Final = "围挡已撤除，交通恢复。"
CHECKED: Final = "摄像头前后对照，现场已恢复。"
PEOPLE: Final = ("desk", "telephone", "unit")
"""Kinds of members of the conference who speak all the time."""


class Collapse(CollapseOpening):
    """The case; what it shares with the plain story is inherited."""

    def case(self) -> list[tuple[Line, Callable[[Facts], None]]]:
        return [
            (lines.CONFIRM, self._confirm),
            (told.LOOKED, self._looked),
            (told.SEEN_LIVE, self._seen_live),
            (told.PARALLEL, self._parallel),
            (told.TRAFFIC_RADIO, self._traffic_radio),
            (told.PATCHED, self._patched),
            (told.RADIO_HEARD, self._radio_heard),
            (told.CITIZEN_HEARD, self._citizen_heard),
            (told.UNPATCHED, self._unpatched),
            (lines.HANG_UP, self._hang_up),
            (told.UNDER_WAY, self._under_way),
            (told.SCENE, self._scene),
            (told.CONFERENCE, self._conference),
            (told.EMERGENCY, self._emergency),
            (told.REPAIRED, self._repaired),
            (told.DISTRICT, self._district),
            (told.INSPECTED, self._inspected),
            (told.VERIFIED, self._verified),
            (told.CLOSED, self._close),
            (lines.LEDGER, self._ledger),
            (told.VIEWS, self._views),
            (lines.CHAIN, self._chain),
        ]

    # --- the camera and the plan ----------------------------------------------------------------------

    def _looked(self, facts: Facts) -> None:
        near = self.dispatcher.get(f"/api/cameras/near?case_id={self._case_id}")
        codes = [one["code"] for one in near["cameras"]]
        must(codes[:1] == [NEAREST] and not near["invented"], f"near the case are {near}")
        facts["camera"] = near["cameras"][0]["name"]
        facts["metres"] = near["cameras"][0]["metres"]
        self.centre.open_case(self._case_id)
        facts["brightness"] = self.centre.look(NEAREST)
        must(facts["brightness"] < DARK, f"in the place of the hole the picture has {facts['brightness']}")
        (taken,) = self._snapshots()
        self.centre.mark(taken["snapshot_id"], "before")
        facts["sha256"] = taken["sha256"][:12]
        self._picture(self.centre, "camera", "case-cameras", facts)

    def _snapshots(self) -> list[dict[str, Any]]:
        """The newest first."""
        return list(self.dispatcher.get(f"/api/snapshots?case_id={self._case_id}")["snapshots"])

    def _seen_live(self, facts: Facts) -> None:
        facts["brightness"] = self.centre.see_live(NEAREST)
        must(facts["brightness"] < DARK, f"in the place of the hole the video has {facts['brightness']}")
        self._picture(self.centre, "camera-live", "live", facts)
        self.centre.leave_live()
        path = f"/api/live-views?case_id={self._case_id}"
        wait_for(lambda: self.dispatcher.get(path)["views"][0]["ended_at"], "the end of the view", SETTLE_S)
        (view,) = self.dispatcher.get(path)["views"]
        facts["viewer"] = view["viewer"]

    def _parallel(self, facts: Facts) -> None:
        run = self.dispatcher.post(f"/api/cases/{self._case_id}/plans", op(plan_id=PLAN))
        self._run = str(run["run_id"])
        for step in ("crew-1", "crew-2", "inspector"):
            self._confirm_step(self.dispatcher, step)
        shown = {uid: seat.wait_job() for uid, seat in self._seats.items()}
        must(
            set(shown.values()) == {self._case_number},
            f"filed was {self._case_number}, the terminals show {shown}",
        )
        facts["dispatched"] = ", ".join(UNITS.values())
        facts["district"] = self._act_of_district("sign", "")["state"]
        must(facts["district"] == "handling", f"the district's is {facts['district']}")
        facts["case"] = self._case_number

    def _confirm_step(self, who: Visitor, step: str, words: str = "") -> None:
        """Raises `PeerFailed` where it is not done then."""
        path = f"/api/plan-runs/{self._run}/steps/{step}/confirm"
        run = who.post(path, op(words=words))
        (found,) = [one for one in run["steps"] if one["id"] == step]
        must(found["state"] == "done", f"the step {step} is {found}")

    def _act_of_district(self, act: str, text: str) -> dict[str, Any]:
        """What the district does with the case, which the rules have given to it at the filing."""
        path = f"/api/cases/{self._case_id}/assignments"
        held = [one["assignment"] for one in self.dispatcher.get(path)["assignments"]]
        (mine,) = [one for one in held if one["department"]["id"] == DISTRICT]
        path = f"/api/assignments/{mine['assignment_id']}/{act}"
        return dict(self.clerk.post(path, op(rev=mine["rev"], text=text))["assignment"])

    def _traffic_radio(self, facts: Facts) -> None:
        here, there = ListenedTo(self.desk_phone), ListenedTo(self.city)
        self._confirm_step(self.supervisor, "traffic-radio", WORDS)
        called, own = there.call(), here.call()
        facts["they_heard_s"] = called.wait(DESK_HZ, HEARD_S)
        facts["we_heard_s"] = own.wait(TONES[TRAFFIC_RADIO], HEARD_S)
        self.desk_phone.command("hangup")
        wait_for(self._desk_is_free, "the end of the talk", SETTLE_S)
        facts["number"] = TRAFFIC_RADIO

    def _desk_is_free(self) -> bool:
        return self.desk_phone.name not in self._stage.asterisk.rx("core show channels concise")

    # --- the citizen and the crews' radio -------------------------------------------------------------

    def _patched(self, facts: Facts) -> None:
        body = op(talkgroup=GROUP, call_id=self._call_id)
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
        facts["talker"] = self._radio_talks()

    def _radio_talks(self) -> str:
        """The crew's chief talks for three seconds; as whom the desk shows him."""
        self.radio.say(AIR_HZ, 3.0)
        wait_for(lambda: self._talker() == f"svx:{RADIO}", "the crew's chief as the one who talks", SETTLE_S)
        wait_for(lambda: not self.radio.speaking and not self._talker(), "the end of his talk", SETTLE_S)
        return f"svx:{RADIO}"

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
        facts["outcome"] = self.agent.post(f"/api/patches/{GROUP}/end", op())["outcome"]
        wait_for(lambda: self._patch() is None, "the end of the patch", SETTLE_S)
        call = self.agent.get(f"/api/calls/{self._call_id}")
        facts["call"] = call["state"]
        must(call["state"] == "talking", f"after the patch the call is {call['state']}")

    # --- on site --------------------------------------------------------------------------------------

    def _under_way(self, facts: Facts) -> None:
        for seat in self._seats.values():
            for step in ("accepted", "on_the_way", "arrived"):
                seat.act(step)
        self._confirm_step(self.dispatcher, "fence", "抢修一队：已围挡")
        facts["arrived"] = ", ".join(UNITS.values())

    def _scene(self, facts: Facts) -> None:
        crew = next(iter(CREWS))
        photo = self._brought(crew, facts)
        # The desk shows it by itself.
        self.centre.by(f"photo-{photo['photo_id']}").click()
        facts["brightness"] = self.centre.brightness("photo-shown")
        self._picture(self.centre, "scene", "case-photos", facts)
        self._picture(self._seats[crew], "unit-scene", "photo", facts)

    def _brought(self, uid: str, facts: Facts) -> dict[str, Any]:
        """A picture by the camera of a terminal, once the centre has it as it was taken."""
        digest = hashlib.sha256(self._seats[uid].send_picture()).hexdigest()
        path = f"/api/photos?case_id={self._case_id}"

        def kept() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.dispatcher.get(path)["photos"]
            return [one for one in found if one["unit_id"] == uid and one["state"] == "kept"]

        (photo,) = wait_for(kept, "the picture at the centre", SETTLE_S)
        must(photo["sha256"] == digest, f"{digest} was taken, {photo} is there")
        facts["sha256"] = digest[:12]
        return photo

    def _conference(self, facts: Facts) -> None:
        """Who speaks by telephone speaks all the time, until he is muted: then the radio has the floor."""
        crew = next(iter(CREWS))
        self._reached_by(f"svx:{RADIO}", f"phone:{CREW_PHONE}")
        listened = ListenedTo(self.desk_phone)
        held = HeldConference(self.supervisor, self._case_id)
        held.until_present("desk")
        heard = {"desk": listened.call()}
        for kind, who in (("telephone", DISTRICT_PHONE), ("unit", crew)):
            listened = ListenedTo(self.city)
            held.add(kind, who)
            heard[kind] = listened.call()
        held.add("talkgroup", GROUP)
        held.record()
        facts["members"] = ", ".join(f"{one['kind']} {one['name']}" for one in held.shown()["members"])
        self.radio.listen_anew()
        now = time.time()
        facts["desk_heard_district_s"] = heard["desk"].wait(TONES[DISTRICT_PHONE], HEARD_S, now)
        facts["district_heard_crew_s"] = heard["telephone"].wait(TONES[CREW_PHONE], HEARD_S, now)
        facts["crew_heard_desk_s"] = heard["unit"].wait(DESK_HZ, HEARD_S, now)
        facts["radio_heard_district_s"] = wait_for(self._district_on_air, "the district on the air", SETTLE_S)
        self._picture(self.centre, "conference", "case-conference", facts)
        for kind in PEOPLE:
            held.mute(kind)
        wait_for(lambda: not self._talker(), "a free floor", SETTLE_S)
        now = time.time()
        facts["talker"] = self._radio_talks()
        for kind in PEOPLE:
            facts[f"{kind}_heard_radio_s"] = heard[kind].wait(AIR_HZ, HEARD_S, now)
        facts["ended"] = held.end()

    def _district_on_air(self) -> float:
        """Seconds; 0 where it is not long enough."""
        heard = audio.tone_seconds(self.radio.transmitted(), TONES[DISTRICT_PHONE], share=0.1)
        return heard if heard >= HEARD_S else 0.0

    def _emergency(self, facts: Facts) -> None:
        seat = self._seats["app:18"]
        seat.by("emergency-button").click(delay=2300)
        expect(seat.by("emergency")).to_have_attribute("data-state", "heard", timeout=20_000)
        (alarm,) = self.dispatcher.get("/api/emergencies")["emergencies"]
        path = f"/api/emergencies/{alarm['alarm_id']}"
        self.dispatcher.post(f"{path}/acknowledge", op())
        expect(seat.by("emergency-told")).to_contain_text(DISPATCHER.name, timeout=20_000)
        self._picture(seat, "unit-emergency", "emergency", facts)
        note = "余土滑落，人员已撤出，无伤"
        self.dispatcher.post(f"{path}/clear", op(note=note))
        expect(seat.by("emergency-told")).to_contain_text(note, timeout=20_000)
        seat.by("emergency-put-away").click()
        facts["acknowledged_by"] = DISPATCHER.name

    # --- done, verified, closed -----------------------------------------------------------------------

    def _repaired(self, facts: Facts) -> None:
        for uid in CREWS:
            self._seats[uid].act("done", REPAIRED_NOTE)
        self.camera.repair()
        facts["note"] = REPAIRED_NOTE

    def _district(self, facts: Facts) -> None:
        facts["state"] = self._act_of_district("answer", DISTRICT_NOTE)["state"]
        must(facts["state"] == "answered", f"the district's is {facts['state']}")
        facts["note"] = DISTRICT_NOTE

    def _inspected(self, facts: Facts) -> None:
        self._brought(INSPECTOR, facts)
        self._seats[INSPECTOR].act("done", SEEN_NOTE)
        wait_for(lambda: self._state() == "done", "a case that is done", SETTLE_S)

    def _state(self) -> str:
        return str(self.agent.get(f"/api/cases/{self._case_id}")["state"])

    def _verified(self, facts: Facts) -> None:
        facts["before"] = self._state()
        self.acceptance = CaseDesk(self._browsers.page(), self._stage.service.address)
        self.acceptance.sign_in(ACCEPTOR)
        self.acceptance.open_case(self._case_id)
        self.acceptance.look(NEAREST)
        self.acceptance.mark(self._snapshots()[0]["snapshot_id"], "after")
        self.acceptance.by("pair-show").click()
        hole, road = (self.acceptance.brightness(f"pair-{one}") for one in ("before", "after"))
        facts["brightness"] = f"{hole} → {road}"
        must(hole < DARK and road > LIGHT, f"in the place of the hole the pictures have {hole} and {road}")
        self._picture(self.acceptance, "camera-pair", "pair", facts)
        self.acceptance.act("verify", by_camera=True)
        self.acceptance.wait_state("verified")
        facts["after"] = self._state()

    def _close(self, facts: Facts) -> None:
        self.acceptance.act("close", CHECKED, condition="road-restored")
        self.acceptance.wait_state("closed")
        facts["after"] = self._state()
        seats = [self.desk, self.centre, self.acceptance, *self._seats.values()]
        failed = [error for seat in seats for error in seat.errors]
        facts["console_errors"] = len(failed)
        must(not failed, "; ".join(failed)[:500])

    # --- what is recorded -----------------------------------------------------------------------------

    def _ledger(self, facts: Facts) -> None:
        super()._ledger(facts)
        (out,) = [one for one in self.record["recordings"] if one["track"] == "out"][:1]
        heard = audio.tone_seconds(self._sound(str(out["recording_id"])), AIR_HZ)
        facts["citizen_heard_radio_s"] = heard
        must(heard >= HEARD_S, f"the citizen heard {heard} s of the radio's tone")

    def _sound(self, recording: str) -> audio.Samples:
        wanted = urllib.request.Request(
            f"{self._stage.service.address}/api/ledger/recordings/{recording}",
            headers={"Cookie": self.supervisor.cookie},
        )
        with urllib.request.urlopen(wanted, timeout=20, context=self._stage.service.trust) as answer:
            played = bytes(answer.read())
        # A WAV header goes before the A-law that the switch wrote.
        return audio.from_alaw(played[played.index(b"data") + 8 :])

    def _views(self, facts: Facts) -> None:
        record = StoryRecord(self.supervisor, self._case_id, self._case_number)
        facts |= record.cameras()
        facts |= record.pictures()
        facts |= record.plan(self._run)
        facts |= record.conference()
        facts |= record.call_to(TRAFFIC_RADIO)

    def _picture(self, seat: Seat, name: str, part: str, facts: Facts) -> None:
        """Of this part of a page, where pictures are wanted."""
        if self._pictures is None:
            return
        seat.by(part).first.scroll_into_view_if_needed()
        facts["picture"] = seat.picture(self._pictures / f"{name}.png").name
