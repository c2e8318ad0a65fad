"""The bench `speech`: what recognition takes, how soon words are on a desk, and what is done when it is too
much.

`scripts/bench speech` (about 22 min; `--only streams|latency|tap|taps|overload`, which may be repeated): each
part is told as it ends. What the file after `--out` holds of other parts stays there, so parts may be run one
by one. Callers, switch, broker, service and recognisers share this machine's cores: look at `uptime` first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.bench.speech import latency, overload, streams, tap, taps
from tests.peers.checkout import HOME

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
    return found.parse_args()


def runs(given: argparse.Namespace) -> dict[str, Run]:
    return {
        "streams": lambda folder: streams.streams(folder, given.engines),
        "latency": lambda folder: latency.latency(folder, given.vosk_seconds, given.whisper_seconds),
        "tap": lambda folder: tap.tap(folder, given.tap_streams, given.tap_seconds),
        "taps": lambda folder: taps.taps(folder, given.levels, as_units=not given.one_group),
        "overload": overload.overload,
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


def facts(load: tuple[float, float, float], seconds: float) -> dict[str, Any]:
    """What stands beside every figure."""
    words = [word for word in sys.argv[1:] if word != "--out"]
    return {
        "command": shlex.join(["scripts/bench", "speech", *(word for word in words if ".json" not in word)]),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": [round(one, 1) for one in load],
        "seconds": round(seconds, 1),
    }


def main() -> int:
    given = arguments()
    HOME.mkdir(exist_ok=True)
    report, missed = Report(given.out), 0
    wanted = given.only or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="bench-speech-", dir=HOME) as name:
        for part, run in runs(given).items():
            if part not in wanted:
                continue
            load, began = os.getloadavg(), time.monotonic()
            found = run(Path(name) / part)
            goals = PARTS[part].goals(found)
            machine = facts(load, time.monotonic() - began)
            report.keep(part, {"machine": machine, "goals": [goal.kept() for goal in goals], **found})
            lines = [*PARTS[part].tell(found), "", *(goal.told() for goal in goals)]
            print("\n" + "\n".join(lines), flush=True)
            print(f"{part}: {machine['seconds']:.0f} s, load before {load[0]:.1f}\n", flush=True)
            missed += sum(not goal.reached for goal in goals)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
