"""What measured values say: spread, goals, whether a number of streams is held, how clean a line is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import ceil, inf
from statistics import median
from typing import Any, Final, Literal

HELD_LAG_S: Final = 5.0
"""The p95 of the finals' lag may not be longer; an agent still works with what was said before it."""
GROWTH_S: Final = 1.0
"""So much the median lag of the last third may lie over that of the first."""
FRAME_S: Final = 0.02
PLAYOUT_S: Final = 0.1
"""What a telephone's jitter buffer bridges; a frame that comes later is not heard."""
STAMPS_PER_S: Final = 8000


@dataclass(frozen=True, slots=True)
class Spread:
    """Nearest rank: each figure is a value that was measured, in the unit of the values, or infinite where
    what was waited for never came. `n` counts the `lost` too.
    """

    n: int
    lost: int
    p50: float
    p95: float
    p99: float
    worst: float


def spread(values: Iterable[float], lost: int = 0) -> Spread | None:
    """None where nothing was waited for. `lost` of it never came: that is later than all else."""
    ordered = sorted(values) + [inf] * lost
    if not ordered:
        return None

    def ranked(share: float) -> float:
        return round(ordered[max(0, ceil(share * len(ordered)) - 1)], 4)

    return Spread(len(ordered), lost, ranked(0.5), ranked(0.95), ranked(0.99), ranked(1.0))


def shown(values: Iterable[float], lost: int = 0) -> dict[str, Any] | None:
    """A spread as it stands in the raw output: None where it never came."""
    found = spread(values, lost)
    if found is None:
        return None
    return {name: None if value == inf else value for name, value in asdict(found).items()}


@dataclass(frozen=True, slots=True)
class Goal:
    """`measured` is None where nothing could be measured, or where it never came: that is no success."""

    what: str
    measured: float | None
    sense: Literal["<", "≥"]
    limit: float
    unit: str = ""

    @property
    def reached(self) -> bool:
        if self.measured is None:
            return False
        return self.measured < self.limit if self.sense == "<" else self.measured >= self.limit

    def told(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        seen = "nothing measured, or it never came" if self.measured is None else f"{self.measured:.3g}{unit}"
        return f"goal: {self.what} {self.sense} {self.limit:g}{unit}: {self.word} ({seen})"

    @property
    def word(self) -> str:
        return "reached" if self.reached else "MISSED"

    def kept(self) -> dict[str, Any]:
        return {**asdict(self), "reached": self.reached}


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance: when the gate closed it and when its text was there (any clock), and its length.
    `done` is None when it never had one.
    """

    ended: float
    done: float | None
    seconds: float
    whole: bool = True

    @property
    def lag(self) -> float | None:
        return None if self.done is None else self.done - self.ended


def is_held(heard: Sequence[Heard], refused: int) -> bool:
    """All of the run's audio has text, soon enough, and it does not come later and later."""
    lags = [one.lag for one in sorted(heard, key=lambda one: one.ended)]
    known = [lag for lag in lags if lag is not None]
    found = spread(known)
    if refused or found is None or len(known) < len(lags) or not all(one.whole for one in heard):
        return False
    third = max(1, len(known) // 3)
    return found.p95 <= HELD_LAG_S and median(known[-third:]) <= median(known[:third]) + GROWTH_S


def speech_per_second(heard: Iterable[Heard], since: float, until: float) -> float:
    """Seconds of speech that were recognised in a second of this time."""
    done = sum(one.seconds for one in heard if one.done is not None and since < one.done <= until)
    return done / (until - since)


@dataclass(frozen=True, slots=True)
class Packet:
    """An RTP packet of one frame as it came: `at` in seconds of any clock."""

    at: float
    sequence: int
    stamp: int


@dataclass(frozen=True, slots=True)
class Cleanness:
    """`unheard` is the share of frames that were lost or too late to be played; `worst_gap_s` is the
    longest time between a packet and the next.
    """

    frames: int
    lost: int
    late: int
    worst_gap_s: float

    @property
    def unheard(self) -> float:
        return (self.lost + self.late) / self.frames if self.frames else 1.0


def cleanness(packets: Sequence[Packet], *, playout_s: float = PLAYOUT_S) -> Cleanness:
    """What an ear with this much of a jitter buffer hears of one stream.

    Each packet is due as long after the first as its stamp says, counted from the one that was on its way for
    the shortest time.
    """
    if len(packets) < 2:
        return Cleanness(len(packets), 0, 0, 0.0)
    first = packets[0]
    numbers = [_since(first.sequence, one.sequence, 1 << 16) for one in packets]
    way = [one.at - _since(first.stamp, one.stamp, 1 << 32) / STAMPS_PER_S for one in packets]
    soonest = min(way)
    frames = max(numbers) - min(numbers) + 1
    return Cleanness(
        frames=frames,
        lost=frames - len(set(numbers)),
        late=sum(one - soonest > playout_s for one in way),
        worst_gap_s=round(max(b.at - a.at for a, b in pairwise(packets)), 4),
    )


def _since(first: int, one: int, wrap: int) -> int:
    """How far a counter that wraps has gone; a packet that was overtaken lies a little before."""
    ahead = (one - first) % wrap
    return ahead if ahead < wrap // 2 else ahead - wrap
