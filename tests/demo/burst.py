"""`scripts/demo --story burst`: 300 calls in 20 minutes about one collapse, on real parts.

Callers by SIPp, agents who answer and wrap up. After the first calls the shift leader opens a mass incident
and switches the centre to emergency alone; a second person confirms it. Each answered call is attached to
the one case. At the end two people go back to peace, and the figures are printed. `--minutes` presses it into
less time, `--calls` makes it smaller.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rich.console import Console

from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import ZHAO, Plan, Stage, add_people
from tests.peers.checkout import HOME
from tests.peers.program import PeerFailed
from tests.peers.songhua import Person, Visitor
from tests.waiting import wait_for

STORY: Final = "burst"
CALLS: Final = 300
MINUTES: Final = 20.0
AGENTS: Final = 8
FIRST: Final = 5
"""Calls after which it is plain that all are about one thing."""
LIU: Final = Person("liu.min", "刘敏", ("admin",))
COLLAPSE: Final = {
    "category": "gbt30428.2@2013/E0505", "address": "民益街", "district": "230103",
    "description": "民益街与果戈里大街路口路面塌陷，约五平方米",
}  # fmt: skip
TITLE: Final = "民益街塌陷"
STAY_S: Final = (12.0, 45.0)
"""How long a caller stays after he is answered, at the story's own pace."""
SHORTEST_S: Final = 4.0
LATE_S: Final = 60.0
SAID: Final = {
    "zh": {
        "web": "网页（来电、坐席、事件、模式）", "opened": "突发事件已发起，案件", "mode": "运行模式",
        "alone": "单人先行", "confirmed": "第二人已确认", "calls": "来电", "answered": "已接",
        "attached": "已归入", "longest_wait_s": "最长等待（秒）", "abandoned": "放弃", "figures": "结果",
        "cases": "案件", "greeting": "交换机上的模式", "modes": "历次切换", "stay": "按 Ctrl-C 结束。",
    },
    "en": {
        "web": "Calls, agents, incident and mode in the web", "opened": "a mass incident is open, case",
        "mode": "operating mode", "alone": "by one person", "confirmed": "confirmed by a second person",
        "calls": "calls", "answered": "answered", "attached": "attached", "abandoned": "abandoned",
        "longest_wait_s": "longest wait, s", "figures": "Figures", "cases": "cases",
        "greeting": "on the switch", "modes": "switches of the mode", "stay": "Ctrl-C ends it.",
    },
}  # fmt: skip


@dataclass
class Burst:
    """What has happened so far."""

    stage: Stage
    second: Visitor
    words: dict[str, str]
    console: Console
    incident: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    """State of each call by its id, as the board had it last."""
    attached: set[str] = field(default_factory=set)

    def look(self) -> None:
        """See the calls; open the incident once it is plain; attach who was answered."""
        calls = {call["call_id"]: call for call in self.stage.supervisor.get("/api/calls")["calls"]}
        for call_id in self.seen.keys() - calls.keys():
            self.seen[call_id] = "ended"
        for call_id, call in calls.items():
            if call["direction"] == "inbound":
                self.seen[call_id] = call["state"]
        if not self.incident and len(self.seen) >= FIRST:
            self.declare()
        if self.incident:
            self.attach()

    def declare(self) -> None:
        leader, words = self.stage.supervisor, self.words
        wish = {
            "op_id": str(uuid4()),
            "title": TITLE,
            "words": "抢修队已派出，请归入本事件",
            "prompt": "wait-long",
        }
        self.incident = leader.post("/api/incidents", wish | {"fields": COLLAPSE})["incident"]
        self.console.print(f"{len(self.seen)} {words['calls']}: {words['opened']} {self.incident['number']}")
        mode = {
            "op_id": str(uuid4()), "mode": "emergency", "why": TITLE, "alone": True,
            "incident_id": self.incident["incident_id"],
        }  # fmt: skip
        asked = leader.post("/api/mode/request", mode)
        self.console.print(f"{words['mode']}: {asked['mode']['mode']}, {words['alone']}")
        self.second.post(f"/api/approvals/{asked['number']}/approve", {})
        wait_for(lambda: self.mode()["confirmed_by"] == LIU.id, "the second person's word", 20)
        self.console.print(f"{words['mode']}: {words['confirmed']}")

    def attach(self) -> None:
        """As their agents do by one press."""
        where = f"/api/incidents/{self.incident['incident_id']}/attach"
        for call_id, state in self.seen.items():
            if call_id in self.attached or state not in {"talking", "ended"}:
                continue
            with contextlib.suppress(PeerFailed):  # an ended call is found again once the ledger has it
                self.stage.supervisor.post(where, {"op_id": str(uuid4()), "call_id": call_id})
                self.attached.add(call_id)

    def peace(self) -> None:
        """Two people go back."""
        leader = self.stage.supervisor
        leader.post(f"/api/incidents/{self.incident['incident_id']}/end", {"op_id": str(uuid4())})
        body = {"op_id": str(uuid4()), "mode": "peace", "why": "处置完毕", "alone": False}
        asked = leader.post("/api/mode/request", body)
        self.second.post(f"/api/approvals/{asked['number']}/approve", {})
        wait_for(lambda: self.mode()["mode"] == "peace", "peace", 20)

    def mode(self) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.supervisor.get("/api/mode")["now"]
        return found

    def figures(self, greeted: str) -> dict[str, Any]:
        """What the service itself says of it."""
        leader = self.stage.supervisor
        day = datetime.now(UTC).date()
        asked = f"from={day - timedelta(days=1)}&to={day + timedelta(days=2)}&interval=whole&time_zone=UTC"

        def counted() -> dict[str, Any]:
            """Empty until the ledger has every call."""
            found: dict[str, Any] = leader.get(f"/api/reports/queues?{asked}")["total"]
            return found if found.get("offered", 0) >= len(self.seen) else {}

        total = wait_for(counted, "every call in the reports", 60)
        (incident,) = leader.get("/api/incidents")["incidents"]
        year = datetime.now(UTC).year
        evaluated = leader.get(f"/api/evaluation?from={year}-01-01&to={year + 1}-01-01&by=class")
        versions = leader.get("/api/mode")["versions"]
        return {
            "calls": len(self.seen), "answered": total["answered"],
            "abandoned": total["abandoned"] + total["abandoned_short"],
            "longest_wait_s": round(total["longest_wait"] or 0.0, 1), "attached": len(incident["call_ids"]),
            "cases": evaluated["total"]["counts"]["filed"], "greeting": greeted,
            "modes": [f"{one['mode']} {one['by']}/{one['confirmed_by']}" for one in versions],
        }  # fmt: skip


def run(
    calls: int, minutes: float, language: str, console: Console, *, once: bool, report: Path, cut_off: bool
) -> int:
    """`cut_off`: the broker stops before the first call. 0 when one case has every call and the mode went up
    and down.
    """
    HOME.mkdir(exist_ok=True)
    words = SAID[language]
    pace = MINUTES * calls / CALLS / minutes
    stay = tuple(max(SHORTEST_S * (1 + at), one / pace) for at, one in enumerate(STAY_S))
    plan = Plan(
        calls=60, agents=AGENTS, desks=AGENTS, taps=0, signed_in=True, ring_s=0.5, encrypted=True,
        wrap_up_s=(2.0 / pace, 8.0 / pace),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="demo-burst-", dir=HOME) as name, ExitStack() as stack:
        stage = Stage(Path(name), plan, stack)
        add_people(stage.service, [LIU])
        second = stage.service.sign_in(LIU)
        console.print(f"{words['web']}: {stage.service.address}/desk/  {ZHAO.id} / {ZHAO.password}")
        callers = Callers(
            stage.folder / "callers", stage.switch, rate=calls / (minutes * 60), count=calls,
            stay_s=(stay[0], stay[1]), at_once=50,
        )  # fmt: skip
        stack.callback(callers.close)
        burst = Burst(stage, second, words, console)
        if cut_off:
            stage.broker.close()
        stage.dial(callers)
        greeted = _watched(burst, calls, minutes)
        burst.peace()
        figures = burst.figures(greeted)
        report.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        console.print(f"\n{words['figures']}:")
        for key, value in figures.items():
            console.print(f"  {words.get(key, key)}: {value}", highlight=False)
        if not once:
            console.print(words["stay"])
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(86_400)
    well = figures["cases"] == 1 and figures["attached"] == figures["calls"] == calls
    return 0 if well and len(figures["modes"]) == 2 else 1


def _watched(burst: Burst, calls: int, minutes: float) -> str:
    """Look on until every call is over and attached; what the switch plays meanwhile."""
    ends = time.monotonic() + minutes * 60 + LATE_S
    told, greeted = 0.0, ""
    while time.monotonic() < ends:
        burst.look()
        if burst.incident and not greeted:
            shown = burst.stage.switch.rx("dialplan show globals")
            greeted = next(
                (line for line in map(str.strip, shown.splitlines()) if re.match("MODE=.", line)), ""
            )
        if len(burst.attached) >= calls:
            break
        if time.monotonic() - told > 15:
            told = time.monotonic()
            line = (
                f"{burst.words['calls']} {len(burst.seen)}, {burst.words['attached']} {len(burst.attached)}"
            )
            burst.console.print(line, highlight=False)
        time.sleep(1.0)
    return greeted
