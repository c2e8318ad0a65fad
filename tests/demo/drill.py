"""`scripts/demo --story drill`: a drill of warnings, from the message to the all-clear.

A weather bureau, simulated, sends signed CAP messages. An exercise is released by one person; an actual
warning, its update and its all-clear by two. Two terminals, simulated, stand in the area and outside. What
must not have gone out has not: each step fails the demo where that is not so.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from tests.demo import drill_lines as lines
from tests.demo.centre_stage import DISPATCHER, LEADER, SECOND, CentreStage
from tests.demo.centre_story import Chapter, Facts, bring, must, op, refused
from tests.demo.seats import Browsers
from tests.demo.warning_screens import WarningScreens
from tests.mqtt.text_terminal import SimulatedTextTerminal
from tests.peers.songhua import Visitor
from tests.waiting import wait_for
from tests.warning.caps import cap, keys
from warning.cap.model import CapMessage, CapStatus
from warning.cap.signature import signed_bytes
from warning.words import MARKS

STORY: Final = "drill"
INSIDE: Final = ("app:61", (126.65, 45.75))
OUTSIDE: Final = ("app:62", (126.90, 45.75))
MARK: Final = MARKS[CapStatus.EXERCISE]
STORM: Final = "暴雨橙色预警"
WORSE: Final = "暴雨红色预警"
WORD: Final = "预警演练，请保持联络"
"""A dispatcher's own text: what comes after it comes later."""
ACTS: Final = Counter({"warning.take": 4, "warning.release": 7, "warning.cancel": 1})
LATE_S: Final = 30.0


class DrillStory:
    """`chapters` in their order; each fills in what it saw."""

    def __init__(self, stage: CentreStage) -> None:
        self._stage = stage
        self._numbers = itertools.count()
        self._ids: dict[str, str] = {}
        """The warnings by the name of their step."""
        self._told: list[str] = []
        """What the terminal in the area must have been told by now."""
        self._storm: CapMessage
        self._worse: CapMessage
        self._inside: SimulatedTextTerminal
        self._outside: SimulatedTextTerminal
        self._screens: WarningScreens

    def chapters(self) -> list[Chapter]:
        return [
            (lines.UNITS, self._units),
            (lines.SCREENS, self._open_screens),
            (lines.CHECKED, self._checked),
            (lines.EXERCISE, self._exercise),
            (lines.EXERCISE_OVER, self._exercise_over),
            (lines.ARRIVED, self._arrived),
            (lines.FIRST, self._first),
            (lines.SECOND, self._second),
            (lines.UPDATED, self._updated),
            (lines.CANCELLED, self._cancelled),
            (lines.COUNTS, self._counts),
            (lines.TRAIL, self._trail),
        ]

    @property
    def leader(self) -> Visitor:
        return self._stage.visitor(LEADER)

    @property
    def second(self) -> Visitor:
        return self._stage.visitor(SECOND)

    # --- the stage ----------------------------------------------------------------------------------

    def _units(self, facts: Facts) -> None:
        self._stage.raise_radio()
        self._inside, self._outside = (self._terminal(*one) for one in (INSIDE, OUTSIDE))
        units = self._stage.visitor(DISPATCHER)

        def placed() -> bool:
            known = {one["unit_id"] for one in units.get("/api/units/places")["places"]}
            return {self._inside.uid, self._outside.uid} <= known

        wait_for(placed, "the positions of both", LATE_S)
        facts |= {uid: f"{lon}, {lat}" for uid, (lon, lat) in (INSIDE, OUTSIDE)}

    def _terminal(self, uid: str, place: tuple[float, float]) -> SimulatedTextTerminal:
        centre = self._stage.centre
        issued = centre.supervisor.post("/api/units", {"unit_id": uid, "name": uid})
        terminal = SimulatedTextTerminal(centre.broker.settings(uid, issued["password"]), uid, place)
        self._stage.keep(terminal)
        return terminal

    def _open_screens(self, facts: Facts) -> None:
        browsers = Browsers(self._stage.folder / "browser", speech=None)
        self._stage.keep(browsers)
        self._screens = WarningScreens(browsers, self._stage.centre.service.address, LEADER)
        self._screens.show_none()
        facts["pages"] = "citizen, desk, wallboard"

    # --- an exercise --------------------------------------------------------------------------------

    def _checked(self, facts: Facts) -> None:
        message = self._message(status="Exercise")
        forger = keys(self._stage.folder, "forger")
        forged = self._command("forged", signed_bytes(message, forger.key, forger.certificate))
        facts["forged"] = ", ".join(one["kind"] for one in forged["refusals"])
        must(facts["forged"] == "signature", f"the forged one: {forged}")
        told = self._command("exercise", self._signed(message))
        facts |= {name: told[name] for name in ("signed", "effect", "people")}
        must((told["signed"], told["effect"], told["people"]) == (True, "alert", 1), f"it says {told}")
        self._arrives("exercise", message)

    def _exercise(self, facts: Facts) -> None:
        self._for_one_unit("exercise")
        self._nothing_out("exercise")
        facts["state"] = self._release("exercise", self.leader)
        facts["text"] = self._arrives_at_unit(f"{MARK}{STORM}")
        self._public_shows(f"{MARK}{STORM}", MARK)

    def _exercise_over(self, facts: Facts) -> None:
        path = f"/api/warnings/{self._ids['exercise']}/cancel"
        facts["state"] = self.leader.post(path, op(why="演习结束"))["state"]
        must(facts["state"] == "cancelled", f"it is {facts['state']}")
        self._public_is_clear()

    # --- an actual warning --------------------------------------------------------------------------

    def _arrived(self, facts: Facts) -> None:
        self._storm = self._message()
        told = self._command("actual", self._signed(self._storm))
        facts |= {name: told[name] for name in ("signed", "effect", "people")}
        must((told["signed"], told["effect"], told["people"]) == (True, "alert", 2), f"it says {told}")
        self._arrives("actual", self._storm)
        facts["audience"] = self._for_one_unit("actual")

    def _first(self, facts: Facts) -> None:
        facts["state"] = self._release("actual", self.leader)
        must(facts["state"] == "half_released", f"it is {facts['state']}")
        path = f"/api/warnings/{self._ids['actual']}/release"
        facts["refused"] = refused(self.leader, path, op(), "released-by-you")
        # Whatever was on its way to the unit is there before what is written to it now.
        self._stage.visitor(DISPATCHER).post(f"/api/units/{INSIDE[0]}/texts", op(text=WORD))
        self._told.append(WORD)
        wait_for(lambda: WORD in self._inside.texts, "the dispatcher's word at the unit", LATE_S)
        self._nothing_out("actual")
        self._screens.show_none()
        facts["told"] = "nobody"

    def _second(self, facts: Facts) -> None:
        facts["state"] = self._release("actual", self.second)
        facts["text"] = self._arrives_at_unit(STORM)
        self._public_shows(STORM, STORM)

    def _updated(self, facts: Facts) -> None:
        self._worse = self._message(
            msg_type="Update", references=[self._storm.reference], info={"headline": WORSE}
        )
        self._arrives("update", self._worse)
        self._by_two("update")
        facts["before"] = self._state("actual")
        must(facts["before"] == "replaced", f"the one before is {facts['before']}")
        facts["text"] = self._arrives_at_unit(f"更新 UPDATE：{WORSE}")
        self._public_shows(f"更新 UPDATE：{WORSE}", WORSE)

    def _cancelled(self, facts: Facts) -> None:
        clear = self._message(msg_type="Cancel", references=[self._worse.reference], infos=[])
        self._arrives("cancel", clear)
        self._by_two("cancel")
        facts["before"] = self._state("update")
        must(facts["before"] == "cancelled", f"the one before is {facts['before']}")
        facts["text"] = self._arrives_at_unit(f"解除 ALL CLEAR：{WORSE}")
        self._public_shows(f"解除 ALL CLEAR：{WORSE}", WORSE)

    # --- the end ------------------------------------------------------------------------------------

    def _counts(self, facts: Facts) -> None:
        for name in self._ids:
            counts = self._count(name)
            facts[name] = f"{counts['total']} / {counts['reached']} / {counts['acknowledged']}"
            must(
                (counts["total"], counts["reached"], counts["acknowledged"]) == (1, 1, 1), f"{name}: {counts}"
            )
        must(self._outside.texts == [], f"the unit outside was told {self._outside.texts}")
        must(len(self._inside.texts) == len(self._told), f"the unit was told {self._inside.texts}")
        facts["texts"] = len(self._told)
        must(not self._screens.faults, f"faults of the pages: {self._screens.faults}")

    def _trail(self, facts: Facts) -> None:
        admin = self._stage.centre.supervisor
        ours = {f"warning:{one}" for one in self._ids.values()}
        acts = Counter(
            row["action"]
            for action in ACTS
            for row in admin.get(f"/api/audit?action={action}")["rows"]
            if row["subject"] in ours
        )
        facts |= dict(acts)
        must(acts == ACTS, f"the acts are {acts}")
        chain = json.loads(self._stage.centre.service.run("audit", "verify", "--json"))
        facts |= {name: chain[name] for name in ("records", "heads", "ok")}
        must(chain["ok"], f"the chain: {chain}")

    # --- what several steps do ----------------------------------------------------------------------

    def _message(self, **changed: Any) -> CapMessage:
        now = datetime.now(UTC).replace(microsecond=0)
        return cap(next(self._numbers), now=now, **changed)

    def _signed(self, message: CapMessage) -> bytes:
        bureau = self._stage.bureau
        return signed_bytes(message, bureau.key, bureau.certificate)

    def _command(self, name: str, data: bytes) -> dict[str, Any]:
        """What `songhua warning check` says of it."""
        file = self._stage.folder / f"{name}.cap.xml"
        file.write_bytes(data)
        said = self._stage.centre.service.run("warning", "check", str(file), "--json", check=False)
        return dict(json.loads(said))

    def _arrives(self, name: str, message: CapMessage) -> None:
        """The bureau's message is kept as a draft; it tells nobody."""
        address = self._stage.centre.service.address
        path = f"/api/warnings/cap?op_id={uuid4()}"
        kept = bring(address, self.leader, path, self._signed(message), "application/cap+xml")
        must((kept["state"], kept["signed"]) == ("waiting", True), f"it is {kept}")
        self._ids[name] = str(kept["warning_id"])

    def _shown(self, name: str) -> dict[str, Any]:
        return dict(self.leader.get(f"/api/warnings/{self._ids[name]}"))

    def _state(self, name: str) -> str:
        return str(self._shown(name)["warning"]["state"])

    def _for_one_unit(self, name: str) -> str:
        """Whom it would tell: the unit in the area alone."""
        wait_for(lambda: self._shown(name)["audience"] == {"units": 1}, "one unit in the area", LATE_S)
        return self._inside.uid

    def _nothing_out(self, name: str) -> None:
        """Nobody was told, nobody is to be told, and no page is told to show it."""
        must(self._shown(name)["counts"] == [], f"somebody is to be told {name}")
        for public in (True, False):
            must(self._running(public=public) == [], f"{name} is shown")
        must(self._inside.texts == self._told, f"the unit was told {self._inside.texts}")
        must(self._outside.texts == [], f"the unit outside was told {self._outside.texts}")

    def _release(self, name: str, who: Visitor) -> str:
        return str(who.post(f"/api/warnings/{self._ids[name]}/release", op())["state"])

    def _by_two(self, name: str) -> None:
        states = [self._release(name, who) for who in (self.second, self.leader)]
        must(states == ["half_released", "running"], f"released by two it was {states}")

    def _arrives_at_unit(self, begin: str) -> str:
        """The unit in the area is told once, and says that its screen has shown it."""

        def new() -> Sequence[str]:
            return self._inside.texts[len(self._told) :]

        (text,) = wait_for(new, f"“{begin}” at the unit", LATE_S)
        must(text.startswith(begin), f"it says {text}")
        self._told.append(text)
        self._inside.show(text)
        name = list(self._ids)[-1]
        wait_for(lambda: self._count(name)["acknowledged"] == 1, "the acknowledgement at the desk", LATE_S)
        return text

    def _count(self, name: str) -> dict[str, Any]:
        (units,) = self._shown(name)["counts"]
        return dict(units)

    def _running(self, *, public: bool) -> list[dict[str, Any]]:
        path = "/api/citizen/warnings" if public else "/api/warnings/running"
        return list(self.leader.get(path)["warnings"])

    def _public_shows(self, text: str, words: str) -> None:
        """One warning runs, and every page has it."""

        def shown() -> bool:
            found = [self._running(public=public) for public in (True, False)]
            return all([one["text"].startswith(text) for one in each] == [True] for each in found)

        wait_for(shown, f"“{text}” for the public and the desks", LATE_S)
        self._screens.show(words)

    def _public_is_clear(self) -> None:
        def clear() -> bool:
            return not any(self._running(public=public) for public in (True, False))

        wait_for(clear, "pages without a warning", LATE_S)
        self._screens.show_none()
