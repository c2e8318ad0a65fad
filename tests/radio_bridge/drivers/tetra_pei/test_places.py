"""Where a radio is and when it was there, from its reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import lip
from radio_bridge.codecs.lip import Elapsed, LipShortReport, LongReport, Moment, Shape, Velocity
from radio_bridge.drivers.tetra_pei.places import ACCURACY_UNKNOWN_M, OLDEST_S, place_of

NOW = datetime(2026, 3, 1, 0, 5, tzinfo=UTC)


def short(elapsed: int = 0, accuracy_m: float | None = 20.0, speed_mps: float | None = 2.5) -> LipShortReport:
    return LipShortReport(Elapsed(elapsed), 126.6, 45.7, accuracy_m, speed_mps, 90.0, 129)


def test_a_short_report() -> None:
    place = place_of(short(), NOW)
    assert (place.lon, place.lat, place.accuracy_m) == (126.6, 45.7, 20.0)
    assert (place.speed_mps, place.heading_deg, place.measured_at) == (2.5, 90.0, None)
    assert place_of(short(accuracy_m=None), NOW).accuracy_m == ACCURACY_UNKNOWN_M
    assert place_of(short(speed_mps=0.0), NOW).heading_deg is None


@pytest.mark.parametrize(("code", "age_s"), [(1, 300), (2, 1800), (3, OLDEST_S)])
def test_an_old_position_is_not_called_a_new_one(code: int, age_s: float) -> None:
    assert place_of(short(code), NOW).measured_at == NOW - timedelta(seconds=age_s)


def test_a_captured_long_report_has_its_own_time() -> None:
    report = lip.decode(bytes.fromhex("0A4E73DDA841F55809493CC081"))
    assert isinstance(report, LongReport)
    place = place_of(report, datetime(2026, 3, 20, tzinfo=UTC))
    assert place.measured_at == datetime(2026, 3, 14, 15, 29, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "measured"),
    [
        (Moment(28, 23, 59, 58), datetime(2026, 2, 28, 23, 59, 58, tzinfo=UTC)),
        (Moment(1, 0, 4, 0), datetime(2026, 3, 1, 0, 4, tzinfo=UTC)),
        # Its clock is ahead of ours.
        (Moment(1, 0, 8, 0), datetime(2026, 3, 1, 0, 8, tzinfo=UTC)),
        # February has no such day, and January had it too long ago for anything else.
        (Moment(30, 12, 0, 0), None),
    ],
)
def test_a_day_of_the_month_is_the_last_one_that_there_was(moment: Moment, measured: datetime | None) -> None:
    report = LongReport(moment, Shape(2, 126.6, 45.7, radius_m=30.0), Velocity(0), False, 129)
    place = place_of(report, NOW)
    assert place.measured_at == measured
    assert place.accuracy_m == 30.0


@given(
    st.builds(Moment, st.integers(1, 31), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59)),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_any_moment_is_within_two_months_or_none(moment: Moment, now: datetime) -> None:
    report = LongReport(moment, Shape(1, 126.6, 45.7), Velocity(0), False, 129)
    measured = place_of(report, now).measured_at
    if measured is not None:
        assert now - timedelta(days=62) < measured <= now + timedelta(minutes=5)
        assert measured.day == moment.day
