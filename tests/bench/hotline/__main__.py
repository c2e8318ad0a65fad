"""The bench `hotline`: a mega-city's worst hour on the whole centre, growth, and agents' states under load.

`scripts/bench hotline` (about 55 min in full): `--only bare|recorded|load|growth|agents`, `--calls 450`,
`--rate 3`, `--minutes 10`, `--levels 10 50 150 450`, `--agents 200 --agent-rate 10`. `bare` is the switch
alone under the calls of `load`: what it takes to answer and ring, without all that is ours; `recorded` is the
same with every call recorded. Everything is real but the speech node, which is simulated (it takes the taps'
sound and recognises nothing). SIPp's callers speak A-law both ways, every call is recorded. SIPp, switch and
the centre share this machine's cores, each as a unit of systemd does (needs root).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.hotline import parts
from tests.bench.hotline.bare import bare
from tests.peers.checkout import HOME

FLAT = 0.20
LAG_MS = 1_000.0
LEAST_CALLS = 0.9
"""Of the calls that were to come in a window."""
STARVED = 0.5
"""Less than this share of what a call took one level before."""
UNMEASURED = "NOT MEASURED"
PARTS = ("bare", "recorded", "load", "growth", "agents")
MEMORY = ("first_mb", "last_mb", "peak_mb", "growth_mb")
RECORD = ("placed", "whole", "incomplete", "doubled")


def arguments() -> argparse.Namespace:
    found = argparse.ArgumentParser(
        prog="scripts/bench hotline",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--out", type=Path, required=True)
    found.add_argument("--only", choices=PARTS, action="append", help="this part only (may be repeated)")
    found.add_argument("--calls", type=int, default=450, help="load: calls at once")
    found.add_argument("--rate", type=float, default=3.0, help="load: calls a second")
    found.add_argument("--minutes", type=float, default=10.0, help="load: how long after the ramp")
    found.add_argument("--bare-seconds", type=float, default=60.0, help="bare: how long after the ramp")
    found.add_argument("--taps", type=int, default=50, help="load: legs that are tapped at once")
    found.add_argument(
        "--one-group", action="store_true",
        help="leave switch and centre in one CPU group with all else, not in one each as deployed units are",
    )  # fmt: skip
    found.add_argument("--desks", type=int, default=50, help="desks whose live view is read")
    found.add_argument(
        "--levels", type=int, nargs="+", default=[10, 50, 150, 450], help="growth: calls at once"
    )
    found.add_argument("--stay", type=float, default=60.0, help="growth: seconds of each call")
    found.add_argument("--agents", type=int, default=200, help="agents: how many are signed in")
    found.add_argument("--agent-rate", type=float, default=10.0, help="agents: calls a second")
    found.add_argument("--agent-seconds", type=float, default=120.0, help="agents: how long")
    found.add_argument("--agent-stay", type=float, default=6.0, help="agents: longest call, seconds")
    return found.parse_args()


def run(folder: Path, given: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Each part as it ends."""
    wanted = given.only or PARTS
    as_units = not given.one_group
    for part in ("bare", "recorded"):
        if part in wanted:
            yield part, bare(
                folder / part, calls=given.calls, rate=given.rate, seconds=given.bare_seconds,
                recorded=part == "recorded", as_units=as_units,
            )  # fmt: skip
    if "load" in wanted:
        yield "load", parts.load(
            folder / "load", calls=given.calls, rate=given.rate, minutes=given.minutes, taps=given.taps,
            desks=given.desks, as_units=as_units,
        )  # fmt: skip
    if "growth" in wanted:
        yield (
            "growth",
            parts.growth(
                folder / "growth",
                levels=sorted(given.levels),
                stay=given.stay,
                desks=given.desks,
                as_units=as_units,
            ),
        )
    if "agents" in wanted:
        yield "agents", parts.agents(
            folder / "agents", agents=given.agents, rate=given.agent_rate, seconds=given.agent_seconds,
            stay=given.agent_stay, desks=min(given.desks, 20), as_units=as_units,
        )  # fmt: skip


def row(name: str, *values: object) -> str:
    return f"| {name} | {', '.join(str(value) for value in values)} |"


def tell_load(found: dict[str, Any]) -> list[str]:
    asked, record, pop = found["asked"], found["record"], found["pop"]
    lag, memory = found["lag"], found["memory"]
    unheard = sum(count for outcome, count in record["outcomes"].items() if outcome != "answered")
    good = not (found["failed"] or unheard or record["incomplete"]) and (lag["max_ms"] or 0) <= LAG_MS
    return [
        "| load | |",
        "|---|---|",
        row("calls at once: asked, seen", asked["calls"], f"{found['most_at_once']:.0f}"),
        row(
            "calls placed, failed, open a minute after", found["placed"], found["failed"], found["open_after"]
        ),
        row("callers who spoke with nobody", unheard),
        row("taps at once: asked, seen", asked["taps"], f"{found['most_taps']:.0f}"),
        row("centre: cores, ms a call", found["centre_cores"], found["centre_ms_a_call"]),
        row("switch: cores", found["switch_cores"]),
        row("centre's memory, MB: first, last, peak, growth", *(memory[key] for key in MEMORY)),
        row(f"ring to pop, ms: p50, p99, max ({pop['pops']} pops, {pop['missing']} missing)", *times(pop)),
        row(f"event to desk, ms: p50, p99, max ({lag['frames']} frames)", *times(lag)),
        row("records: placed, whole, incomplete, doubled", *(record[key] for key in RECORD)),
        row("shed (first after s)", shed(found)),
        "",
        f"goal: none failed, all spoke with somebody, no record incomplete, no lag over 1 s: {verdict(good)}",
    ]


def tell_bare(found: dict[str, Any], whole: dict[str, Any] | None) -> list[str]:
    name = "recording" if found["asked"].get("recorded") else "bare"
    lines = [
        f"| {name} switch | |",
        "|---|---|",
        row("calls at once: asked, seen", found["asked"]["calls"], found["at_once"]),
        row("calls placed, failed", found["placed"], found["failed"]),
        row("switch: cores", found["switch_cores"]),
    ]
    if whole is not None and found["switch_cores"] > 0:
        ratio = whole["switch_cores"] / found["switch_cores"]
        lines.append(row(f"switch under `load` to the {name} one", f"{ratio:.2f}"))
    return lines


def times(found: dict[str, Any]) -> list[Any]:
    return [found[key] for key in ("p50_ms", "p99_ms", "max_ms")]


def tell_growth(rows: list[dict[str, Any]]) -> list[str]:
    names = ("at_once", "really_at_once", "rate", "calls", "failed", "centre_ms_a_call", "centre_cores")
    lines = [
        "| calls at once | seen | calls/s | calls in window | failed | centre, ms a call | centre, cores |",
        "|" + "---|" * len(names),
        *(f"| {' | '.join(str(one[name]) for name in names)} |" for one in rows),
    ]
    told, full = measured(rows)
    beyond = f"{', '.join(str(one['at_once']) for one in full)} {UNMEASURED}: the machine was full"
    if not told:
        return [*lines, "", f"goal: flat within 20 %: {beyond}"]
    first, worst = told[0]["centre_ms_a_call"], max(one["centre_ms_a_call"] for one in told)
    grown = worst / first - 1 if first > 0 else float("inf")
    said = f"{verdict(grown <= FLAT)} (worst is {grown:+.0%} of the first)"
    if full:
        said = f"up to {told[-1]['at_once']} at once: {said}; {beyond}"
    return [*lines, "", f"goal: flat within 20 %: {said}"]


def measured(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The levels that say something, and those from the first on at which the machine was full: there the
    centre's work comes after the window and looks cheap.
    """
    for at, row in enumerate(rows):
        late = row["calls"] < LEAST_CALLS * row["rate"] * row["window_s"]
        starved = at > 0 and row["centre_ms_a_call"] < STARVED * rows[at - 1]["centre_ms_a_call"]
        if late or starved:
            return rows[:at], rows[at:]
    return rows, []


def tell_agents(found: dict[str, Any]) -> list[str]:
    asked, wrong = found["asked"], found["wrong"]
    good = not wrong and not found["failed"] and found["looks"] > 0
    return [
        "| agents | |",
        "|---|---|",
        row("signed in, calls a second", asked["agents"], asked["rate"]),
        row("calls placed, failed, disposed", found["placed"], found["failed"], found["disposed"]),
        row("refused", found["refused"] or "none"),
        row("looks, in motion, wrong", found["looks"], found["in_motion"], len(wrong)),
        row("centre: cores, ms a call", found["centre_cores"], found["centre_ms_a_call"]),
        row("ring to pop, ms: p50, p99, max", *times(found["pop"])),
        row("records incomplete", found["record"]["incomplete"]),
        row("shed", ", ".join(found["shed"]) or "nothing"),
        "",
        *wrong[:5],
        f"goal: state right at every look: {verdict(good)}",
    ]


def shed(found: dict[str, Any]) -> str:
    told = (f"{what} {count:g} ({found['first_shed_s'][what]:g} s)" for what, count in found["shed"].items())
    return ", ".join(told) or "nothing"


def verdict(good: bool) -> str:
    return "reached" if good else "MISSED"


def main() -> int:
    given = arguments()
    HOME.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    found: dict[str, Any] = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "load_before": load},
        "as_units": not given.one_group,
    }
    tell: dict[str, Callable[[Any], list[str]]] = {
        "bare": lambda part: tell_bare(part, None),
        "recorded": lambda part: tell_bare(part, None),
        "load": tell_load,
        "growth": tell_growth,
        "agents": tell_agents,
    }
    told: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench-hotline-", dir=HOME) as name:
        for part, result in run(Path(name), given):
            found[part] = result
            given.out.write_text(json.dumps(found, indent=1))
            lines = tell[part](result)
            print("\n" + "\n".join(lines) + "\n", flush=True)
            told += lines
    for part in ("bare", "recorded"):
        if part in found and "load" in found:
            print(*tell_bare(found[part], found["load"]), sep="\n")
    print(f"load before {load:.1f}")
    return 1 if any(word in line for line in told for word in ("MISSED", UNMEASURED)) else 0


if __name__ == "__main__":
    raise SystemExit(main())
