"""What never came is no success."""

from __future__ import annotations

import math

import pytest

from tests.bench.radio.figures import below, quantile, ratio, table


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(one) for one in range(1, 101)]
    assert quantile(values, 0.5) == 51
    assert quantile(values, 0.95) == 96
    assert quantile([7.0], 0.95) == 7
    assert ratio([30.0], [10.0], 0.95) == pytest.approx(3)


def test_what_is_lost_is_later_than_all_else() -> None:
    assert quantile([1.0] * 90, 0.95, lost=10) == math.inf
    assert below([1.0] * 99, 5.0, "sound", lost=1)[0]
    assert not below([1.0] * 90, 5.0, "sound", lost=10)[0]


def test_nothing_measured_is_no_goal_reached() -> None:
    assert not below([], 5.0, "sound")[0]
    assert math.isnan(quantile([], 0.95))
    assert table([("none", [])])[-1] == "| none | 0 | nan | nan | nan |"
