"""Who is let in, and how long the node says that it sheds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speech.admission import PATIENCE_S, SHEDDING_S, Admission


def test_the_last_free_stream_is_given_and_the_next_is_refused() -> None:
    desk = Admission(2, now=0)
    assert desk.refuses(1, now=0) is None
    assert desk.refuses(2, now=0) == "full"


def test_a_restart_is_waited_for_but_a_dead_engine_is_not() -> None:
    desk = Admission(2, now=0)
    assert desk.refuses(0, now=PATIENCE_S) is None
    assert desk.refuses(0, now=PATIENCE_S + 0.1) == "no_worker"
    desk.workers(1, now=PATIENCE_S + 1)
    assert desk.refuses(0, now=PATIENCE_S + 2) is None


def test_a_refusal_is_seen_for_a_while_and_then_forgotten() -> None:
    desk = Admission(1, now=0)
    desk.refuses(1, now=5)
    assert desk.is_shedding(0, now=5 + SHEDDING_S - 1)
    assert not desk.is_shedding(0, now=5 + SHEDDING_S + 1)
    assert desk.is_shedding(1, now=999)


@given(st.lists(st.integers(0, 20), max_size=50), st.integers(1, 10))
def test_never_more_than_the_limit_is_let_in_and_each_refusal_is_counted(asked: list[int], most: int) -> None:
    desk = Admission(most, now=0)
    answers = [(streams, desk.refuses(streams, now=0)) for streams in asked]
    assert all((streams < most) == (answer is None) for streams, answer in answers)
    assert desk.shed_total == sum(answer is not None for _, answer in answers)
