"""Counts calls straight from Asterisk's calls.csv. Standard library only; shares no code with Songhua.

Usage: python count_cel.py calls.csv [more files …] [--context hotline]

Prints one JSON object: offered, queued, answered, abandoned_greeting, abandoned_queue, abandoned_short,
answered_within_15, talk_ms, answer_wait_ms, longest_wait_ms, rings, other. A call is all lines of one
linkedid; it is offered when its first channel began in the context in which citizens arrive. Durations are
rounded to whole milliseconds, halves up, one call at a time. Transfers that join two linkedids are not
followed.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

COLUMNS = (
    "event", "time", "name", "number", "exten", "context", "channel",
    "app", "data", "uniqueid", "linkedid", "peer", "extra",
)  # fmt: skip
SUMS = (
    "offered", "queued", "answered", "abandoned_greeting", "abandoned_queue", "abandoned_short",
    "answered_within_15", "talk_ms", "answer_wait_ms", "longest_wait_ms", "rings", "other",
)  # fmt: skip
SHORT_MS = 5000
TARGET_MS = 15000

Line = dict[str, str]


def micros(line: Line) -> int:
    seconds, _, fraction = line["time"].partition(".")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6])


def ms(microseconds: int) -> int:
    return (microseconds + 500) // 1000


def is_tap(line: Line) -> bool:
    return line["channel"].startswith("AudioSocket/") or line["uniqueid"].startswith("tap-")


def read(names: Sequence[str]) -> Iterator[Line]:
    csv.field_size_limit(1 << 20)
    for name in names:
        with Path(name).open(encoding="utf-8", errors="replace", newline="") as lines:
            for row in csv.reader(lines):
                if len(row) == len(COLUMNS):
                    line = dict(zip(COLUMNS, row, strict=True))
                    if not is_tap(line):
                        yield line


def by_call(lines: Iterable[Line]) -> list[list[Line]]:
    calls: dict[str, list[Line]] = {}
    for line in lines:
        calls.setdefault(line["linkedid"], []).append(line)
    return [sorted(own, key=micros) for own in calls.values()]


def extra(line: Line) -> dict[str, Any]:
    try:
        found = json.loads(line["extra"]) if line["extra"] else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def together(lines: list[Line], citizen: str) -> tuple[int | None, int]:
    """When the citizen first shared a bridge with another channel, and how long in all (microseconds)."""
    where: dict[str, str] = {}
    since: int | None = None
    first: int | None = None
    total = 0
    for line in lines:
        at, who = micros(line), line["uniqueid"]
        if line["event"] == "BRIDGE_ENTER" and extra(line).get("bridge_technology") != "holding_bridge":
            where[who] = str(extra(line).get("bridge_id"))
        elif line["event"] in ("BRIDGE_EXIT", "HANGUP", "CHAN_END"):
            where.pop(who, None)
        mine = where.get(citizen)
        shared = mine is not None and sum(1 for bridge in where.values() if bridge == mine) > 1
        if shared and since is None:
            since = at
            first = at if first is None else first
        elif not shared and since is not None:
            total += at - since
            since = None
    if since is not None:
        total += micros(lines[-1]) - since
    return first, total


def who_hung_up(lines: list[Line], citizen: str) -> str:
    for line in lines:
        if line["event"] == "HANGUP" and line["uniqueid"] == citizen:
            return str(extra(line).get("hangupsource", ""))
    return "dialplan/nobody"


def count_one(lines: list[Line], context: str, sums: Counter[str]) -> None:
    started = [line for line in lines if line["event"] == "CHAN_START"]
    over = any(line["event"] == "LINKEDID_END" for line in lines)
    if not started or started[0]["context"] != context or not over:
        return
    citizen = started[0]["uniqueid"]
    queue = [micros(line) for line in lines if line["event"] == "APP_START" and line["app"] == "Queue"]
    first, talked = together(lines, citizen)
    until = micros(lines[-1]) if first is None else first
    waited = ms(until - (queue[0] if queue else micros(lines[0])))
    sums["offered"] += 1
    sums["queued"] += bool(queue)
    sums["rings"] += sum(1 for line in started[1:] if line["channel"].startswith("PJSIP/"))
    sums["longest_wait_ms"] = max(sums["longest_wait_ms"], waited)
    if first is not None:
        sums["answered"] += 1
        sums["answered_within_15"] += waited <= TARGET_MS
        sums["talk_ms"] += ms(talked)
        sums["answer_wait_ms"] += waited
    elif who_hung_up(lines, citizen).startswith("dialplan/"):
        sums["other"] += 1
    elif waited < SHORT_MS:
        sums["abandoned_short"] += 1
    else:
        sums["abandoned_queue" if queue else "abandoned_greeting"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Counts calls straight from Asterisk's calls.csv.")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--context", default="hotline")
    given = parser.parse_args()
    sums: Counter[str] = Counter()
    for lines in by_call(read(given.files)):
        count_one(lines, given.context, sums)
    json.dump({name: sums[name] for name in SUMS}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
