"""A warning to ten thousand recipients by telephone: how long it takes to plan their calls, and whether
callers of the hotline wait longer while ten of them are placed in a second, beside what they waited before
in the same run.

Real switch and centre, SIPp callers and phones; the recipients' telephones are SIPp behind the trunk.
"""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.hotline.parts import staged
from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import ZHAO, Plan, Stage
from tests.bench.operate.waits import lines_of, placed_of, summed, waits_of
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal
from tests.peers.asterisk import alarm_prompts
from tests.peers.songhua import Person
from tests.waiting import wait_for
from tests.warning.caps import SQUARE
from warning.tables import calls as warning_calls

RECIPIENTS = 10_000
PER_S = 10.0
KEEPS_UP = 0.95
LONGER = 1.2
"""So much longer is as long: some of both are chance."""
CALLERS_PER_S, STAY_S = 1.0, 8.0
AT_ONCE = 200
"""Calls about the warning: a recipient listens for some fifteen seconds."""
WANG, MA = (Person(name, name, ("supervisor",)) for name in ("wang.min", "ma.chao"))
HOTLINE = {"warnings": {"enabled": True, "lines": 1_000, "share": 0.3, "per_s": PER_S}}


def run(folder: Path, short: bool) -> Found:
    recipients, seconds = (300, 15.0) if short else (RECIPIENTS, 60.0)
    alarm_prompts(folder / "stage" / "prompts")
    plan = Plan(calls=AT_ONCE, agents=30, desks=5, taps=0, callbacks=True, settings={"hotline": HOTLINE})
    with staged(folder / "stage", plan, as_units=False) as stage:
        _people(stage)
        imported_s = _import(stage, recipients)
        callers = Callers(
            folder / "callers", stage.switch, rate=CALLERS_PER_S, count=int(3 * seconds + 30), stay_s=STAY_S,
            speech=stage.speech,
        )  # fmt: skip
        try:
            stage.dial(callers)
            time.sleep(STAY_S)
            began = time.time()
            time.sleep(seconds)
            warned = time.time()
            warning_id, release_s = _released(stage)
            wait_for(lambda: _planned(stage) >= recipients, "every recipient's call", 120)
            planned_s = time.time() - warned
            first = wait_for(lambda: placed_of(lines_of(stage.switch.cel))[:1], "the first call", 30)[0]
            time.sleep(seconds)
            stopped = time.time()
            stage.supervisor.post(f"/api/warnings/{warning_id}/cancel", {**_op(), "why": "the bench is over"})
            failed_by_then = callers.failed - (callers.count - callers.placed)
        finally:
            callers.close()
        lines = lines_of(stage.switch.cel)
    placed = [at for at in placed_of(lines) if first <= at < stopped]
    waits = waits_of(lines)
    return {
        "recipients": recipients, "imported_s": imported_s, "release_s": release_s,
        "planned_s": round(planned_s, 2), "seconds": seconds,
        "placed": len(placed), "placed_per_s": round(len(placed) / (stopped - first), 2),
        "callers_failed": failed_by_then, "without": summed(waits, began, warned),
        "beside": summed(waits, first, stopped - STAY_S),
    }  # fmt: skip


def _op() -> dict[str, Any]:
    return {"op_id": str(uuid.uuid4())}


def _people(stage: Stage) -> None:
    """Two who release it: an actual warning needs them."""
    table = stage.service.folder / "supervisors.csv"
    rows = [f"{one.id},{one.name},supervisor,,{one.language},{ZHAO.password}" for one in (WANG, MA)]
    table.write_text("id,name,roles,endpoint,language,password\n" + "\n".join(rows) + "\n", encoding="utf-8")
    stage.service.run("user", "import", str(table))


def _import(stage: Stage, count: int) -> float:
    table = stage.service.folder / "recipients.csv"
    area = '"126.64 45.74, 126.66 45.74, 126.66 45.76"'
    rows = [f"收{number},138{number:08},,{area},call" for number in range(1, count + 1)]
    table.write_text("name,number,role,area,by\n" + "\n".join(rows) + "\n", encoding="utf-8")
    began = time.monotonic()
    stage.service.run("warning", "recipients", "import", str(table))
    return round(time.monotonic() - began, 2)


def _released(stage: Stage) -> tuple[str, float]:
    """Its id, and seconds of the second release, in which the calls are written down."""
    draft = {
        "status": "Actual", "event": "暴雨", "headline": "暴雨红色预警", "description": "请留在室内",
        "severity": "Extreme", "expires": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        "channels": ["calls"], "areas": [{"description": "道里区", "polygons": [SQUARE]}],
    }  # fmt: skip
    made = stage.supervisor.post("/api/warnings", {**_op(), "draft": draft})
    path = f"/api/warnings/{made['warning_id']}/release"
    first, second = (stage.service.sign_in(one) for one in (WANG, MA))
    first.post(path, _op())
    began = time.monotonic()
    second.post(path, _op())
    return str(made["warning_id"]), round(time.monotonic() - began, 2)


def _planned(stage: Stage) -> int:
    return int(stage.ask(f"SELECT count(*) FROM {warning_calls.name}")[0][0])


def tell(found: Found) -> list[str]:
    names = ("callers", "unanswered", "nobody", "person_p50_s", "person_p95_s", "person_max_s")
    return [
        *headed(
            f"a warning to {found['recipients']:,} telephones",
            row("recipients imported, s", found["imported_s"]),
            row("second release answered; all calls planned, s", found["release_s"], found["planned_s"]),
            row("calls placed, in a second", found["placed"], found["placed_per_s"]),
            row("callers of the hotline that failed", found["callers_failed"]),
        ),
        "",
        "| callers of the hotline | " + " | ".join(names) + " |",
        "|" + "---|" * (len(names) + 1),
        *(
            f"| {when} | " + " | ".join(str(found[when][one]) for one in names) + " |"
            for when in ("without", "beside")
        ),
    ]


def goals(found: Found) -> list[Goal]:
    without, beside = found["without"]["person_p95_s"], found["beside"]["person_p95_s"]
    same = without is not None and beside is not None and beside <= LONGER * without
    good = same and not found["callers_failed"] and not found["beside"]["nobody"]
    return [
        (
            found["placed_per_s"] >= KEEPS_UP * PER_S,
            f"{PER_S:g} calls about a warning are placed in a second: {found['placed_per_s']}",
        ),
        (
            good,
            (
                f"callers wait as long as without (p95 of the wait for a person at most {LONGER:g} times): "
                f"{without} s, {beside} s; {found['callers_failed']} failed"
            ),
        ),
    ]
