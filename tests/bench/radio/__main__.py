"""The bench `radio`: how soon a button is answered and heard, how soon a former talker is silent, and how
much the role `radio` takes.

`scripts/bench radio` runs all parts, each on real peers of its own; `--only PART` (may be repeated) some of
them, which are put beside the others in the output. Roles, broker, switch, reflector and radios are real
processes; terminals and telephones are this one, so that one clock knows when each sample was said and heard,
and their time is in the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.radio import crowd, cut, many, mouth, press, talk, units
from tests.bench.radio.figures import Goal
from tests.peers.checkout import HOME


@dataclass(frozen=True, slots=True)
class Part:
    run: Callable[[Path, argparse.Namespace], dict[str, Any]]
    tell: Callable[[dict[str, Any]], list[str]]
    goals: Callable[[dict[str, Any]], list[Goal]]


PARTS = {
    "press": Part(press.run, press.tell, press.goals),
    "talk": Part(talk.run, talk.tell, talk.goals),
    "mouth": Part(mouth.run, mouth.tell, mouth.goals),
    "cut": Part(cut.run, cut.tell, cut.goals),
    "many": Part(many.run, many.tell, many.goals),
    "units": Part(units.run, units.tell, units.goals),
    "crowd": Part(crowd.run, crowd.tell, crowd.goals),
}


def arguments() -> argparse.Namespace:
    found = argparse.ArgumentParser(
        prog="scripts/bench radio",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--out", type=Path, required=True)
    found.add_argument("--only", choices=PARTS, action="append", help="this part only (may be repeated)")
    found.add_argument("--presses", type=int, default=400, help="press: presses at each load")
    found.add_argument(
        "--groups", type=int, default=16, help="press, many: talkgroups with a talker each (many: at least 3)"
    )
    found.add_argument("--units", type=int, default=40, help="press, units: units that say events")
    found.add_argument("--rounds", type=int, default=25, help="press, units: of each of them, for each load")
    found.add_argument("--crowd", type=int, default=5000, help="crowd: units that say where they are")
    found.add_argument("--every", type=float, default=10.0, help="crowd: seconds between two words of a unit")
    found.add_argument("--minutes", type=float, default=10.0, help="crowd: how long")
    found.add_argument("--times", type=int, default=30, help="talk, mouth, cut: talks, bursts, pre-emptions")
    found.add_argument("--seconds", type=float, default=30.0, help="many: how long each of them talks")
    given = found.parse_args()
    if given.groups < 3:
        found.error("--groups: at least 3, two of them are patched")
    return given


def carry_out(name: str, part: Part, folder: Path, given: argparse.Namespace) -> bool:
    """Run it, keep what it found, tell it; whether all its goals are reached."""
    load, began = os.getloadavg()[0], time.monotonic()
    found = part.run(folder, given)
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "load_before": load}
    before = json.loads(given.out.read_text()) if given.out.exists() else {}
    kept = {key: value for key, value in before.items() if key in PARTS}
    given.out.write_text(json.dumps({**kept, name: found}, indent=1))
    print(f"\n{name}: {time.monotonic() - began:.0f} s, load before {load:.1f}\n")
    print("\n".join(part.tell(found)) + "\n")
    goals = part.goals(found)
    for reached, words in goals:
        print(f"{'reached' if reached else 'MISSED '} {words}")
    print(end="", flush=True)
    return all(reached for reached, _ in goals)


def main() -> int:
    given = arguments()
    HOME.mkdir(exist_ok=True)
    reached = True
    with tempfile.TemporaryDirectory(prefix="bench-radio-", dir=HOME) as name:
        for key, part in PARTS.items():
            if not given.only or key in given.only:
                reached &= carry_out(key, part, Path(name) / key, given)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
