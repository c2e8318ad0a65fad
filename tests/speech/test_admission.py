"""Who is let in, and how long the node says that it sheds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speech.admission import PATIENCE_S, SHEDDING_S, STEP_S, Admission


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


def test_half_of_the_workers_take_half_of_the_streams_once_a_restart_is_over() -> None:
    desk = Admission(8, now=0, workers=4)
    desk.workers(2, now=1)
    assert desk.takes(now=PATIENCE_S) == 8
    assert desk.takes(now=PATIENCE_S + 1) == 4
    desk.workers(4, now=30)
    assert desk.takes(now=30) == 8


def test_who_is_behind_takes_less_step_by_step_and_more_again_when_he_is_not() -> None:
    desk = Admission(8, now=0)
    desk.load(6, behind=True, now=0)
    desk.load(6, behind=True, now=STEP_S - 1)
    assert desk.takes(now=0) == 8
    desk.load(6, behind=True, now=STEP_S)
    assert desk.takes(now=0) == 5
    desk.load(5, behind=True, now=2 * STEP_S)
    assert desk.takes(now=0) == 4
    desk.load(4, behind=False, now=2 * STEP_S + 1)
    desk.load(4, behind=False, now=3 * STEP_S + 1)
    assert desk.takes(now=0) == 5
    desk.load(4, behind=False, now=20 * STEP_S)
    assert desk.takes(now=0) == 8


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.floats(0, 30), st.integers(0, 5)), max_size=60),
    st.integers(1, 10),
)
def test_there_is_always_room_for_one_while_a_worker_lives_and_never_for_more_than_the_limit(
    told: list[tuple[int, bool, float, int]], most: int
) -> None:
    desk = Admission(most, now=0, workers=4)
    now = seen = 0.0
    for streams, behind, later, ready in told:
        now += later
        desk.workers(ready, now)
        seen = now if ready else seen
        desk.load(streams, behind=behind, now=now)
        least = 1 if now - seen <= PATIENCE_S else 0
        assert least <= desk.takes(now) <= most
