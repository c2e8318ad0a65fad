"""The bench `speech`: what recognition takes, how soon words are on a desk, and what is done when it is too
much.

`scripts/bench speech` (about 25 min; `--only streams|latency|tap|taps|overload`, which may be repeated): each
part is told and kept as it ends; one that fails is told and counts as missed, and the next one comes. What
the file after `--out` holds of other parts stays there, so parts may be run one by one. `--short` (about
8 min) is for seeing that all of it works: its figures say nothing, as `short` in their command tells.
Callers, switch, broker, service and recognisers share this machine's cores: look at `uptime` first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.bench.speech import latency, overload, streams, tap, taps
from tests.bench.speech.figures import Goal
from tests.peers.checkout import CHECKOUT, HOME

PARTS: dict[str, ModuleType] = {
    "streams": streams,
    "latency": latency,
    "tap": tap,
    "taps": taps,
    "overload": overload,
}
Run = Callable[[Path], dict[str, Any]]


def arguments() -> argparse.Namespace:
    found = argparse.ArgumentParser(
        prog="scripts/bench speech",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--out", type=Path, required=True)
    found.add_argument("--only", choices=PARTS, action="append", help="this part only (may be repeated)")
    found.add_argument(
        "--engines", nargs="+", choices=sorted(streams.MODELS), default=sorted(streams.MODELS),
        help="streams: which engines",
    )  # fmt: skip
    found.add_argument("--short", action="store_true", help="everything small; no figure is to be believed")
    found.add_argument("--vosk-seconds", type=float, default=75.0, help="latency: how long with vosk")
    found.add_argument("--whisper-seconds", type=float, default=170.0, help="latency: how long with whisper")
    found.add_argument("--tap-streams", type=int, default=tap.STREAMS, help="tap: streams at once")
    found.add_argument("--tap-seconds", type=float, default=30.0, help="tap: how long they last")
    found.add_argument(
        "--levels", type=int, nargs="+", default=list(taps.LEVELS), help="taps: how many at each step"
    )
    found.add_argument(
        "--one-group", action="store_true",
        help="taps: leave switch and centre in one CPU group with all else, not in one each as units are",
    )  # fmt: skip
    given = found.parse_args()
    if given.short:
        given.vosk_seconds = given.whisper_seconds = 1.0
        given.tap_streams, given.tap_seconds, given.levels = 50, 8.0, [6, 10]
    return given


def runs(given: argparse.Namespace) -> dict[str, Run]:
    return {
        "streams": lambda folder: streams.streams(
            folder, given.engines, streams.SHORT if given.short else streams.WHOLE
        ),
        "latency": lambda folder: latency.latency(folder, given.vosk_seconds, given.whisper_seconds),
        "tap": lambda folder: tap.tap(folder, given.tap_streams, given.tap_seconds),
        "taps": lambda folder: taps.taps(folder, given.levels, as_units=not given.one_group),
        "overload": lambda folder: overload.overload(
            folder, overload.SHORT_S if given.short else overload.LASTS_S
        ),
    }


@dataclass(frozen=True, slots=True)
class Report:
    """The raw output: one object for each part, with the command and the machine that it was made on."""

    file: Path

    def read(self) -> dict[str, Any]:
        if not self.file.exists():
            return {}
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found

    def keep(self, name: str, part: dict[str, Any]) -> None:
        self.file.write_text(
            json.dumps({**self.read(), name: part}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def commit() -> dict[str, Any]:
    """What was measured: the commit, and whether tracked files differed from it."""

    def git(*words: str) -> str:
        told = subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return told.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return {"commit": git("rev-parse", "HEAD"), "changed_since": bool(changed)}


def facts(load: tuple[float, float, float], seconds: float, code: dict[str, Any]) -> dict[str, Any]:
    """What stands beside every figure. `code` is `commit` as it was when the part began."""
    words = [word for word in sys.argv[1:] if word != "--out"]
    return {
        "command": shlex.join(["scripts/bench", "speech", *(word for word in words if ".json" not in word)]),
        **code,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": [round(one, 1) for one in load],
        "seconds": round(seconds, 1),
    }


def carry_out(name: str, part: Any, run: Run, folder: Path, report: Report) -> int:
    """Run a part, keep what it found and tell it; how many of its goals were missed."""
    load, began, code = os.getloadavg(), time.monotonic(), commit()
    try:
        found = run(folder)
    except Exception as error:  # noqa: BLE001  # the next part says what it says all the same
        traceback.print_exc()
        found = {"failed": f"{type(error).__name__}: {error}"}
    machine = facts(load, time.monotonic() - began, code)
    report.keep(name, {"machine": machine, **found})
    goals: list[Goal] = []
    if "failed" in found:
        print(f"\n{name}: FAILED: {found['failed']}", flush=True)
    else:
        goals = part.goals(found)
        report.keep(name, {"machine": machine, "goals": [goal.kept() for goal in goals], **found})
        print("\n" + "\n".join([*part.tell(found), "", *(goal.told() for goal in goals)]), flush=True)
    print(f"{name}: {machine['seconds']:.0f} s, load before {load[0]:.1f}\n", flush=True)
    return ("failed" in found) + sum(not goal.reached for goal in goals)


def main() -> int:
    given = arguments()
    HOME.mkdir(exist_ok=True)
    report, missed = Report(given.out), 0
    wanted = given.only or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="bench-speech-", dir=HOME) as name:
        for part, run in runs(given).items():
            if part in wanted:
                missed += carry_out(part, PARTS[part], run, Path(name) / part, report)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
