"""What a worker is given of an utterance at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speech.engines.port import certain
from speech.workers.job import LEAST_BYTES, WHOLE_BYTES, RecognitionJob


def job(*, heard: int = 0) -> RecognitionJob:
    return RecognitionJob(1, certain("zh"), lambda _: None, lambda _: None, audio=bytearray(heard))


def test_a_worker_that_waits_has_a_tenth_of_a_second_at_once() -> None:
    assert job(heard=LEAST_BYTES - 2).next_piece(waited_for=True) is None
    assert job(heard=LEAST_BYTES).next_piece(waited_for=True) == bytes(LEAST_BYTES)


def test_a_worker_that_has_work_is_given_whole_pieces() -> None:
    assert job(heard=WHOLE_BYTES - 2).next_piece(waited_for=False) is None
    assert job(heard=WHOLE_BYTES + 2).next_piece(waited_for=False) == bytes(WHOLE_BYTES)


def test_the_rest_of_what_has_ended_is_given_however_short() -> None:
    ended = job(heard=2)
    ended.ended = True
    assert ended.next_piece(waited_for=False) == bytes(2)
    assert ended.next_piece(waited_for=True) is None


@given(st.lists(st.tuples(st.binary(max_size=2 * WHOLE_BYTES), st.booleans()), max_size=12))
def test_all_of_it_is_given_once_in_its_order(steps: list[tuple[bytes, bool]]) -> None:
    one = job()
    given_out = bytearray()
    for pcm, waited_for in steps:
        one.audio += pcm
        given_out += one.next_piece(waited_for=waited_for) or b""
    one.ended = True
    while (piece := one.next_piece(waited_for=False)) is not None:
        given_out += piece
    assert given_out == b"".join(pcm for pcm, _ in steps)
