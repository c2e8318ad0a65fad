"""The pause before a new connection: rises, stays below its cap, and differs between terminals."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.mqtt.backoff import Backoff


@given(st.integers(), st.integers(min_value=1, max_value=100))
def test_a_pause_is_never_over_the_cap_and_never_a_busy_loop(seed: int, attempts: int) -> None:
    backoff = Backoff(0.2, 1.5, rng=random.Random(seed))
    pauses = [backoff.next() for _ in range(attempts)]
    assert all(0.1 <= pause <= 1.5 for pause in pauses)


def test_after_a_good_connection_it_begins_anew() -> None:
    backoff = Backoff(0.2, 30.0, rng=random.Random(1))
    for _ in range(10):
        backoff.next()
    assert backoff.next() >= 15.0
    backoff.reset()
    assert backoff.next() <= 0.2


def test_two_terminals_do_not_come_back_together() -> None:
    first, second = Backoff(1, 10, rng=random.Random(1)), Backoff(1, 10, rng=random.Random(2))
    assert [first.next() for _ in range(5)] != [second.next() for _ in range(5)]
