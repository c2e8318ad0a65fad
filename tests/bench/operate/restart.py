"""The centre is restarted under many calls: none is dropped, and who calls meanwhile is answered at once.

Real switch, SIPp callers with sound and phones, every call recorded; beside it how long callers waited in
the same run before the restart.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.bench.hotline import record
from tests.bench.hotline.parts import staged
from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import Plan
from tests.bench.operate.waits import lines_of, summed, waits_of
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal
from tests.waiting import wait_for

ANSWERED_S = 2.0
RAMP_PER_S = 5.0
NEW_PER_S = 2.0
NEW_STAY_S = 5.0
RESTART_S = 40.0
"""Longest time that a stop and a start are given here."""


def run(folder: Path, short: bool) -> Found:
    held_calls, beside_s = (20, 8.0) if short else (100, 30.0)
    ramp_s = held_calls / RAMP_PER_S
    whole_s = 2 * beside_s + RESTART_S
    plan = Plan(
        calls=held_calls + int(NEW_PER_S * (NEW_STAY_S + 5)) + 10,
        agents=held_calls + int(NEW_PER_S * (NEW_STAY_S + 5)) + 20,
        desks=2,
        taps=0,
    )
    with staged(folder, plan, as_units=False) as stage:
        held = Callers(
            folder / "held", stage.switch, rate=RAMP_PER_S, count=held_calls, stay_s=ramp_s + 10 + whole_s,
            speech=stage.speech,
        )  # fmt: skip
        new = Callers(
            folder / "new", stage.switch, rate=NEW_PER_S, count=int(NEW_PER_S * whole_s), stay_s=NEW_STAY_S,
            speech=stage.speech, prefix="138",
        )  # fmt: skip
        try:
            stage.dial(held)
            wait_for(lambda: held.now >= held_calls, "calls at once", ramp_s + 30)
            stage.dial(new)
            began = time.time()
            time.sleep(beside_s)
            stopped = time.time()
            stage.service.program.stop(20)
            gone = time.time()
            stage.service.start(role="centre")
            answers = time.time()
            stage.service.wait_healthy("asterisk", "hotline")
            healthy = time.time()
            time.sleep(beside_s)
            new.wait(whole_s + NEW_STAY_S + 60)
            held.wait(whole_s + 60)
            placed = held.placed + new.placed
            dropped, failed = held.failed, new.failed
        finally:
            held.close()
            new.close()
        kept = record.settle(stage, placed)
        waits = waits_of(lines_of(stage.switch.cel))
    return {
        "held": held_calls, "dropped": dropped, "new_failed": failed,
        "stop_s": round(gone - stopped, 2), "web_answers_s": round(answers - stopped, 2),
        "healthy_s": round(healthy - stopped, 2),
        "before": summed(waits, began, stopped), "during": summed(waits, stopped, healthy),
        "after": summed(waits, healthy, healthy + beside_s),
        "record": kept,
    }  # fmt: skip


def tell(found: Found) -> list[str]:
    names = ("callers", "unanswered", "nobody", "answer_max_s", "person_p50_s", "person_max_s")
    return [
        *headed(
            "restart",
            row("calls held, dropped", found["held"], found["dropped"]),
            row("seconds until stopped, web answers, healthy", *_seconds(found)),
            row("records: placed, whole, incomplete, doubled", *(found["record"][one] for one in _RECORD)),
        ),
        "",
        "| new callers | " + " | ".join(names) + " |",
        "|" + "---|" * (len(names) + 1),
        *(
            f"| {when} | " + " | ".join(str(found[when][one]) for one in names) + " |"
            for when in ("before", "during", "after")
        ),
    ]


_RECORD = ("placed", "whole", "incomplete", "doubled")


def _seconds(found: Found) -> list[Any]:
    return [found[one] for one in ("stop_s", "web_answers_s", "healthy_s")]


def goals(found: Found) -> list[Goal]:
    during = found["during"]
    answered = during["callers"] > 0 and during["unanswered"] == 0 and during["answer_max_s"] < ANSWERED_S
    kept = found["record"]
    return [
        (found["dropped"] == 0, f"none of {found['held']} calls is dropped: {found['dropped']}"),
        (
            answered and found["new_failed"] == 0,
            (
                f"new calls are answered within {ANSWERED_S:g} s: {during['answer_max_s']} s at most of "
                f"{during['callers']}, {found['new_failed']} failed"
            ),
        ),
        (
            not kept["incomplete"] and not kept["doubled"],
            f"every call is recorded once: {kept['incomplete']} incomplete, {kept['doubled']} doubled",
        ),
    ]
