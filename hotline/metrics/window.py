"""What happened to queued calls in a sliding time, and today: exact counts, pure and bounded.

Definitions (each call is counted once, in the queue in which it was answered or given up):

- *answered*: an agent was heard by the caller. It counts at that moment. Its *wait* is from joining the queue
  to that moment; unknown (None) for a call that was being answered while no gateway ran.
- *abandoned*: the caller was gone before an agent was heard, after `short_s` seconds in the queue or more. It
  counts when the call ended. Who gives up sooner has misdialled and is counted nowhere.
- *connect rate*: answered / (answered + abandoned); GB/T 33358: at least 0.95 in 24 hours. Calls that end
  before they reach a queue are in the reports (docs/metrics.md) and not on the board.
- *within 15 s*: answered with a known wait of at most 15 s / (answered with a known wait + abandoned).
- *average wait*: mean of the known waits of the answered calls.
- *average talk*: mean of the seconds from answer to the end of the call, for calls that have ended; counted
  when the call ended.
- *sliding 24 h* is the half-open time (now - 86 400 s, now]; *today* is its part since local midnight.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, NamedTuple, Self

Kind = Literal["answered", "abandoned", "talk"]

DAY_S: Final = 86_400.0
IN_TIME_S: Final = 15.0
MOST: Final = 300_000
"""Of one queue in 24 hours: three times a mega-city's worst day. Beyond that the oldest are forgotten."""


class Happened(NamedTuple):
    """`seconds` are the wait of an answered or abandoned call, or the talk of one that has ended."""

    at: float
    kind: Kind
    seconds: float | None


@dataclass(slots=True)
class WindowSums:
    """Of a set of `Happened`; adding and taking away are exact inverses."""

    answered: int = 0
    abandoned: int = 0
    in_time: int = 0
    waits: int = 0
    wait_ms: int = 0
    talks: int = 0
    talk_ms: int = 0

    def add(self, one: Happened, sign: int = 1) -> None:
        # Whole milliseconds: a sum of floats would drift as calls come and go.
        milliseconds = 0 if one.seconds is None else round(one.seconds * 1000)
        if one.kind == "talk":
            self.talks += sign
            self.talk_ms += sign * milliseconds
            return
        if one.kind == "abandoned":
            self.abandoned += sign
            return
        self.answered += sign
        if one.seconds is not None:
            self.waits += sign
            self.wait_ms += sign * milliseconds
            self.in_time += sign * (one.seconds <= IN_TIME_S)

    def __iadd__(self, other: WindowSums) -> Self:
        for name in WindowSums.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def offered(self) -> int:
        """Calls that left the queue, answered or abandoned."""
        return self.answered + self.abandoned

    @property
    def connect_rate(self) -> float | None:
        """Answered of offered, 0 to 1; None without calls."""
        return _share(self.answered, self.offered)

    @property
    def within_15s(self) -> float | None:
        """Answered within 15 s, of answered and abandoned, 0 to 1; None without calls."""
        return _share(self.in_time, self.waits + self.abandoned)

    @property
    def average_wait_s(self) -> float | None:
        """Seconds that answered callers waited; None without any."""
        return self.wait_ms / self.waits / 1000 if self.waits else None

    @property
    def average_talk_s(self) -> float | None:
        """Seconds of a conversation; None without any."""
        return self.talk_ms / self.talks / 1000 if self.talks else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def local_day(at: float, zone: tzinfo = UTC) -> tuple[float, float]:
    """The midnights between which `at` lies."""
    day = datetime.fromtimestamp(at, zone).date()
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> float:
    return datetime.combine(day, time(0), zone).timestamp()


class SlidingDay:
    """The sliding day of one queue, and its present day within it."""

    __slots__ = ("_day", "_events", "_last_24h", "_today", "_zone", "dropped", "most")

    def __init__(self, zone: tzinfo = UTC, *, most: int = MOST) -> None:
        self.most = most
        self.dropped = 0
        self._events: deque[Happened] = deque()
        self._zone = zone
        self._last_24h = WindowSums()
        self._today = WindowSums()
        self._day = (0.0, 0.0)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, one: Happened, now: float) -> None:
        """Count it. It may be older than others that were counted; what is too old is left out."""
        self._move_on(now)
        if one.at <= now - DAY_S:
            return
        if self._events and one.at < self._events[-1].at:
            self._insert(one)
        else:
            self._events.append(one)
        self._last_24h.add(one)
        if one.at >= self._day[0]:
            self._today.add(one)
        if len(self._events) > self.most:
            self._drop()
            self.dropped += 1

    def sums(self, now: float) -> tuple[WindowSums, WindowSums]:
        """(the last 24 hours, today). They are the window's own: read them at once."""
        self._move_on(now)
        return self._last_24h, self._today

    def _move_on(self, now: float) -> None:
        while self._events and self._events[0].at <= now - DAY_S:
            self._drop()
        if not self._day[0] <= now < self._day[1]:
            self._day = local_day(now, self._zone)
            self._today = WindowSums()
            for one in self._events:
                if one.at >= self._day[0]:
                    self._today.add(one)

    def _drop(self) -> None:
        gone = self._events.popleft()
        self._last_24h.add(gone, -1)
        if gone.at >= self._day[0]:
            self._today.add(gone, -1)

    def _insert(self, one: Happened) -> None:
        # Rare: a call whose end is told late, or the day that is read back at the start.
        later: list[Happened] = []
        while self._events and self._events[-1].at > one.at:
            later.append(self._events.pop())
        insort(later, one, key=lambda each: -each.at)
        self._events.extend(reversed(later))
