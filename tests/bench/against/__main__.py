"""The bench `against`: this tree and an earlier commit, measured in turn in the same run on the same machine.

`scripts/bench against REV [--bench ami] [--bench pop] [--rounds 5] [--most 5]`: the commit is checked out
below .songhua/bench and its own benches run in it, one round here and one there, each first in turn. The
medians are compared: exit code 1 when a figure is more than `--most` percent worse here. On a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.peers.checkout import CHECKOUT, HOME

ROUNDS: Final = 5
MOST_PERCENT: Final = 5.0
LINKED: Final = (".songhua", "console/dist", "console/node_modules")
"""What set-up brought is used by both: it is not what is compared."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is read of a bench's raw output. `better`: +1 where more is better, -1 where less is."""

    name: str
    words: tuple[str, ...]
    quick: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], float]
    better: int


def rate(found: Mapping[str, Any]) -> float:
    """Events for each second of CPU, the best of its runs."""
    return max(float(run["events"] / run["cpu_seconds"]) for run in found["runs"] if run["client"] == "own")


def p99(found: Mapping[str, Any]) -> float:
    """Milliseconds until a desk has the pop; nearest rank."""
    ordered = sorted(found["plain_ms"] + found["chromium_ms"])
    return float(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]) if ordered else float("nan")


FIGURES: Final = {
    "ami": Figure(
        "events/s of one core", ("--own", "--skip-flat", "--runs", "1"), ("--events", "40000"), rate, 1
    ),
    "pop": Figure("pop p99 in ms", (), ("--seconds", "5", "--workers", "0"), p99, -1),
}


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The commit in a folder of its own, gone afterwards."""
    folder = HOME / "bench" / f"against-{os.getpid()}"
    git = ["git", "-C", str(CHECKOUT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
    try:
        for name in LINKED:
            (folder / name).parent.mkdir(exist_ok=True)
            if not (folder / name).exists():
                (folder / name).symlink_to((CHECKOUT / name).resolve())
        yield folder
    finally:
        for name in LINKED:
            if (folder / name).is_symlink():
                (folder / name).unlink()
        subprocess.run([*git, "remove", "--force", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def measure(tree: Path, bench: str, *, quick: bool) -> float:
    """One run of a bench in a tree. Raises `RuntimeError` when it measured nothing."""
    out = tree / f".against-{bench}.json"
    out.unlink(missing_ok=True)
    figure = FIGURES[bench]
    words = [sys.executable, "-m", f"tests.bench.{bench}", "--out", str(out), *figure.words]
    words += figure.quick if quick else ()
    # Its exit code tells whether the bench's own goal is reached: that is not the question here.
    done = subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False)
    try:
        return figure.read(json.loads(out.read_text()))
    except (OSError, ValueError, KeyError) as error:
        raise RuntimeError(f"{bench} in {tree} measured nothing\n{done.stdout}{done.stderr}") from error
    finally:
        out.unlink(missing_ok=True)


def compare(bench: str, earlier: Path, rounds: int, *, quick: bool) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"earlier": [], "here": []}
    for number in range(rounds):
        order = (("earlier", earlier), ("here", CHECKOUT))
        for name, tree in order if number % 2 == 0 else order[::-1]:
            found[name].append(measure(tree, bench, quick=quick))
            print(f"{bench}, round {number + 1}, {name}: {found[name][-1]:,.1f}", file=sys.stderr)
    return found


def worse_by(bench: str, found: Mapping[str, list[float]]) -> float:
    """Percent by which the median here is worse; less than nothing: better."""
    earlier, here = (statistics.median(found[name]) for name in ("earlier", "here"))
    return (earlier - here) / earlier * 100 * FIGURES[bench].better


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("revision", help="the earlier commit")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--bench", action="append", choices=sorted(FIGURES), help="all without it")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--most", type=float, default=MOST_PERCENT, help="percent that it may be worse")
    arguments.add_argument("--quick", action="store_true", help="short runs: only to see that it works")
    chosen = arguments.parse_args()
    # Ended from outside, the other commit's folder goes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    benches = chosen.bench or sorted(FIGURES)
    results: dict[str, Any] = {"revision": chosen.revision, "load_before": os.getloadavg()[0]}
    with checked_out(chosen.revision) as earlier:
        for bench in benches:
            results[bench] = compare(bench, earlier, chosen.rounds, quick=chosen.quick)
    chosen.out.write_text(json.dumps(results, indent=1))
    print(f"| figure (median of {chosen.rounds}) | {chosen.revision} | here | worse by | |")
    print("|---|---|---|---|---|")
    fine = True
    for bench in benches:
        found = results[bench]
        worse = worse_by(bench, found)
        fine = fine and worse <= chosen.most
        earlier_median, here = (statistics.median(found[name]) for name in ("earlier", "here"))
        word = "kept" if worse <= chosen.most else "MISSED"
        print(f"| {FIGURES[bench].name} | {earlier_median:,.1f} | {here:,.1f} | {worse:+.1f} % | {word} |")
    print(f"load before: {results['load_before']:.1f}")
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
