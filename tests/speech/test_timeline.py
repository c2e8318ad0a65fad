"""Stamps by arrival: pauses move on, bursts do not reach into the future."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.model import Timeline


def test_steady_audio_is_stamped_by_its_own_length() -> None:
    line = Timeline(started=10.0)
    for frame in range(1, 101):
        assert line.arrived(160, 10.0 + frame * 0.02) is None
    assert line.position == pytest.approx(2.0)


def test_a_hold_without_frames_moves_the_time_on() -> None:
    line = Timeline(started=0.0)
    line.arrived(8000, 1.0)
    assert line.arrived(160, 31.02) == pytest.approx(30.0)
    assert line.position == pytest.approx(31.02)


def test_a_backlog_read_at_once_after_a_freeze_is_not_stamped_in_the_future() -> None:
    line = Timeline(started=0.0)
    line.arrived(8000, 1.0)
    for _ in range(5):  # five seconds of backlog, read in 1 s pieces at the same moment
        line.arrived(8000, 6.0)
    assert line.position <= 6.0 + line.tolerance_s
    line.arrived(160, 6.02)
    assert line.position == pytest.approx(6.02, abs=line.tolerance_s)


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(1, 40_000)), min_size=1, max_size=50))
def test_no_stamp_lies_before_the_start_or_in_the_future(pieces: list[tuple[float, int]]) -> None:
    line = Timeline(started=5.0)
    now = 5.0
    for wait, samples in pieces:
        now += wait
        line.arrived(samples, now)
        assert line.position <= now - 5.0 + line.tolerance_s + 1e-6
        assert line.seconds_at(0) >= 0
