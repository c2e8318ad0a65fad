"""The story: one call, from ring to closed case, played by a scripted citizen, agent, unit and acceptor."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.demo import lines
from tests.demo.report import Line, Report
from tests.demo.seats import Browsers, DeskSeat, UnitSeat
from tests.demo.stage import ACCEPTOR, ADMIN, AGENT, UNIT, UNIT_NAME, DemoStage
from tests.demo.voices import Voices, silence
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Visitor
from tests.peers.tls import pinned

Facts = dict[str, Any]
Chapter = tuple[Line, Callable[[Facts], None]]

CALLER = "13904510001"
SETTLE_S = 60.0
PARTIES = 2
AUDIBLE_PACKETS = 250
"""Five seconds of speech."""
CHANNEL_STATS = re.compile(
    r"(?P<channel>(?:trunk|agent)\S+)\s+[\d:]+\s+\S+\s+(?P<received>\d+)\s+\d+\s+\S+\s+\S+\s+(?P<sent>\d+)"
)
NOTE = "现场已处置完毕，已设围挡。"
CHECKED = "已电话回访，现场照片核对无误。"


class Story:
    """One telling. `chapters` are the steps in their order; each fills in what it saw."""

    def __init__(
        self,
        stage: DemoStage,
        report: Report,
        voices: Voices,
        *,
        answer: Mapping[str, str],
        pictures: Path | None,
        unheard: bool = False,
    ) -> None:
        """`answer` is what the citizen really says: the agent corrects the draft to it. An `unheard` report
        may hold no words at all.
        """
        self._unheard = unheard
        self._stage = stage
        self._report = report
        self._voices = voices
        self._answer_key = answer
        self._pictures = pictures
        self._caller: SippCaller | None = None
        self._dialled = 0.0
        self._call_id = ""
        self._case_number = ""
        self._case_id = ""
        self.drafts: list[dict[str, Any]] = []
        self.record: dict[str, Any] = {}
        """What the ledger has of the call, from its chapter on."""
        self.desk: DeskSeat
        self.unit: UnitSeat
        self.agent: Visitor

    def opening(self) -> list[Chapter]:
        return [
            (lines.SWITCH, self._switch),
            (lines.BROKER, self._broker),
            (lines.SERVICE, self._service),
            (lines.AGENT_READY, self._agent_ready),
            (lines.UNIT_READY, self._unit_ready),
        ]

    def call(self) -> list[Chapter]:
        return [
            (lines.RING, self._ring),
            (lines.ANSWER, self._answer),
            (lines.TRANSCRIPT, self._transcript),
            (lines.DRAFT, self._draft),
        ]

    def case(self) -> list[Chapter]:
        return [
            (lines.CONFIRM, self._confirm),
            (lines.DISPATCH, self._dispatch),
            (lines.DELIVERED, self._delivered),
            (lines.ON_SITE, self._on_site),
            (lines.HANG_UP, self._hang_up),
            (lines.CLOSE, self._close),
            (lines.LEDGER, self._ledger),
            (lines.CHAIN, self._chain),
        ]

    def tell(self, chapters: list[Chapter]) -> None:
        for line, play in chapters:
            if self._report.broken:
                self._report.skip(line)
                continue
            with self._report.step(line) as facts:
                play(facts)

    def go_home(self) -> None:
        """The people of the story leave: no call rings them any more, and no page of theirs is open."""
        self.agent.post("/api/agents/me/sign-out", {})
        self._browsers.leave()

    # --- opening ------------------------------------------------------------------------------------

    def _switch(self, facts: Facts) -> None:
        self._stage.raise_switch()
        facts["version"] = self._version()

    def _version(self) -> str:
        return self._stage.asterisk.rx("core show version").split(" built")[0].strip()

    def _broker(self, facts: Facts) -> None:
        self._stage.raise_broker()
        facts["port"] = self._stage.broker.port

    def _service(self, facts: Facts) -> None:
        self._stage.raise_service()
        facts["address"] = self._stage.service.address

    def _agent_ready(self, facts: Facts) -> None:
        quiet = silence(self._stage.folder / "voices" / "quiet.wav")
        browsers = Browsers(
            self._stage.folder / "browser",
            speech=self._voices.agent or quiet,
            extra=(pinned(self._stage.authority),),
        )
        self._stage.keep(browsers)
        self._browsers = browsers
        self.desk = DeskSeat(browsers.page(), self._stage.service.address)
        self.desk.sign_in(AGENT)
        self.desk.be_ready()
        self.agent = self._stage.service.sign_in(AGENT)
        facts["phone"] = AGENT.endpoint

    def _unit_ready(self, facts: Facts) -> None:
        admin = self._stage.service.sign_in(ADMIN)
        issued = admin.post("/api/units", {"unit_id": UNIT, "name": UNIT_NAME, "crew": ["张伟"]})
        self.unit = UnitSeat(self._browsers.page(width=420, height=860), self._stage.service.address)
        self.unit.sign_in(UNIT, issued["password"])
        facts["unit"] = UNIT

    # --- the call -----------------------------------------------------------------------------------

    def _ring(self, facts: Facts) -> None:
        voices = self._voices
        self._caller = SippCaller(
            self._stage.folder / f"caller-{time.monotonic_ns()}",
            switch_port=self._stage.asterisk.ports.sip,
            caller=CALLER,
            speech=voices.citizen,
            loop=False,
            seconds=voices.lead_s + voices.speech_s + 120,
        )
        self._dialled = time.monotonic()
        self._caller.dial()
        facts["number"] = self.desk.wait_ring()
        facts["after_dialling_ms"] = round((time.monotonic() - self._dialled) * 1000)
        facts["earlier_calls"] = self.desk.by("earlier-calls").inner_text().replace("\n", " ")
        facts["open_cases"] = self.desk.by("open-cases").inner_text().replace("\n", " ")
        calls = self.agent.get("/api/calls")["calls"]
        self._call_id = next(call["call_id"] for call in calls if call["caller"] == CALLER)

    def _answer(self, facts: Facts) -> None:
        # The recorded citizen begins to speak at a set moment: the agent answers just before it.
        pause = self._voices.lead_s - 0.5 - (time.monotonic() - self._dialled)
        if pause > 0:
            self.desk.page.wait_for_timeout(pause * 1000)
        self.desk.answer()
        facts["call"] = self._call_id

    def _transcript(self, facts: Facts) -> None:
        left = self._voices.lead_s + self._voices.speech_s - (time.monotonic() - self._dialled)
        if not self._unheard:
            citizen = self.desk.wait_segments("citizen", 1, max(left, 0) + SETTLE_S)
            facts["first_words"] = _words(citizen[0])
        if self._voices.agent is not None:
            agent = self.desk.wait_segments("agent", 1, SETTLE_S)
            facts["agent"] = _words(agent[0])
        self._wait_for_silence()
        facts["packets"] = self._packets_both_ways()
        said = self.agent.get(f"/api/calls/{self._call_id}/transcript")
        facts["segments"] = len(said["segments"])
        facts["gaps"] = len(said["gaps"])
        if self._unheard:
            facts["heard"] = " | ".join(one["text"] for one in said["segments"])

    def _packets_both_ways(self) -> str:
        """RTP packets that Asterisk had from and sent to each party; raises when a direction is silent."""
        counted: dict[str, tuple[int, int]] = {}
        for line in self._stage.asterisk.rx("pjsip show channelstats").splitlines():
            row = CHANNEL_STATS.search(line)
            if row is not None:
                counted[row["channel"]] = (int(row["received"]), int(row["sent"]))
        if len(counted) < PARTIES or any(min(both) < AUDIBLE_PACKETS for both in counted.values()):
            raise PeerFailed(f"no audio both ways: {counted}")
        return ", ".join(f"{name} {heard} in, {told} out" for name, (heard, told) in counted.items())

    def _wait_for_silence(self) -> None:
        """Until the recording has been spoken, nothing waits, and nothing new came for five seconds."""
        end = self._dialled + self._voices.lead_s + self._voices.speech_s
        last, since = -1, time.monotonic()
        while time.monotonic() < end + SETTLE_S:
            count = len(self.agent.get(f"/api/calls/{self._call_id}/transcript")["segments"])
            if count != last or self._is_behind():
                last, since = count, time.monotonic()
            if time.monotonic() > end and time.monotonic() - since > 5:
                return
            self.desk.page.wait_for_timeout(250)

    def _is_behind(self) -> bool:
        """The health part `speech` gives a reason while utterances wait for a recogniser."""
        parts = self.agent.get("/api/health")["parts"]
        return any(one["part"] == "speech" and one["why"] for one in parts)

    def _draft(self, facts: Facts) -> None:
        self.drafts = self.agent.get(f"/api/calls/{self._call_id}/drafts")["drafts"]
        for draft in self.drafts:
            for name, field in draft["fields"].items():
                if field["value"] is None:
                    continue
                facts[name] = f"{field['value']} ({field['shown']}, {len(field['evidence'])} spans)"

    # --- the case -----------------------------------------------------------------------------------

    def _confirm(self, facts: Facts) -> None:
        filled = (name for name in ("crossing", "address", "category") if self.desk.field(name).input_value())
        touched = next(filled, "description")
        self.desk.field(touched).focus()
        facts["touched"] = touched
        facts["evidence_shown"] = self.desk.page.locator("mark.evidence").count()
        if self._pictures is not None:
            facts["picture"] = self.desk.picture(self._pictures / "desk.png").name
        corrected = [name for name in self._answer_key if self._differs(name)]
        for name in corrected:
            self.desk.correct(name, self._answer_key[name])
        facts["corrected"] = ", ".join(corrected) or "nothing"
        self._case_number = self.desk.confirm()
        facts["case"] = self._case_number
        found = self.agent.get("/api/cases?q=" + self._case_number)["cases"]
        self._case_id = next(case["case_id"] for case in found if case["number"] == self._case_number)

    def _differs(self, name: str) -> bool:
        """Whether the form says something else than the citizen did."""
        shown = self.desk.field(name).input_value()
        # The category shows its code before its name.
        return shown.split(" ", 1)[-1] != self._answer_key[name]

    def _dispatch(self, facts: Facts) -> None:
        self.desk.dispatch(UNIT)
        facts["step"] = self.desk.wait_step("queued", "delivered", "displayed")

    def _delivered(self, facts: Facts) -> None:
        facts["case"] = self.unit.wait_job()
        if self._pictures is not None:
            facts["picture"] = self.unit.picture(self._pictures / "unit.png").name
        facts["desk_shows"] = self.desk.wait_step("delivered", "displayed")
        if facts["case"] != self._case_number:
            raise PeerFailed(f"the unit shows {facts['case']}, filed was {self._case_number}")

    def _on_site(self, facts: Facts) -> None:
        for step in ("accepted", "on_the_way", "arrived"):
            self.unit.act(step)
            self.desk.wait_step(step)
        self.unit.act("done", NOTE)
        facts["desk_shows"] = self.desk.wait_step("done")
        facts["note"] = NOTE

    def _hang_up(self, facts: Facts) -> None:
        assert self._caller is not None, "nobody has dialled"
        self._caller.hang_up()
        expect(self.desk.by("disposition")).to_be_visible(timeout=20_000)
        self.desk.set_disposition("case")
        expect(self.desk.by("disposition-done")).to_be_visible(timeout=20_000)
        facts["disposition"] = "case"

    def _close(self, facts: Facts) -> None:
        waiting = self.agent.get(f"/api/cases/{self._case_id}")
        facts["before"] = waiting["state"]
        seat = DeskSeat(self._browsers.page(), self._stage.service.address)
        seat.sign_in(ACCEPTOR)
        seat.by(f"accept-{self._case_id}").click()
        seat.by("close-note").fill(CHECKED)
        seat.by("close-condition").select_option("restored")
        seat.by("close-case").click()
        expect(seat.by("case-closed")).to_be_visible(timeout=20_000)
        facts["after"] = self.agent.get(f"/api/cases/{self._case_id}")["state"]
        facts["console_errors"] = len(self.desk.errors) + len(seat.errors) + len(self.unit.errors)
        if facts["console_errors"]:
            raise PeerFailed("; ".join([*self.desk.errors, *seat.errors, *self.unit.errors])[:500])

    def _ledger(self, facts: Facts) -> None:
        self.record = record = self._whole_record()
        facts["call"] = self._call_id
        facts["legs"] = len(record["legs"])
        hashed = [one for one in record["recordings"] if one["sha256"]]
        facts["recordings"] = ", ".join(f"{one['track']} {one['sha256'][:12]}" for one in hashed)
        facts["segments"] = len(record["transcript"]["segments"])
        for kind in ("drafts", "cases", "dispatches", "dispositions"):
            facts[kind] = len(record.get(kind, []))
        kinds = ("legs", "segments", "drafts", "cases", "dispatches", "dispositions")
        missing = [kind for kind in kinds if not facts[kind]]
        if {one["track"] for one in hashed} != {"in", "out"}:
            missing.append("recordings of both directions")
        if record["call"]["ended_at"] is None:
            missing.append("end of the call")
        if missing:
            raise PeerFailed(f"the ledger has no {', '.join(missing)} for this call")

    def _whole_record(self) -> dict[str, Any]:
        """The record, once both directions of the citizen's recording are hashed."""
        deadline = time.monotonic() + SETTLE_S
        while True:
            record: dict[str, Any] = json.loads(self._stage.service.run("cdr", "show", self._call_id))
            hashed = [one for one in record["recordings"] if one.get("sha256")]
            if (len(hashed) >= 2 and record.get("dispatches")) or time.monotonic() > deadline:
                return record
            time.sleep(0.5)

    def _chain(self, facts: Facts) -> None:
        report = json.loads(self._stage.service.run("audit", "verify", "--json"))
        facts.update({key: report[key] for key in ("entries", "heads", "records", "ok")})


def _words(shown: str) -> str:
    """The words of a transcript row, without who and when."""
    return shown.rsplit("\n", maxsplit=1)[-1].strip()
