"""Where a radio says that it is, from its reports of LIP: pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from field.contract.data import AirPlace
from radio_bridge.codecs.lip import Elapsed, LipShortReport, LongReport, Moment

ACCURACY_UNKNOWN_M: Final = 100.0
"""Of a radio that does not say how good its position is."""
OLDEST_S: Final = 1_800.0
"""A position of unknown age counts as old as the oldest that has one."""
MONTHS_BACK: Final = 2


def place_of(report: LipShortReport | LongReport, now: datetime) -> AirPlace:
    """`now` in UTC: a report's day of the month is the last one that there was."""
    if isinstance(report, LipShortReport):
        accuracy_m, altitude_m = report.accuracy_m, None
        speed_mps, heading_deg = report.speed_mps, _while_moving(report)
        time: Elapsed | Moment | None = report.elapsed
    else:
        shape, velocity = report.shape, report.velocity
        accuracy_m = shape.accuracy_m or shape.radius_m
        altitude_m = shape.altitude_m
        speed_mps, heading_deg = velocity.speed_mps, velocity.heading_deg
        time = report.time
    return AirPlace(
        report.lon, report.lat, accuracy_m or ACCURACY_UNKNOWN_M, _measured(time, now), altitude_m, speed_mps,
        heading_deg,
    )  # fmt: skip


def _while_moving(report: LipShortReport) -> float | None:
    """A radio that stands has no direction, and the short report has no sign for that."""
    return report.heading_deg if report.speed_mps else None


def _measured(time: Elapsed | Moment | None, now: datetime) -> datetime | None:
    match time:
        case Elapsed(0) | None:
            return None
        case Elapsed():
            return now - timedelta(seconds=time.at_most_s or OLDEST_S)
        case Moment():
            return _last(time, now)


def _last(moment: Moment, now: datetime) -> datetime | None:
    """The last such day that there was; None for one that there was not lately."""
    first = now.replace(day=1)
    for _ in range(MONTHS_BACK):
        try:
            found = first.replace(
                day=moment.day, hour=moment.hour, minute=moment.minute, second=moment.second, microsecond=0
            )
        except ValueError:
            found = None
        # Its clock may be a little ahead of ours.
        if found is not None and found <= now + timedelta(minutes=5):
            return found
        first = (first - timedelta(days=1)).replace(day=1)
    return None
