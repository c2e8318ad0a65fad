"""How long callers waited for the answer and for a person, out of the switch's own lines (CEL)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.radio.figures import quantile

AGENT = "PJSIP/agent-"
PLACED = "wn-"
"""Begins the Uniqueid of a leg that was placed for a warning."""
EVENT, AT, CHANNEL, UNIQUEID, LINKEDID = 0, 1, 6, 9, 10


@dataclass(slots=True)
class CallerWait:
    """Times of the clock, in seconds. `answered` by the dialplan, `talked`: an agent picked up."""

    began: float
    answered: float | None = None
    talked: float | None = None


def lines_of(cel: Path) -> list[list[str]]:
    """All that the switch has written so far."""
    with cel.open(encoding="utf-8", errors="replace", newline="") as stream:
        return list(csv.reader(stream))


def waits_of(lines: Iterable[Sequence[str]]) -> list[CallerWait]:
    """One for each caller, in the order in which they came; channels that nobody dialled are none."""
    found: dict[str, CallerWait] = {}
    for line in lines:
        if len(line) <= LINKEDID:
            continue
        linkedid, own = line[LINKEDID], line[UNIQUEID] == line[LINKEDID]
        if line[EVENT] == "CHAN_START" and own and not _is_ours(line):
            found[linkedid] = CallerWait(float(line[AT]))
        elif line[EVENT] == "ANSWER" and (caller := found.get(linkedid)) is not None:
            if own:
                caller.answered = caller.answered or float(line[AT])
            elif line[CHANNEL].startswith(AGENT):
                caller.talked = caller.talked or float(line[AT])
    return list(found.values())


def _is_ours(line: Sequence[str]) -> bool:
    """Whether an agent dialled, or we did."""
    return line[CHANNEL].startswith(AGENT) or line[UNIQUEID].startswith(PLACED)


def placed_of(lines: Iterable[Sequence[str]]) -> list[float]:
    """When each call about a warning began, in order; it has several channels, of which the first counts."""
    return [
        float(line[AT])
        for line in lines
        if len(line) > LINKEDID
        and line[EVENT] == "CHAN_START"
        and line[UNIQUEID].startswith(PLACED)
        and line[UNIQUEID] == line[LINKEDID]
    ]


def summed(waits: Iterable[CallerWait], since: float, until: float) -> dict[str, float | int | None]:
    """Of the callers who came between two moments: seconds to the answer and to a person."""
    came = [one for one in waits if since <= one.began < until]
    answered = [one.answered - one.began for one in came if one.answered is not None]
    talked = [one.talked - one.began for one in came if one.talked is not None]
    return {
        "callers": len(came),
        "unanswered": len(came) - len(answered),
        "nobody": len(came) - len(talked),
        "answer_p95_s": _told(answered, 0.95), "answer_max_s": _told(answered, 1.0),
        "person_p50_s": _told(talked, 0.5), "person_p95_s": _told(talked, 0.95),
        "person_max_s": _told(talked, 1.0),
    }  # fmt: skip


def _told(values: Sequence[float], share: float) -> float | None:
    """None without a value: JSON has no word for it."""
    return round(quantile(values, share), 3) if values else None
