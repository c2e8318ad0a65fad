"""The frames of a leg: one each 20 ms whatever comes, in order, never late by more than what may wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.sound.pace import AHEAD, FRAME, MOST, SILENCE, Cutter, FramePacer


def frame(number: int) -> bytes:
    return number.to_bytes(2, "big") * (FRAME // 2)


def test_a_talk_waits_for_a_few_frames_and_is_played_in_order() -> None:
    pace = FramePacer()
    pace.heard(frame(1))
    assert pace.next() == SILENCE
    for number in range(2, AHEAD + 1):
        pace.heard(frame(number))
    assert [pace.next() for _ in range(AHEAD)] == [frame(number) for number in range(1, AHEAD + 1)]
    assert pace.next() == SILENCE


def test_a_talk_shorter_than_what_waits_is_played_when_it_is_over() -> None:
    pace = FramePacer()
    pace.heard(frame(1))
    pace.ended()
    assert [pace.next(), pace.next()] == [frame(1), SILENCE]


def test_what_was_flushed_is_never_played() -> None:
    pace = FramePacer()
    for number in range(1, AHEAD + 2):
        pace.heard(frame(number))
    assert pace.next() == frame(1)
    pace.flush()
    assert pace.next() == SILENCE


def test_the_next_talk_does_not_play_what_is_left_of_the_one_before() -> None:
    pace = FramePacer()
    for number in range(1, AHEAD + 2):
        pace.heard(frame(number))
    pace.ended()
    for number in range(101, 101 + AHEAD):
        pace.heard(frame(number))
    assert pace.next() == frame(101)


def test_who_comes_faster_than_he_is_played_pushes_out_the_oldest_and_that_is_told() -> None:
    pace = FramePacer()
    kept = [pace.heard(frame(number)) for number in range(1, MOST + 3)]
    assert kept == [True] * MOST + [False] * 2
    assert [pace.next() for _ in range(MOST)] == [frame(number) for number in range(3, MOST + 3)]


@given(st.lists(st.sampled_from(["heard", "next", "ended", "flush"]), max_size=200))
def test_whatever_comes_frames_are_in_order_whole_and_few(steps: list[str]) -> None:
    pace, said, played = FramePacer(), 0, []
    for step in steps:
        if step == "heard":
            said += 1
            pace.heard(frame(said))
        elif step == "next":
            played.append(pace.next())
            assert len(played[-1]) == FRAME
        else:
            getattr(pace, step)()
    numbers = [int.from_bytes(one[:2], "big") for one in played if one != SILENCE]
    assert numbers == sorted(set(numbers))
    assert len([pace.next() for _ in range(MOST + 1) if pace.next() != SILENCE]) <= MOST


@given(st.lists(st.binary(max_size=3 * FRAME), max_size=20))
def test_sound_in_any_pieces_is_cut_into_the_same_frames(pieces: list[bytes]) -> None:
    cutter = Cutter()
    frames = [one for piece in pieces for one in cutter.cut(piece)]
    whole = b"".join(pieces)
    assert b"".join(frames) == whole[: len(whole) // FRAME * FRAME]
    assert all(len(one) == FRAME for one in frames)
