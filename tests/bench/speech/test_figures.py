"""Spread, goals, what counts as held, and what an ear hears of a line."""

from __future__ import annotations

import json
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.speech.figures import (
    Goal,
    Heard,
    Packet,
    cleanness,
    is_held,
    shown,
    speech_per_second,
    spread,
)


def test_a_spread_is_made_of_values_that_were_measured() -> None:
    found = spread([float(one) for one in range(1, 101)])
    assert found is not None
    assert (found.n, found.p50, found.p95, found.p99, found.worst) == (100, 50, 95, 99, 100)
    assert spread([]) is None


def test_what_never_came_is_later_than_all_that_did() -> None:
    found = spread([1.0] * 94, lost=6)
    assert found is not None
    assert (found.n, found.lost, found.p50, found.p95) == (100, 6, 1.0, inf)
    told = shown([1.0] * 96, lost=4)
    assert told == {"n": 100, "lost": 4, "p50": 1.0, "p95": 1.0, "p99": None, "worst": None}
    assert shown([], lost=2) is not None
    assert json.loads(json.dumps(told)) == told


@given(st.lists(st.floats(0, 100), min_size=1))
def test_a_spread_is_in_order_and_ends_at_the_worst(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    assert found.p50 <= found.p95 <= found.p99 <= found.worst
    assert found.worst == pytest.approx(max(values), abs=1e-3)


def test_nothing_measured_is_no_success() -> None:
    assert not Goal("lag", None, "<", 1.0).reached
    assert "nothing measured" in Goal("lag", None, "<", 1.0).told()


def test_a_goal_is_strict_where_it_says_below() -> None:
    assert Goal("lag", 0.99, "<", 1.0, "s").reached
    assert not Goal("lag", 1.0, "<", 1.0, "s").reached
    assert Goal("ratio", 0.95, "≥", 0.95).reached
    assert Goal("ratio", 0.94, "≥", 0.95).told() == "goal: ratio ≥ 0.95: MISSED (0.94)"


def steady(count: int, lag: float = 1.0, grows: float = 0.0) -> list[Heard]:
    return [Heard(float(at), at + lag + grows * at, 4.0) for at in range(count)]


def test_steady_text_is_held() -> None:
    assert is_held(steady(30), refused=0)


def test_text_that_comes_later_and_later_is_not_held() -> None:
    assert not is_held(steady(30, grows=0.1), refused=0)


def test_text_that_is_late_from_the_start_is_not_held() -> None:
    assert not is_held(steady(30, lag=6.0), refused=0)


def test_an_utterance_without_text_or_one_that_was_refused_is_not_held() -> None:
    assert not is_held([*steady(30), Heard(9.0, None, 4.0)], refused=0)
    assert not is_held([*steady(30), Heard(9.0, 10.0, 4.0, whole=False)], refused=0)
    assert not is_held(steady(30), refused=1)
    assert not is_held([], refused=0)


def test_only_what_is_done_in_the_time_counts() -> None:
    heard = [Heard(0, 1, 4.0), Heard(2, 5, 3.0), Heard(4, 11, 9.0), Heard(4, None, 9.0)]
    assert speech_per_second(heard, 0.5, 10.5) == pytest.approx(0.7)


def stream(count: int, *, first: int = 65_500, stamp: int = 2**32 - 800) -> list[Packet]:
    """A steady stream whose counters wrap on the way."""
    return [Packet(at * 0.02, (first + at) % 65_536, (stamp + at * 160) % 2**32) for at in range(count)]


def test_a_steady_stream_is_clean_though_its_counters_wrap() -> None:
    found = cleanness(stream(200))
    assert (found.frames, found.lost, found.late, found.unheard) == (200, 0, 0, 0.0)
    assert found.worst_gap_s == pytest.approx(0.02)


def test_lost_packets_are_counted() -> None:
    packets = stream(200)
    found = cleanness(packets[:50] + packets[60:])
    assert (found.frames, found.lost) == (200, 10)
    assert found.unheard == pytest.approx(0.05)


def test_packets_that_come_too_late_are_not_heard_and_what_comes_in_time_is() -> None:
    packets = stream(200)
    held_up = [
        Packet(max(one.at, 2.5), one.sequence, one.stamp) if 2.0 <= one.at < 2.5 else one for one in packets
    ]
    found = cleanness(held_up)
    assert found.lost == 0
    assert 18 <= found.late <= 21  # 400 of the 500 ms are over the buffer's 100 ms
    assert cleanness(held_up, playout_s=0.6).late == 0


def test_packets_that_overtake_each_other_are_not_lost() -> None:
    packets = stream(50)
    packets[20], packets[21] = packets[21], packets[20]
    assert cleanness(packets).lost == 0


def test_silence_is_not_clean() -> None:
    assert cleanness([]).unheard == 1.0
