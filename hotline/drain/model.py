"""Which calls a drain waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hotline.calls.model import Call

SHORTEST_S: Final = 1.0
LONGEST_S: Final = 3_600.0
HOLDS_S: Final = 1_800.0
"""After the time that was given for it: so long a stop, an upgrade and a start may take. Then calls go to
agents again, whatever became of who drained.
"""


@dataclass(frozen=True, slots=True)
class DrainSpan:
    """From when, until when at the latest, and by whose wish."""

    since: datetime
    until: datetime
    by: str


def is_kept(call: Call, since: float) -> bool:
    """Whether this call waits in the switch until the drain ends: a citizen's who came to no queue before."""
    return call.inbound and call.answered_at is None and (call.queued_at is None or call.queued_at > since)


def counted(calls: Iterable[Call], since: float) -> tuple[int, int]:
    """How many have to end, and how many wait for the end of the drain."""
    kept = left = 0
    for call in calls:
        if call.legs:
            if is_kept(call, since):
                kept += 1
            else:
                left += 1
    return left, kept
