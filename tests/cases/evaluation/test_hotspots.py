"""How surprising a number is: against the definition, and where no float has room for it."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from cases.evaluation.hotspots import LEAST, hotspot, hotspots


@given(st.integers(1, 60), st.integers(0, 200), st.integers(1, 20))
def test_surprise_is_the_tail_of_a_poisson_distribution(now: int, earlier: int, weeks: int) -> None:
    found = hotspot("x", now, earlier, weeks)
    mean = (earlier + 0.5) / weeks
    part, below = math.exp(-mean), 0.0
    for place in range(now):
        below += part
        part *= mean / (place + 1)
    if 1 - below > 1e-9:
        assert math.isclose(found.surprise, -math.log10(1 - below), rel_tol=1e-4, abs_tol=1e-6)
    assert found.surprise >= 0
    assert math.isclose(found.ratio, now / mean)


def test_three_hundred_where_there_was_one_are_more_surprising_than_a_hundred() -> None:
    assert hotspot("x", 300, 8, 8).surprise > hotspot("x", 100, 8, 8).surprise > 100


@given(st.integers(1, 100), st.integers(0, 100), st.integers(1, 12))
def test_more_cases_are_more_surprising(now: int, earlier: int, weeks: int) -> None:
    fewer, more = (hotspot("x", count, earlier, weeks).surprise for count in (now, now + 1))
    assert more > fewer if fewer > 0.01 else more >= fewer


def test_few_cases_and_usual_ones_are_no_hot_spot() -> None:
    found = hotspots([("few", LEAST - 1, 0), ("usual", 50, 400), ("hot", 30, 40), ("", 99, 0)], 8)
    assert [one.key for one in found] == ["hot"]
