"""A stretch of time that a recorder has, or that somebody wants of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class RecordedSpan:
    """UTC, to the second; `begin` lies before `end`."""

    begin: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.begin).total_seconds()
