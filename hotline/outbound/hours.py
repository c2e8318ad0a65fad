"""The hours in which people may be called: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final


@dataclass(frozen=True, slots=True)
class CallingHours:
    """From `start` up to, and without, `end` on each day of `zone`; over midnight if `end` is earlier; the
    whole day if they are the same.
    """

    start: time
    end: time
    zone: tzinfo = UTC

    def open(self, at: float) -> bool:
        now = datetime.fromtimestamp(at, self.zone).time()
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def next_open(self, at: float) -> float:
        """`at` itself when it lies within the hours, else when they begin next."""
        if self.open(at):
            return at
        moment = datetime.fromtimestamp(at, self.zone)
        for days in (0, 1, 2):
            day = moment.date() + timedelta(days=days)
            begins = datetime.combine(day, self.start, self.zone).timestamp()
            if begins >= at:
                return begins
        return at  # not reached: one of three days begins later


ALL_DAY: Final = CallingHours(time(0), time(0))
