"""A position as a unit reported it, and where the rule put it in time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PositionFix:
    """WGS-84 degrees, `accuracy_m` the radius that holds the true point. `device_at` is the unit's own clock,
    `received_at` ours; `sent_at` is the unit's clock when it sent this, where the bearer tells. `source` is
    the bearer that brought it, with the device where there are several.
    """

    lon: float
    lat: float
    accuracy_m: float
    source: str
    device_at: datetime
    received_at: datetime
    sent_at: datetime | None = None
    altitude_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery_pct: int | None = None


@dataclass(frozen=True, slots=True)
class UnitPosition:
    """`measured_at` is the unit's word on when, bounded by our clock: never later than we received it.
    `reckoning` counts how often the source's clock was judged anew: within one, its own times compare.
    """

    fix: PositionFix
    measured_at: datetime
    reckoning: int = 0

    def age_s(self, now: datetime) -> float:
        """Seconds since it was measured."""
        return max(0.0, (now - self.measured_at).total_seconds())
