"""Where more is reported than in the weeks before: a ratio, and how surprising it is by chance. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LEAST: Final = 3
"""Cases of the newest week below which nothing is a hot spot."""
_PRIOR: Final = 0.5
"""Cases that are added to the earlier weeks: a place that never had one is not infinitely hot."""


@dataclass(frozen=True, slots=True)
class Hotspot:
    """`usual`: cases of an earlier week on average. `ratio`: now over usual. `surprise`: minus the decimal
    logarithm of the probability that a place with the usual rate has so many or more; 3 is one in a thousand.
    """

    key: str
    now: int
    usual: float
    ratio: float
    surprise: float


def hotspot(key: str, now: int, earlier: int, weeks: int) -> Hotspot:
    """`earlier` cases in the `weeks` (at least 1) weeks before. Counts of places are taken as Poisson."""
    expected = (earlier + _PRIOR) / weeks
    return Hotspot(key, now, earlier / weeks, now / expected, _surprise(now, expected))


def hotspots(counts: Iterable[tuple[str, int, int]], weeks: int, *, least: float = 1.3) -> list[Hotspot]:
    """The most surprising first, of (place, cases now, cases earlier); none below `LEAST` or `least`."""
    found = (hotspot(key, now, earlier, weeks) for key, now, earlier in counts if key and now >= LEAST)
    return sorted((one for one in found if one.surprise >= least), key=lambda one: (-one.surprise, one.key))


def _surprise(count: int, expected: float) -> float:
    """-log10 P(X >= count), X Poisson with this mean. Summed from the tail where the tail is small, so that
    what is next to impossible still has its order.
    """
    if count <= 0:
        return 0.0
    log_first = -expected + count * math.log(expected) - math.lgamma(count + 1)
    if count > expected:
        share, part, place = 1.0, 1.0, count
        while part > 1e-12:
            place += 1
            part *= expected / place
            share += part
        return -(log_first + math.log(share)) / math.log(10)
    below = part = math.exp(-expected)
    for place in range(1, count):
        part *= expected / place
        below += part
    return max(0.0, -math.log10(max(1e-15, 1 - below)))
