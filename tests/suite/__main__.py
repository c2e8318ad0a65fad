"""Runs tests: all of them, those of a change, or those that are named. See `scripts/test --help`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.peers.checkout import CHECKOUT, HOME
from tests.suite import changed, order, plan, runs, unsteady
from tests.suite.lanes import REPORTS, Ended, Lane, Running, absent
from tests.suite.summary import Summary

LOOK_S = 1.0
TELL_EVERY_S = 20.0
MOST_AGAIN = 10
"""So many failures, one test in a thousand, may be an accident of a busy machine; more are not, and nothing
is run once more.
"""
MISUSED = 2

DESCRIPTION = """Runs tests on real peers and without.

  scripts/test                 everything: what CI runs
  scripts/test --changed       room tests of what differs from origin/main, and of what depends on it
  scripts/test PATH…           the tests in these files and folders, or single ones (FILE::TEST)
  scripts/test --rooms         those that need no peer
  scripts/test --real          those on real Asterisk, Mosquitto, PostgreSQL, Chromium, SIPp
"""


def main(argv: Sequence[str]) -> int:
    chosen = _parser().parse_args(argv)
    more = chosen.pytest
    if gone := absent(chosen.paths):
        print(f"test: there is no {', no '.join(gone)}", file=sys.stderr)
        return MISUSED
    try:
        groups = _groups(chosen, more)
    except changed.NoBase as why:
        print(f"test: {why}", file=sys.stderr)
        return MISUSED
    if not groups:
        print("no test is concerned by this change\n0 passed, 0 failed")
        return 0
    complete = not (chosen.paths or chosen.changed or chosen.rooms or chosen.real or more)
    busy = runs.busy_s()
    summary, lanes = run(groups, complete=complete)
    if complete and chosen.keep_times:
        runs.append(summary.run(commit(), busy_s=runs.busy_s() - busy))
        if summary.passed:
            order.keep((one.test, one.seconds) for lane in lanes for one in lane.ended)
    return 0 if summary.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/test", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="test files, folders or single tests")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--changed", action="store_true", help="only the room tests that a change concerns")
    kinds.add_argument("--rooms", action="store_true", help="only tests without peers")
    kinds.add_argument("--real", action="store_true", help="only tests on real peers")
    parser.add_argument("--base", metavar="REV", help="with --changed: compare with the merge base with REV")
    parser.add_argument(
        "--keep-times", action="store_true",
        help="keep what this run took: tests/suite/seconds.json (by file) and tests/suite/runs.jsonl",
    )  # fmt: skip
    parser.add_argument(
        "--pytest", nargs=argparse.REMAINDER, default=[], metavar="ARG", help="what follows goes to pytest"
    )
    return parser


def _groups(chosen: argparse.Namespace, more: Sequence[str]) -> plan.Groups:
    if chosen.changed:
        paths = changed.since(chosen.base)
        tests = changed.concerned(paths)
        print(f"{len(paths)} changed files concern {len(tests)} test files", flush=True)
        return plan.changed(tests, more) if tests else ()
    if chosen.paths:
        return plan.named(chosen.paths, more)
    if chosen.rooms:
        return plan.rooms(more)
    return plan.real(more) if chosen.real else plan.everything(more)


def run(groups: plan.Groups, *, complete: bool = False) -> tuple[Summary, list[Running]]:
    """Run the lanes, and what failed of them once more; tell the outcome. A `complete` run counts."""
    began = time.monotonic()
    for file in REPORTS.glob("*.jsonl"):
        file.unlink()
    done: list[Running] = []
    for group in groups:
        done += _side_by_side(group, began)
    summary = Summary(done)
    failed = [one for lane in done for one in lane.failed()]
    whole = all(lane.passed() or lane.failed() for lane in done)
    if failed and whole and len(failed) <= MOST_AGAIN:
        _once_more(failed, summary, began, complete=complete)
    elif complete:
        unsteady.count(unsteady.next_run(unsteady.read()))
    summary.tell(time.monotonic() - began)
    return summary, done


def _side_by_side(lanes: Sequence[Lane], began: float) -> list[Running]:
    running = [Running(lanes[0])]
    told = time.monotonic()
    try:
        while len(running) < len(lanes) or any(lane.status is None for lane in running):
            time.sleep(LOOK_S)
            for lane in running:
                _look(lane)
            if len(running) < len(lanes) and (running[0].planned or running[0].status is not None):
                running += [Running(lane) for lane in lanes[1:]]
            if time.monotonic() - told >= TELL_EVERY_S:
                told = time.monotonic()
                parts = (f"{one.lane.name} {len(one.ended)} of {one.planned or '?'}" for one in running)
                print(f"{told - began:5.0f} s  {', '.join(parts)}", flush=True)
    finally:
        for lane in running:
            lane.stop()
    return running


def _look(lane: Running) -> None:
    was = lane.status
    for one in lane.look():
        if one.outcome == "failed":
            print(f"FAILED {one.test}: {one.why}", flush=True)
    if was is None and lane.status is not None:
        print(f"== {lane.lane.name} ended after {lane.seconds:.0f} s", flush=True)


def _once_more(failed: Sequence[Ended], summary: Summary, began: float, *, complete: bool) -> None:
    """Run what failed once more, alone. What passes then is unsteady: the run passes and it keeps a row."""
    rows = unsteady.read()
    run = unsteady.next_run(rows)
    refused = unsteady.refused(rows, run)
    again = [one for one in failed if one.test not in refused]
    for one in failed:
        if one.test in refused:
            summary.add(
                f"{one.test} was run once more in one of the last {unsteady.WITHIN_RUNS} runs already"
            )
    if again:
        names = [one.test for one in again]
        print(f"== once more, alone: {len(names)}", flush=True)
        (lane,) = _side_by_side([plan.once_more(names)], began)
        passed = {one.test for one in lane.ended if one.outcome == "passed"}
        steady = tuple(one for one in again if one.test in passed)
        summary.second(lane, steady)
        if steady and complete:
            reruns = tuple(unsteady.Rerun(one.test, summary.lane_of(one.test), one.why) for one in steady)
            unsteady.append(unsteady.Row(run, datetime.now(UTC).date().isoformat(), commit(), reruns))
    if complete:
        unsteady.count(run)


def commit() -> str:
    words = ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    # Byte code is kept, though beside nobody's sources: rewriting each assert costs half of the rooms' time.
    os.environ["PYTHONPYCACHEPREFIX"] = str(HOME / "pycache")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("HYPOTHESIS_PROFILE", "repeatable")
    sys.exit(main(sys.argv[1:]))
