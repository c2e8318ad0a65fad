"""The rule of positions: newest by the unit's own clock, bounded by ours, whatever order they come in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from field.units.places.model import PositionFix, UnitPosition
from field.units.places.radio import rule
from field.units.places.radio.rule import Fate, UnitTrack, apply

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LON, LAT = 126.62, 45.77
DAY_S = 86_400.0
OFF = st.floats(3_600, 2 * DAY_S).flatmap(lambda by: st.sampled_from([by, -by]))
"""How far a wrong clock is off."""


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fix(
    measured_s: float, received_s: float | None = None, *, off_s: float = 0.0, **more: object
) -> PositionFix:
    """A report of a unit that drives east at 10 m/s; its clock is off by `off_s`."""
    received = measured_s if received_s is None else received_s
    lon = LON + measured_s * 10 / 77_700
    made = PositionFix(lon, LAT, 8.0, "app", at(measured_s + off_s), at(received))
    return replace(made, **more)  # type: ignore[arg-type]


def told(fixes: Iterable[PositionFix], track: UnitTrack | None = None) -> tuple[UnitTrack, list[Fate]]:
    track, fates = track or UnitTrack(), []
    for one in fixes:
        track, found = apply(track, one)
        fates.append(found.fate)
        assert found.placed.measured_at <= one.received_at
    return track, fates


def shown(track: UnitTrack) -> UnitPosition:
    assert track.shown is not None
    return track.shown


@given(st.permutations(range(8)), st.lists(st.floats(0, 20), min_size=8, max_size=8))
def test_in_whatever_order_the_newest_by_the_units_clock_is_shown(
    order: Sequence[int], delays: Sequence[float]
) -> None:
    """Reports of 5 s apart, each up to a minute on the way, as the broker keeps them; all of them twice."""
    came = sorted(40 + delay for delay in delays)
    sent = [fix(number * 5, moment) for number, moment in zip(order, came, strict=True)]
    track, fates = told(itertools.chain.from_iterable((one, one) for one in sent))
    assert shown(track).fix.device_at == at(35)
    assert fates.count("again") == 8


@given(OFF, st.floats(2, 600), st.integers(3, 8), st.floats(0, 0.4))
def test_a_clock_that_was_always_wrong_hides_the_unit_for_one_report_at_most(
    off_s: float, every_s: float, count: int, jitter: float
) -> None:
    known, _ = told([fix(-every_s, source="owntracks")])
    track = known
    for number in range(count):
        one = fix(number * every_s, number * every_s + jitter * (number % 2), off_s=off_s)
        track, found = apply(track, one)
        if number > 0:
            assert found.fate == "newest"
            assert shown(track).fix == one
            assert shown(track).age_s(one.received_at) <= rule.NEAR_S


@given(st.lists(st.tuples(OFF, st.floats(0, 3_000)), min_size=1, max_size=8))
@example([(-3600.0, 0.0), (-3601.0, 0.0)])
def test_a_clock_that_tells_when_it_sent_is_never_mistaken(jumps: list[tuple[float, float]]) -> None:
    """Each report by another clock; it was kept for a while before it was sent. A clock that differs from the
    one before it by less than `NEAR_S` may be the same one, and its report longer on the way.
    """
    track, _ = told([fix(-3_100)])
    for number, (off_s, kept_s) in enumerate(jumps):
        now = number * 3_100.0
        one = fix(now - kept_s, now, off_s=off_s, sent_at=at(now + off_s))
        track, found = apply(track, one)
        assert found.fate == "newest"
        nearly = any(abs(off_s - other) <= rule.NEAR_S for other, _ in jumps[:number])
        assert abs(shown(track).age_s(at(now)) - kept_s) < (rule.NEAR_S if nearly else 0.0) + 1e-3


@given(OFF, st.integers(1, 5), st.integers(2, 5))
def test_a_clock_that_goes_wrong_and_is_put_right_neither_wins_nor_hides(
    off_s: float, wrong: int, right: int
) -> None:
    before, _ = told([fix(0), fix(10)])
    broken, _ = told([fix(20 + 10 * number, off_s=off_s) for number in range(wrong)], before)
    then = 20 + 10 * wrong
    fixed = [fix(then + 10 * number) for number in range(right)]
    track, fates = told(fixed, broken)
    assert fates == ["newest"] * right
    assert shown(track).fix == fixed[-1]
    assert shown(track).measured_at == fixed[-1].device_at


@given(OFF, st.integers(2, 6))
def test_another_source_is_not_beaten_by_a_wrong_clock(off_s: float, count: int) -> None:
    track, _ = told(fix(10 * number, off_s=off_s) for number in range(count))
    later = fix(10 * count, source="owntracks/phone")
    track, fates = told([later], track)
    assert fates == ["newest"]
    assert shown(track).fix == later


@given(st.integers(2, 30), st.floats(1, 30), st.floats(0, 1.9))
def test_what_was_kept_without_a_network_is_history(count: int, every_s: float, between_s: float) -> None:
    """Two hours without a network; on the way back the newest comes first, then what was kept, in a burst."""
    track, _ = told([fix(0), fix(5)])
    live = fix(7_200)
    burst = [fix(10 + number * every_s, 7_200 + number * between_s) for number in range(1, count)]
    after, fates = told([live, *burst], track)
    assert shown(after).fix == live
    assert fates == ["newest", *["older"] * (count - 1)]


def test_what_was_kept_comes_before_the_newest_and_keeps_its_age() -> None:
    track, _ = told([fix(0)])
    burst = [fix(600 + 10 * number, 7_200 + number * 0.1) for number in range(20)]
    track, fates = told(burst, track)
    assert set(fates) == {"newest"}
    assert shown(track).age_s(at(7_202)) == 7_202 - 790
    track, fates = told([fix(7_203)], track)
    assert shown(track).age_s(at(7_203)) == 0


def test_a_day_that_was_kept_by_a_clock_ahead_does_not_beat_the_live_one() -> None:
    track, _ = told([fix(0, off_s=DAY_S), fix(10, off_s=DAY_S)])
    track, fates = told([fix(3_600, off_s=DAY_S), fix(20, 3_600.5, off_s=DAY_S)], track)
    assert fates == ["newest", "older"]


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({"accuracy_m": 0.0}, "vague"),
        ({"accuracy_m": -5.0}, "vague"),
        ({"accuracy_m": float("nan")}, "vague"),
        ({"accuracy_m": 50_000.0}, "vague"),
        ({"lon": 0.0, "lat": 0.0}, "nowhere"),
        ({"lon": 200.0}, "nowhere"),
        ({"lat": float("nan")}, "nowhere"),
        ({"lat": 31.23, "lon": 121.47}, "too_far"),
    ],
)
def test_what_cannot_be_is_dropped_with_its_reason(change: dict[str, float], fate: Fate) -> None:
    track, _ = told([fix(0)])
    after, fates = told([replace(fix(10), **change)], track)  # type: ignore[arg-type]
    assert fates == [fate]
    assert after.shown == track.shown
    _, fates = told([fix(20)], after)
    assert fates == ["newest"]


def test_two_that_agree_far_away_are_believed() -> None:
    track, _ = told([fix(0)])
    away = [replace(fix(10 * number), lon=121.47, lat=31.23) for number in (1, 2, 3)]
    track, fates = told(away, track)
    assert fates == ["too_far", "newest", "newest"]
    _, fates = told([fix(40)], track)
    assert fates == ["too_far"]


def test_a_coarse_source_does_not_replace_a_good_one_until_that_is_old() -> None:
    track, _ = told([fix(0)])
    track, fates = told([fix(30, source="owntracks/phone", accuracy_m=900.0)], track)
    assert fates == ["coarser"]
    _, fates = told([fix(90, source="owntracks/phone", accuracy_m=900.0)], track)
    assert fates == ["newest"]


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(-1e6, 1e6)), max_size=60))
def test_any_times_and_sources_leave_a_bounded_track_that_is_never_ahead_of_us(
    reports: list[tuple[int, float]],
) -> None:
    track = UnitTrack()
    for number, (source, off_s) in enumerate(reports):
        track, found = apply(track, fix(number, off_s=off_s, source=f"source {source}"))
        assert len(track.clocks) <= rule.MOST_SOURCES
        assert found.placed.measured_at <= at(number)
        if track.shown is not None:
            assert track.shown.measured_at <= at(number)


def test_after_a_restart_a_time_of_tomorrow_does_not_hide_today() -> None:
    """What was read from the tables knows nothing of the clock that made it."""
    kept = UnitPosition(fix(0, off_s=DAY_S), at(0), reckoning=-1)
    track, fates = told([fix(10)], UnitTrack(shown=kept))
    assert fates == ["newest"]
    assert shown(track).fix == fix(10)
