"""What the bench says of `growth`, from raw output of the shape that a run makes."""

from __future__ import annotations

from typing import Any

from tests.bench.hotline.__main__ import tell_growth


def level(at_once: int, ms: float, *, calls: int | None = None) -> dict[str, Any]:
    rate = at_once / 60
    return {
        "at_once": at_once, "really_at_once": at_once, "rate": round(rate, 3), "window_s": 60.0,
        "calls": at_once if calls is None else calls, "failed": 0, "centre_ms_a_call": ms,
        "centre_cores": round(rate * ms / 1000, 4),
    }  # fmt: skip


def said(*rows: dict[str, Any]) -> str:
    return tell_growth(list(rows))[-1]


def test_a_cost_that_stays_or_falls_is_flat() -> None:
    assert said(level(10, 161), level(50, 153), level(150, 99)).endswith(
        "reached (worst is +0% of the first)"
    )


def test_a_cost_that_rises_by_more_than_a_fifth_is_not() -> None:
    assert "MISSED" in said(level(10, 100), level(50, 121))


def test_a_level_that_starved_the_centre_is_not_measured_and_reaches_no_goal() -> None:
    """What the centre did not come to do in the window costs nothing in it."""
    line = said(level(10, 161), level(150, 99), level(450, 15))
    assert "up to 150 at once: reached" in line
    assert "450 NOT MEASURED: the machine was full" in line


def test_a_level_at_which_fewer_calls_came_than_were_to_come_is_not_measured() -> None:
    line = said(level(10, 161), level(150, 99), level(450, 99, calls=360))
    assert "450 NOT MEASURED" in line


def test_beyond_a_full_machine_nothing_is_measured() -> None:
    line = said(level(10, 160), level(150, 40), level(300, 38), level(450, 200))
    assert "up to 10 at once: reached" in line
    assert "150, 300, 450 NOT MEASURED" in line


def test_a_rise_before_the_machine_was_full_is_missed_all_the_same() -> None:
    assert "MISSED" in said(level(10, 100), level(50, 130), level(150, 20))


def test_where_even_the_first_level_filled_the_machine_nothing_is_reached() -> None:
    line = said(level(450, 99, calls=300))
    assert "reached" not in line
    assert "450 NOT MEASURED" in line
