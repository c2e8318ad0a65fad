"""A picture's number is read as it was drawn, and its delay is that of its last sending."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.city.marked import BARS, HEIGHT, PICTURES, WIDTH, _picture, delays, number_of


@given(st.integers(0, PICTURES - 1))
def test_a_drawn_number_is_read(number: int) -> None:
    picture = np.frombuffer(_picture(number), dtype=np.uint8).reshape(HEIGHT, WIDTH)
    middles = [int(picture[0, (2 * bar + 1) * WIDTH // (2 * BARS)]) for bar in range(BARS)]
    assert number_of(middles) == number


def test_each_picture_counts_once_and_from_its_last_sending() -> None:
    sent = [(0.0, 98), (0.04, 99), (0.08, 0), (0.12, 1), (4.08, 0)]
    seen = [(0.30, 0), (0.31, 0), (0.40, 1), (4.50, 0), (4.60, 77)]
    assert delays(sent, seen) == pytest.approx([0.22, 0.28, 0.42])
