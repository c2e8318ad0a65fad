"""A bench of several parts, each of which may be run alone or briefly: its command line, its output, and
what it says of its goals.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.radio.figures import Goal
from tests.peers.checkout import HOME

Found = dict[str, Any]
"""The raw output of a part, as JSON has it."""


@dataclass(frozen=True, slots=True)
class BenchPart:
    """`run` measures in a folder of its own, briefly where the second argument says so; `tell` makes the
    table of what it found, `goals` what was wanted of it. `minutes` is how long it takes in full.
    """

    run: Callable[[Path, bool], Found]
    tell: Callable[[Found], list[str]]
    goals: Callable[[Found], list[Goal]]
    minutes: float


def main(
    name: str, about: str | None, parts: Mapping[str, BenchPart], words: Sequence[str] | None = None
) -> int:
    """0 when every goal is reached, or when it was run briefly: such figures are no result."""
    chosen = _arguments(name, about, parts).parse_args(words)
    wanted = chosen.only or list(parts)
    HOME.mkdir(exist_ok=True)
    found: Found = json.loads(chosen.out.read_text()) if chosen.only and chosen.out.exists() else {}
    missed: list[str] = []
    for one in wanted:
        before = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-{one}-", dir=HOME) as folder:
            measured = parts[one].run(Path(folder), chosen.short)
        found[one] = {
            "short": chosen.short, "load_before": round(before, 2),
            "load_after": round(os.getloadavg()[0], 2), **measured,
        }  # fmt: skip
        found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count()}
        chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print("\n".join(["", *parts[one].tell(found[one]), ""]))
        for reached, said in parts[one].goals(found[one]):
            fate = "not judged, a short run" if chosen.short else "reached" if reached else "MISSED"
            print(f"goal: {said}: {fate}", flush=True)
            missed += [said] if not reached and not chosen.short else []
        print(f"load before {before:.1f}, after {os.getloadavg()[0]:.1f}", flush=True)
    return 1 if missed else 0


def _arguments(name: str, about: str | None, parts: Mapping[str, BenchPart]) -> argparse.ArgumentParser:
    lengths = ", ".join(f"{one} {part.minutes:g}" for one, part in parts.items())
    found = argparse.ArgumentParser(
        prog=f"scripts/bench {name}",
        description=f"{about}\nMinutes of each part: {lengths}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--out", type=Path, required=True)
    found.add_argument("--only", choices=parts, action="append", help="this part only (may be repeated)")
    found.add_argument(
        "--short", action="store_true", help="see whether it works: a little of each, which is no result"
    )
    return found


def row(name: str, *values: object) -> str:
    """A row of a table with two columns."""
    return f"| {name} | {', '.join(str(value) for value in values)} |"


def headed(title: str, *rows: str) -> list[str]:
    """A table with two columns."""
    return [f"| {title} | |", "|---|---|", *rows]
